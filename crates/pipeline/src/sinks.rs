//! What a run expects of a sink, and what has become of its records.

mod tally;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use creel_core::BoxError;
use creel_core::Sink;
use creel_core::port::SinkError;
use creel_core::resilience::{Backoff, Retry};

use crate::failure::chain;

pub(crate) use tally::{Fate, Tally};

/// What a run expects of a sink, and what is done when it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkPolicy {
    /// Whether the run goes on without it.
    pub need: Need,
    /// How often a record is given to it again when it has no room or cannot be reached.
    pub retry: Retry,
}

/// Whether a run goes on without a sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Its failure ends the run, which waits for it: every record that counts as written is in it.
    Required,
    /// What it does not take is dropped and counted, and nothing waits for it: neither the other sinks nor the run.
    ///
    /// It has a thread and a queue of its own. A record that finds the queue full is dropped, and so is one that it
    /// could not be given though that was tried again; the next is tried all the same. Once it cannot go on, it is opened
    /// again where the run [knows how](crate::Pipeline::sink_reopened), and else all that come are dropped. At its end the
    /// run waits some seconds for what is still in the queue.
    Optional {
        /// How many records wait for it at most.
        queue: NonZeroUsize,
        /// The pauses before one that cannot go on is opened again.
        reopening: Backoff,
    },
}

impl SinkPolicy {
    /// The run depends on it, and its first failure stands.
    pub const REQUIRED: Self = Self {
        need: Need::Required,
        retry: Retry::NEVER,
    };

    /// The run goes on without it; 256 records wait for it, and it is opened again after pauses of up to a minute.
    pub fn optional() -> Self {
        Self {
            need: Need::Optional {
                queue: const { NonZeroUsize::new(256).expect("256 is not zero") },
                reopening: Backoff {
                    first: Duration::from_secs(1),
                    longest: Duration::from_secs(60),
                },
            },
            retry: Retry::default(),
        }
    }
}

/// What has become of the records that a sink was to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkSummary {
    /// Its name.
    pub name: Arc<str>,
    /// Whether the run goes on without it.
    pub is_optional: bool,
    /// How it is.
    pub state: SinkState,
    /// Records that it has taken.
    pub written: u64,
    /// Records that it could not keep, though it can others.
    pub rejected: u64,
    /// Records that it never took: it had no room or could not be reached, was too slow, or could not go on.
    pub dropped: u64,
    /// Of those: how many came faster than it took them, though it refused nothing meanwhile.
    pub overrun: u64,
    /// Records that wait for it.
    pub queued: u64,
    /// How often a record was given to it again.
    pub retries: u64,
    /// Of those that it has taken: how many it could not make durable afterwards, and that may be missing.
    pub unsafe_ever: u64,
    /// How long its writes and flushes took, with the pauses before it was given a record again.
    pub busy: Duration,
    /// The part of that in which it refused what it was given.
    pub refusing: Duration,
    /// Why it did not take what it was given, the last time.
    pub trouble: Option<SinkTrouble>,
}

impl SinkSummary {
    /// Records that are not there, or perhaps not.
    pub const fn missing(&self) -> u64 {
        self.dropped + self.rejected + self.unsafe_ever
    }
}

/// Why a sink did not take what it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkTrouble {
    /// What it is.
    pub kind: TroubleKind,
    /// The error with its causes, in a line.
    pub told: Arc<str>,
}

/// What is wrong with a sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// There is no room where it writes.
    NoRoom,
    /// Nobody answers there.
    Unreachable,
    /// It asks for fewer records.
    Throttled,
    /// It did not want that record.
    Rejected,
    /// It could not go on.
    Failed,
}

impl SinkTrouble {
    pub(crate) fn of(error: &SinkError) -> Self {
        let kind = match error {
            SinkError::NoRoom(_) => TroubleKind::NoRoom,
            SinkError::Unavailable(_) => TroubleKind::Unreachable,
            SinkError::Throttled { .. } => TroubleKind::Throttled,
            SinkError::Rejected(_) => TroubleKind::Rejected,
            _ => TroubleKind::Failed,
        };
        Self {
            kind,
            told: chain(error).into(),
        }
    }
}

/// How a sink is opened again that could not go on.
pub(crate) type Reopen<R> = dyn FnMut() -> Result<Box<dyn Sink<R> + Send>, BoxError> + Send;

/// How a sink is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SinkState {
    /// It took what it got last, or nothing has come yet.
    #[default]
    Working,
    /// It had no room for what it got last, or could not be reached.
    Faltering,
    /// It could not go on, and is opened again now and then.
    Down,
    /// It cannot go on.
    Failed,
    /// It did not come to an end in time, and the run ended without it.
    Abandoned,
}

impl SinkState {
    const ALL: [Self; 5] = [
        Self::Working,
        Self::Faltering,
        Self::Down,
        Self::Failed,
        Self::Abandoned,
    ];

    /// The state in a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Faltering => "faltering",
            Self::Down => "down",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }

    fn of(number: u8) -> Self {
        Self::ALL
            .get(usize::from(number))
            .copied()
            .unwrap_or_default()
    }
}

impl fmt::Display for SinkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
