//! What came of an item, as its record is made from it.

use std::sync::Arc;
use std::time::Duration;

use crate::failure::Failure;
use crate::flow::{DropReason, Place};

/// What came of an item.
#[derive(Debug)]
pub enum Outcome<A> {
    /// The service answered.
    Answered(A),
    /// There is no answer, for this reason.
    Failed(Failure),
    /// It was never submitted.
    Dropped(DropReason),
}

/// The way of an item through the run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Passage {
    /// Its place in capture order, over all sources.
    pub place: Place,
    /// The name of the source that gave it.
    pub source: Arc<str>,
    /// The time since it was captured.
    pub latency: Duration,
    /// The part of it that the service took; `None` when it was not called, or did not return.
    pub service_time: Option<Duration>,
}
