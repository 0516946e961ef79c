//! The life of an item as a lane from left to right.

use std::time::Instant;

use serde::Serialize;

use super::{Fate, Life};

/// The life of an item, times in seconds from the journal's start.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Lane {
    pub(crate) source: std::sync::Arc<str>,
    pub(crate) number: u64,
    pub(crate) submitted: f64,
    pub(crate) begun: Option<f64>,
    pub(crate) done: Option<f64>,
    pub(crate) over: Option<f64>,
    pub(crate) fate: Option<Fate>,
}

/// The latest lanes of those that became futures, in the order of their submission.
pub(super) fn lanes<'a>(
    lives: impl Iterator<Item = &'a Life>,
    start: Instant,
    most: usize,
) -> Vec<Lane> {
    let at = |time: Instant| millis(time.saturating_duration_since(start).as_secs_f64());
    let mut lanes: Vec<Lane> = lives
        .filter_map(|life| {
            Some(Lane {
                source: life.source.clone(),
                number: life.number,
                submitted: at(life.submitted?),
                begun: life.begun.map(at),
                done: life.recorded.map(at),
                over: life.over.map(at),
                fate: life.fate,
            })
        })
        .collect();
    lanes.sort_by(|one, other| one.submitted.total_cmp(&other.submitted));
    lanes.split_off(lanes.len().saturating_sub(most))
}

/// Seconds to a tenth of a millisecond, so that they are short to write.
fn millis(seconds: f64) -> f64 {
    (seconds * 1e4).round() / 1e4
}
