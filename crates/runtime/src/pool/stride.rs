//! How many tasks a worker takes from the common queue at a time.
//!
//! Short tasks are taken several at a time: to take one costs as much as to run it, and more the more workers do so. Of longer ones
//! one is taken: others would begin what came later while the rest of a batch waits behind its first. What a worker takes first
//! when it turns to work is timed, and then something now and then, without the taking: a crowd at the queue does not make
//! tasks look long. What was cancelled and is passed over is no turn, and says nothing of those behind it.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// So many short tasks are taken at a time, and after so many turns what is taken next is timed.
const BATCH: u32 = 32;
/// Tasks are short that take no longer on average. Without optimization everything takes longer, and so does what is short.
const SHORT: Duration = Duration::from_micros(if cfg!(debug_assertions) { 20 } else { 2 });

/// The stride of one worker.
pub(super) struct Stride {
    at_most: Cell<usize>,
    /// When the worker turned to what is timed, and how many turns it had had then.
    timed_since: Cell<Option<(Instant, u64)>>,
    /// The turn at which that was last.
    timed_at: Cell<u64>,
}

impl Stride {
    pub(super) const fn new() -> Self {
        Self {
            at_most: Cell::new(1),
            timed_since: Cell::new(None),
            timed_at: Cell::new(0),
        }
    }

    /// The worker turns to work after so many turns: what it ran before it was idle says little about what comes.
    pub(super) fn begin(&self, turns: u64) {
        self.at_most.set(1);
        self.timed_since.set(None);
        self.timed_at.set(turns.wrapping_sub(u64::from(BATCH)));
    }

    /// Chooses how many tasks a worker takes that has had so many turns, and is done with what it took before.
    #[inline]
    pub(super) fn choose(&self, turns: u64) -> usize {
        if let Some((since, turn)) = self.timed_since.get()
            && turn != turns
        {
            self.timed_since.set(None);
            self.learn(turns - turn, since.elapsed());
        }
        self.at_most.get()
    }

    /// The worker has taken something after so many turns.
    #[inline]
    pub(super) fn took(&self, turns: u64) {
        if turns.wrapping_sub(self.timed_at.get()) >= u64::from(BATCH) {
            self.time(turns);
        }
    }

    #[cold]
    fn time(&self, turns: u64) {
        self.timed_at.set(turns);
        self.timed_since.set(Some((Instant::now(), turns)));
    }

    #[cold]
    pub(super) fn learn(&self, turns: u64, took: Duration) {
        let turns = u32::try_from(turns).unwrap_or(u32::MAX);
        let are_short = took <= SHORT.saturating_mul(turns);
        self.at_most.set(if are_short { BATCH as usize } else { 1 });
    }
}

#[cfg(all(test, not(any(creel_loom, creel_shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_worker_takes_several_at_a_time_while_tasks_are_short() {
        let stride = Stride::new();
        assert_eq!(stride.choose(1), 1, "it knows nothing yet");
        stride.learn(1, SHORT);
        assert_eq!(stride.choose(2), BATCH as usize);
        stride.learn(u64::from(BATCH), SHORT * BATCH + Duration::from_nanos(1));
        assert_eq!(stride.choose(3), 1);
    }

    fn times(stride: &Stride, turns: u64) -> bool {
        stride.took(turns);
        stride.timed_since.get().is_some()
    }

    #[test]
    fn what_is_taken_is_timed_once_in_a_while_and_until_the_worker_is_done_with_it() {
        let stride = Stride::new();
        let first = u64::from(BATCH);
        assert!(!times(&stride, first - 1) && times(&stride, first));
        stride.choose(first + 1);
        assert!(!times(&stride, first + 1) && !times(&stride, 2 * first - 1));
        assert!(times(&stride, 2 * first));
    }

    #[test]
    fn a_worker_that_was_idle_takes_one_and_times_it() {
        let stride = Stride::new();
        stride.learn(1, SHORT);
        stride.begin(5);
        assert_eq!(stride.choose(5), 1);
        assert!(times(&stride, 5));
    }

    #[test]
    fn what_is_passed_over_says_nothing_of_what_comes() {
        let stride = Stride::new();
        stride.begin(5);
        assert!(times(&stride, 5));
        assert_eq!(stride.choose(5), 1);
        assert!(stride.timed_since.get().is_some(), "it has run nothing yet");
        stride.choose(6);
        assert!(stride.timed_since.get().is_none(), "now it has");
    }
}
