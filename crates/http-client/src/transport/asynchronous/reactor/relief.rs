//! Who keeps watch: a worker of a pool if one does, else the wire's own thread.
//!
//! Workers come and go as they have something to do, often every few microseconds. The thread that stands in does not wake
//! for that: it rests as long as a worker has come within the last [`NAP`], and with no end as long as one stays.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::thread::{self, Thread};
use std::time::Duration;

/// How long sockets may be left alone until somebody stands in.
const NAP: Duration = Duration::from_millis(1);
/// So often whoever stands in waits for workers that do not come.
const TRUST: u32 = 16;

#[derive(Debug, Default)]
pub(super) struct Relief {
    /// How often a worker has come or gone: odd while one is there. Changed by whoever has the place.
    shifts: AtomicU64,
    /// A worker found the place taken. Orders nothing else.
    is_wanted: AtomicBool,
    /// The thread that stands in sleeps until the worker goes that is there.
    is_asleep: AtomicBool,
    stand_in: OnceLock<Thread>,
}

/// What the thread that stands in remembers of the workers.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The shifts as it saw them last.
    shifts: u64,
    /// After so many more turns of its own it waits for a worker that takes over.
    trust: u32,
}

/// The time in which a worker keeps watch.
pub(super) struct Shift<'a>(&'a Relief);

impl Relief {
    /// A worker has the place. What this gives is to be dropped before the place is left.
    pub(super) fn begin(&self) -> Shift<'_> {
        self.shifts.fetch_add(1, Ordering::Relaxed);
        Shift(self)
    }

    /// A worker would have kept watch.
    pub(super) fn want(&self) {
        self.is_wanted.store(true, Ordering::Relaxed);
    }

    /// This thread is the one that stands in.
    pub(super) fn attend(&self) {
        let _is_the_first = self.stand_in.set(thread::current());
    }

    /// Has it look around.
    pub(super) fn unpark(&self) {
        if let Some(thread) = self.stand_in.get() {
            thread.unpark();
        }
    }

    /// Rests as long as workers keep watch, or until it is over; for the thread that stands in, after each of its turns.
    pub(super) fn rest(&self, memory: &mut Memory, is_over: &dyn Fn() -> bool) {
        // A worker that was woken by the turn comes as soon as it has nothing else to do.
        let mut waits_for_relief = memory.trust > 0;
        while !is_over() {
            let shifts = self.shifts.load(Ordering::Relaxed);
            let was_wanted = self.is_wanted.swap(false, Ordering::Relaxed);
            let is_relieved = was_wanted || shifts != memory.shifts;
            memory.shifts = shifts;
            if is_relieved {
                memory.trust = TRUST;
            } else if shifts % 2 == 1 {
                self.sleep_while(shifts);
                continue;
            } else if waits_for_relief {
                memory.trust -= 1;
            } else {
                return;
            }
            waits_for_relief = false;
            thread::park_timeout(NAP);
        }
    }

    /// Sleeps as long as the same worker is there, or until somebody unparks this thread.
    fn sleep_while(&self, shifts: u64) {
        self.is_asleep.store(true, Ordering::Relaxed);
        // The worker that goes sees this, or it is seen that it has gone.
        fence(Ordering::SeqCst);
        if self.shifts.load(Ordering::Relaxed) == shifts {
            thread::park();
        }
        self.is_asleep.store(false, Ordering::Relaxed);
    }
}

impl Drop for Shift<'_> {
    fn drop(&mut self) {
        self.0.shifts.fetch_add(1, Ordering::Relaxed);
        // Whoever falls asleep because a worker is there sees that it has gone, or is seen here.
        fence(Ordering::SeqCst);
        if self.0.is_asleep.load(Ordering::Relaxed)
            && self.0.is_asleep.swap(false, Ordering::Relaxed)
        {
            self.0.unpark();
        }
    }
}
