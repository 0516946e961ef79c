//! What is asked about an item, and the record of what came of it.

use std::sync::Arc;

use creel_core::BoxError;
use creel_http_client::random_id;
use creel_pipeline::{Failure, Outcome, Passage};
use creel_protocols::{Answer, Request};

use crate::input::{BadItem, Item};
use crate::reasons::Reasons;
use crate::record::{Key, Milliseconds, Record, Status};
use crate::run_id::RunId;

/// What is asked about an item.
pub(super) fn request(item: &Item) -> Result<Request, BoxError> {
    Ok(Request::new(random_id(), item.payload()?))
}

/// The record of an item; with its picture where somebody shows or keeps them.
pub(super) fn record(
    item: &Item,
    outcome: Outcome<Answer>,
    passage: &Passage,
    reasons: &Reasons,
    pictures: bool,
) -> Record {
    let latency_ms = Some(Milliseconds(passage.latency));
    let blank = Record {
        key: item.key.clone(),
        captured_at: item.captured_at,
        status: Status::Dropped,
        answer: None,
        error: None,
        latency_ms: None,
        original: None,
        // None of what is dropped: that may be on the capture thread, which has no time to encode one.
        picture: None,
    };
    let picture = || pictures.then(|| item.picture()).flatten();
    match outcome {
        Outcome::Answered(answer) => Record {
            status: Status::Answered,
            answer: Some(answer.outputs),
            latency_ms,
            picture: picture(),
            ..blank
        },
        Outcome::Failed(failure) => Record {
            status: Status::Failed,
            error: Some(reasons.note(&item.key, &failure)),
            latency_ms,
            original: item.original.clone(),
            picture: picture(),
            ..blank
        },
        Outcome::Dropped(reason) => Record {
            error: Some(reason.to_string()),
            ..blank
        },
    }
}

/// The record of an item that its input could not read.
pub(super) fn unreadable(
    failure: &Failure,
    passage: &Passage,
    run: &RunId,
    reasons: &Reasons,
) -> Record {
    let bad = match failure {
        Failure::Unreadable(error) => BadItem::of(error),
        _ => None,
    };
    let key = bad.map_or_else(
        || Key::Frame {
            run: run.clone(),
            camera: Arc::clone(&passage.source),
            frame: passage.place.0,
            name: None,
        },
        |bad| bad.key.clone(),
    );
    let error = Some(reasons.note(&key, failure));
    Record {
        key,
        captured_at: None,
        status: Status::Failed,
        answer: None,
        error,
        latency_ms: None,
        original: bad.and_then(|bad| bad.original.clone()),
        picture: None,
    }
}
