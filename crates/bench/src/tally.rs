//! A count that many threads raise without disturbing each other.

use std::array;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_utils::CachePadded;

/// More threads than any workload that counts this way has.
const SLOTS: usize = 64;
/// How often the count is looked at; short beside any workload, and long enough to disturb none.
const LOOK_EVERY: Duration = Duration::from_micros(50);

/// Counts what the tasks of a workload without handles have done, one slot for each thread.
pub(crate) struct Tally {
    /// Each is written by one thread, and read by whoever waits.
    slots: [CachePadded<AtomicU64>; SLOTS],
}

impl Tally {
    /// A tally of nothing, there until the process ends.
    pub(crate) fn start() -> &'static Self {
        Box::leak(Box::new(Self {
            slots: array::from_fn(|_| CachePadded::new(AtomicU64::new(0))),
        }))
    }

    /// Counts one more.
    pub(crate) fn add_one(&self) {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static SLOT: usize = THREADS.fetch_add(1, Ordering::Relaxed);
        }
        let slot = &self.slots[SLOT.with(|slot| *slot)];
        // Nobody else writes it: no read-modify-write is needed.
        slot.store(slot.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// Blocks until so many have been counted, and fails when it was more.
    pub(crate) fn wait_for(&self, expected: u64) {
        loop {
            let counted: u64 = self
                .slots
                .iter()
                .map(|slot| slot.load(Ordering::Acquire))
                .sum();
            assert!(counted <= expected, "{counted} of {expected} tasks ran");
            if counted == expected {
                return;
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}
