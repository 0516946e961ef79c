//! How long a thread looks on for what it waits for before it sleeps.
//!
//! To sleep and be woken costs both sides a system call and several microseconds. Who looks on for a moment saves that
//! if what it waits for comes at once, and wastes the moment if not. So the moment is as long as it has paid of late, and
//! nearly nothing where other threads want the processor: they may be the ones that are waited for.

use std::cell::Cell;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::sync::yield_now;

/// So many looks are taken even by who expects nothing of them.
const GLANCES: u32 = 12;
/// So many looks, less than a microsecond of them, before the clock is read and the processor offered to others.
const LOOKS: u32 = 12;
/// So many looks between two such offers.
const LOOKS_BETWEEN: u32 = 8;
/// How long the least patient of those looks on who expect something; each level more doubles it.
const STARE: Duration = Duration::from_micros(4);
const LEVEL_MAX: u32 = 3;
/// Looks and a yield take a small part of this, unless another thread had the processor meanwhile.
const PREEMPTED: Duration = Duration::from_micros(50);
/// Who expects nothing tries all the same once in so many waits: times change.
const TRIAL_PERIOD: u32 = 16;

/// The patience of one thread with one kind of event.
pub(crate) struct Patience {
    level: Cell<u32>,
    /// Waits without a trial, at the lowest level.
    untried: Cell<u32>,
}

/// How a stare ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stare {
    /// What was waited for came.
    Paid,
    /// It did not.
    Wasted,
    /// Others want the processor, and it did not come either.
    Preempted,
}

impl Patience {
    pub(crate) const fn new() -> Self {
        Self {
            level: Cell::new(0),
            untried: Cell::new(0),
        }
    }

    /// Looks on until `ready`, for as long as that has paid of late; whether it came.
    ///
    /// In a model nobody looks on: each look would be one more interleaving of what the model tries anyway.
    pub(crate) fn outlasts(&self, mut ready: impl FnMut() -> bool) -> bool {
        if cfg!(any(creel_loom, creel_shuttle)) || is_alone() {
            return false;
        }
        if look(GLANCES, &mut ready) {
            return true;
        }
        if !self.expects() {
            return false;
        }
        let stare = self.stare(ready);
        self.learn(stare);
        stare == Stare::Paid
    }

    /// Whether more than a glance is worth a try.
    fn expects(&self) -> bool {
        if self.level.get() > 0 {
            return true;
        }
        let untried = self.untried.get() + 1;
        self.untried.set(untried % TRIAL_PERIOD);
        untried == TRIAL_PERIOD
    }

    fn stare(&self, mut ready: impl FnMut() -> bool) -> Stare {
        if look(LOOKS, &mut ready) {
            return Stare::Paid;
        }
        // A trial is one of a patient thread: what it is to find out is whether patience would pay.
        let level = match self.level.get() {
            0 => LEVEL_MAX,
            level => level,
        };
        let start = Instant::now();
        let mut before = start;
        loop {
            // Whoever is waited for may need this processor.
            yield_now();
            let now = Instant::now();
            if look(LOOKS_BETWEEN, &mut ready) {
                return Stare::Paid;
            }
            if now - before > PREEMPTED {
                return Stare::Preempted;
            }
            if now - start > STARE * (1 << (level - 1)) {
                return Stare::Wasted;
            }
            before = now;
        }
    }

    fn learn(&self, stare: Stare) {
        let level = self.level.get();
        self.level.set(match stare {
            Stare::Paid => LEVEL_MAX.min(level + 1),
            Stare::Wasted => level.saturating_sub(1),
            Stare::Preempted => 0,
        });
    }
}

/// Looks so many times, with a breath between two looks.
fn look(times: u32, ready: &mut impl FnMut() -> bool) -> bool {
    for _ in 0..times {
        if ready() {
            return true;
        }
        std::hint::spin_loop();
    }
    false
}

/// Whether there is only one processor: then nothing comes while this thread has it.
fn is_alone() -> bool {
    static ALONE: LazyLock<bool> =
        LazyLock::new(|| std::thread::available_parallelism().is_ok_and(|cores| cores.get() == 1));
    *ALONE
}

#[cfg(all(test, not(any(creel_loom, creel_shuttle))))]
mod tests;
