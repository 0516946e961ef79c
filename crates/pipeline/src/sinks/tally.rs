//! The account of a sink while the run goes on.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use creel_core::port::SinkError;

use super::{SinkState, SinkSummary, SinkTrouble};

/// Counts what becomes of the records of a sink; each figure only grows.
#[derive(Debug)]
pub(crate) struct Tally {
    name: Arc<str>,
    is_optional: bool,
    given: AtomicU64,
    written: AtomicU64,
    rejected: AtomicU64,
    dropped: AtomicU64,
    overrun: AtomicU64,
    retries: AtomicU64,
    unsafe_ever: AtomicU64,
    state: AtomicU8,
    account: Mutex<Account>,
    /// Whether its thread is done with it, where it has one of its own.
    has_ended: AtomicBool,
}

/// How long a sink took, and what was wrong.
#[derive(Debug, Default)]
struct Account {
    busy: Duration,
    refusing: Duration,
    /// Since when it has something in hand.
    begun: Option<Instant>,
    /// Since when it refuses that.
    refused: Option<Instant>,
    trouble: Option<SinkTrouble>,
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
            overrun: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            unsafe_ever: AtomicU64::new(0),
            account: Mutex::default(),
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

    /// So many records that it had taken could not be made durable.
    pub(crate) fn count_unsafe(&self, records: u64) {
        self.unsafe_ever.fetch_add(records, Ordering::Relaxed);
    }

    /// There was no place in its queue for a record.
    pub(crate) fn count_overrun(&self) {
        let is_refusing = self.account().refused.is_some();
        if !is_refusing && self.state() != SinkState::Down {
            self.overrun.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// It has something in hand from here on.
    pub(crate) fn begin(&self, now: Instant) {
        self.account().begun = Some(now);
    }

    /// It refused what it has in hand, which it may be given again.
    pub(crate) fn refused(&self, error: &SinkError, now: Instant) {
        let trouble = SinkTrouble::of(error);
        let mut account = self.account();
        account.refused.get_or_insert(now);
        account.trouble = Some(trouble);
    }

    /// It has nothing in hand any more.
    pub(crate) fn finish(&self, now: Instant) {
        let mut account = self.account();
        (account.busy, account.refusing) = account.until(now);
        (account.begun, account.refused) = (None, None);
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn state(&self) -> SinkState {
        SinkState::of(self.state.load(Ordering::Relaxed))
    }

    /// Changes how the sink is; gives how it was. One that cannot go on, or was abandoned, stays so, and one that is down
    /// does not merely falter.
    pub(crate) fn turn(&self, state: SinkState) -> SinkState {
        let stays = |was| {
            let is_down = was == SinkState::Down as u8;
            was >= SinkState::Failed as u8 || (is_down && state == SinkState::Faltering)
        };
        let turned = self
            .state
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |was| {
                (!stays(was)).then_some(state as u8)
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
        let (dropped, overrun) = (read(&self.dropped), read(&self.overrun));
        // Read last, so that nothing is over that was not given.
        let queued = read(&self.given).saturating_sub(written + rejected + dropped);
        let state = self.state();
        // Nobody takes from the queue of such a one any more.
        let is_over = matches!(state, SinkState::Failed | SinkState::Abandoned);
        let account = self.account();
        let (busy, refusing) = account.until(Instant::now());
        SinkSummary {
            name: Arc::clone(&self.name),
            is_optional: self.is_optional,
            state,
            written,
            rejected,
            dropped: if is_over { dropped + queued } else { dropped },
            overrun,
            queued: if is_over { 0 } else { queued },
            retries: read(&self.retries),
            unsafe_ever: read(&self.unsafe_ever),
            busy,
            refusing,
            trouble: account.trouble.clone(),
        }
    }
}

impl Account {
    /// How long it was busy up to a time, and how long it refused.
    fn until(&self, now: Instant) -> (Duration, Duration) {
        let since = |begun: Option<Instant>| {
            begun.map_or(Duration::ZERO, |begun| now.saturating_duration_since(begun))
        };
        (
            self.busy + since(self.begun),
            self.refusing + since(self.refused),
        )
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

    #[test]
    fn what_a_sink_takes_is_told_while_it_still_has_it_in_hand() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let tally = Tally::new("hook".into(), false);
        tally.begin(after(0));
        tally.finish(after(2));
        tally.begin(after(5));
        tally.refused(&SinkError::NoRoom("the disk is full".into()), after(6));
        tally.refused(&SinkError::Unavailable("nobody answers".into()), after(7));
        let account = tally.account();
        let seconds = Duration::from_secs;
        assert_eq!(account.until(after(9)), (seconds(6), seconds(3)));
        let trouble = account.trouble.clone().unwrap();
        assert_eq!(trouble.kind, super::super::TroubleKind::Unreachable);
        assert!(
            trouble.told.ends_with(": nobody answers"),
            "{}",
            trouble.told
        );
        drop(account);
        tally.finish(after(10));
        let account = tally.account();
        assert_eq!(account.until(after(60)), (seconds(7), seconds(4)));
    }

    #[test]
    fn a_sink_that_is_down_does_not_merely_falter() {
        let tally = Tally::new("hook".into(), true);
        tally.turn(SinkState::Down);
        tally.turn(SinkState::Faltering);
        assert_eq!(tally.state(), SinkState::Down);
        tally.turn(SinkState::Working);
        assert_eq!(tally.state(), SinkState::Working);
    }
}
