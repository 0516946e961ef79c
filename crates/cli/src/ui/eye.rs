//! Sees what comes of items, and shows it with their pictures.

use std::sync::Arc;
use std::time::Instant;

use creel_dashboard::{Answer as Told, Easel, Picture};
use creel_pipeline::{Outcome, Passage};
use creel_protocols::Answer;

use crate::input::{Content, Item};

/// Sees what comes of items, and shows it with their pictures.
#[derive(Clone)]
pub(crate) struct Eye(Arc<[(Arc<str>, Easel)]>);

impl Eye {
    pub(super) fn new(easels: Vec<(Arc<str>, Easel)>) -> Self {
        Self(easels.into())
    }

    /// Shows an item with what came of it, if a picture is due; runs on a worker.
    pub(crate) fn see(&self, item: &Item, outcome: &Outcome<Answer>, passage: &Passage) {
        let easel = self.0.iter().find(|(name, _)| *name == passage.source);
        let Some((_, easel)) = easel.filter(|(_, easel)| easel.wants_answered()) else {
            return;
        };
        let told = match outcome {
            Outcome::Answered(answer) => Told::Outputs(answer.outputs.clone()),
            Outcome::Failed(failure) => Told::Failed(failure.to_string()),
            // That may be on the capture thread, which has no time to encode a picture.
            Outcome::Dropped(_) => return,
        };
        // It was encoded for the server already.
        let Some(picture) = item.picture() else {
            return;
        };
        let captured = match &item.content {
            Content::Frame(frame) => Some(frame.captured_at.monotonic),
            Content::Payload(_) => Instant::now().checked_sub(passage.latency),
        };
        let captured = captured.unwrap_or_else(Instant::now);
        easel.answered(
            Picture::encoded(item.key.number(), captured, picture.bytes),
            told,
        );
    }
}
