//! The life of an item, as observers are told it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::flow::{DropReason, Place};

/// The life of an item that is over: when it came to each step, on which threads, and how it ended.
///
/// Steps that it did not come to are `None`; those that it did come in the order of the fields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Life {
    /// The name of the source that gave it.
    pub source: Arc<str>,
    /// Its place in capture order, over all sources.
    pub place: Place,
    /// What it is told from others of its source by: its place, unless [`Pipeline::number`](crate::Pipeline::number) says.
    pub number: u64,
    /// When its source gave it; for one that an earlier run left in the spool, before this run began.
    pub captured: Instant,
    /// When it was taken from the buffer and given to the executor.
    pub submitted: Option<Instant>,
    /// When a worker began to prepare its request.
    pub begun: Option<Instant>,
    /// When its request was made, or could not be; then the service was called.
    pub prepared: Option<Instant>,
    /// When the service had answered, or failed; `None` where it was not called, or did not return.
    pub answered: Option<Instant>,
    /// When its record was made.
    pub recorded: Option<Instant>,
    /// When the sinks were given its record.
    pub taken: Option<Instant>,
    /// When every sink had its record.
    pub written: Option<Instant>,
    /// When it was over, which is always known.
    pub over: Instant,
    /// The name of the thread that prepared its request.
    pub prepared_on: Option<Arc<str>>,
    /// The name of the thread that made its record; another one may have called the service in between.
    pub recorded_on: Option<Arc<str>>,
    /// Whether the call of the service suspended, so that its worker was free meanwhile.
    pub suspended: bool,
    /// How it ended.
    pub end: End,
}

/// How an item ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The service answered, and the sinks have the record.
    Answered,
    /// There is no answer; its record says why.
    Failed,
    /// It came to nothing, for this reason.
    Dropped(DropReason),
}

impl Life {
    /// An item that has come no further than its capture.
    pub(crate) fn captured(source: Arc<str>, place: Place, at: Instant) -> Self {
        Self {
            source,
            place,
            number: place.0,
            captured: at,
            submitted: None,
            begun: None,
            prepared: None,
            answered: None,
            recorded: None,
            taken: None,
            written: None,
            over: at,
            prepared_on: None,
            recorded_on: None,
            suspended: false,
            end: End::Failed,
        }
    }

    /// How long it waited for a worker.
    pub fn queue_time(&self) -> Option<Duration> {
        between(self.submitted, self.begun)
    }

    /// How long a worker prepared its request.
    pub fn prepare_time(&self) -> Option<Duration> {
        between(self.begun, self.prepared)
    }

    /// How long the service took, with all that it waited for.
    pub fn service_time(&self) -> Option<Duration> {
        between(self.prepared, self.answered)
    }

    /// How long a worker made its record.
    pub fn record_time(&self) -> Option<Duration> {
        between(self.answered.or(self.prepared), self.recorded)
    }

    /// How long the sinks had its record in hand.
    pub fn write_time(&self) -> Option<Duration> {
        between(self.taken, Some(self.over))
    }
}

fn between(from: Option<Instant>, to: Option<Instant>) -> Option<Duration> {
    Some(to?.saturating_duration_since(from?))
}

/// An item that is in flight, or has been and waits for its sinks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InFlight {
    /// The name of the source that gave it.
    pub source: Arc<str>,
    /// Its place in capture order, over all sources.
    pub place: Place,
    /// What it is told from others of its source by: its place, unless [`Pipeline::number`](crate::Pipeline::number) says.
    pub number: u64,
    /// The time since it was captured.
    pub age: Duration,
    /// How far it is.
    pub stage: Progress,
    /// The time since it came that far.
    pub since: Duration,
}

/// How far an item in flight is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Progress {
    /// The executor has it, and no worker has begun on it.
    Queued,
    /// A worker has begun on it, and may wait for the service.
    Running,
    /// It was answered, or failed, and its record waits for the sinks.
    Answered,
}
