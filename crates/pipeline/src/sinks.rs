//! What a run expects of a sink, and what has become of its records.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use creel_core::resilience::Retry;

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
    /// could not be given though that was tried again; the next is tried all the same. Once it cannot go on, all that
    /// come are dropped. At its end the run waits some seconds for what is still in the queue.
    Optional {
        /// How many records wait for it at most.
        queue: NonZeroUsize,
    },
}

impl SinkPolicy {
    /// The run depends on it, and its first failure stands.
    pub const REQUIRED: Self = Self {
        need: Need::Required,
        retry: Retry::NEVER,
    };

    /// The run goes on without it; 256 records wait for it.
    pub fn optional() -> Self {
        Self {
            need: Need::Optional {
                queue: const { NonZeroUsize::new(256).expect("256 is not zero") },
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
    /// Records that wait for it.
    pub queued: u64,
    /// How often a record was given to it again.
    pub retries: u64,
}

/// How a sink is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SinkState {
    /// It took what it got last, or nothing has come yet.
    #[default]
    Working,
    /// It had no room for what it got last, or could not be reached.
    Faltering,
    /// It cannot go on.
    Failed,
    /// It did not come to an end in time, and the run ended without it.
    Abandoned,
}

impl SinkState {
    const ALL: [Self; 4] = [
        Self::Working,
        Self::Faltering,
        Self::Failed,
        Self::Abandoned,
    ];

    fn of(number: u8) -> Self {
        Self::ALL
            .get(usize::from(number))
            .copied()
            .unwrap_or_default()
    }
}

impl fmt::Display for SinkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Working => "working",
            Self::Faltering => "faltering",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        })
    }
}

/// Counts what becomes of the records of a sink; each figure has one writer at a time, and only grows.
#[derive(Debug)]
pub(crate) struct Tally {
    name: Arc<str>,
    is_optional: bool,
    given: AtomicU64,
    written: AtomicU64,
    rejected: AtomicU64,
    dropped: AtomicU64,
    retries: AtomicU64,
    state: AtomicU8,
    /// Whether its thread is done with it, where it has one of its own.
    has_ended: AtomicBool,
}

/// What became of a record at a sink.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    Given,
    Written,
    Rejected,
    Dropped,
    GivenAgain,
}

impl Tally {
    pub(crate) fn new(name: Arc<str>, is_optional: bool) -> Self {
        Self {
            name,
            is_optional,
            given: AtomicU64::new(0),
            written: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            state: AtomicU8::new(SinkState::Working as u8),
            has_ended: AtomicBool::new(false),
        }
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn count(&self, fate: Fate) {
        let figure = match fate {
            Fate::Given => &self.given,
            Fate::Written => &self.written,
            Fate::Rejected => &self.rejected,
            Fate::Dropped => &self.dropped,
            Fate::GivenAgain => &self.retries,
        };
        figure.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn state(&self) -> SinkState {
        SinkState::of(self.state.load(Ordering::Relaxed))
    }

    /// Changes how the sink is; gives how it was. One that cannot go on, or was abandoned, stays so.
    pub(crate) fn turn(&self, state: SinkState) -> SinkState {
        let is_over = |was| was >= SinkState::Failed as u8;
        let turned = self
            .state
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |was| {
                (!is_over(was)).then_some(state as u8)
            });
        let (Ok(was) | Err(was)) = turned;
        SinkState::of(was)
    }

    /// Its thread is done with it.
    pub(crate) fn end(&self) {
        self.has_ended.store(true, Ordering::Release);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    pub(crate) fn summary(&self) -> SinkSummary {
        let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        let (written, rejected) = (read(&self.written), read(&self.rejected));
        let dropped = read(&self.dropped);
        // Read last, so that nothing is over that was not given.
        let queued = read(&self.given).saturating_sub(written + rejected + dropped);
        let state = self.state();
        // Nobody takes from the queue of such a one any more.
        let is_over = matches!(state, SinkState::Failed | SinkState::Abandoned);
        SinkSummary {
            name: Arc::clone(&self.name),
            is_optional: self.is_optional,
            state,
            written,
            rejected,
            dropped: if is_over { dropped + queued } else { dropped },
            queued: if is_over { 0 } else { queued },
            retries: read(&self.retries),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_queue_of_a_sink_that_cannot_go_on_is_dropped() {
        let tally = Tally::new("hook".into(), true);
        for fate in [Fate::Given, Fate::Written, Fate::Given, Fate::Given] {
            tally.count(fate);
        }
        let seen = tally.summary();
        assert_eq!((seen.dropped, seen.queued), (0, 2));
        tally.turn(SinkState::Failed);
        let ended = tally.summary();
        assert_eq!((ended.written, ended.dropped, ended.queued), (1, 2, 0));
        // Whoever finds its queue full at that moment does not bring it back.
        assert_eq!(tally.turn(SinkState::Faltering), SinkState::Failed);
        assert_eq!(tally.state(), SinkState::Failed);
    }
}
