//! How long a thread looks on for what it waits for before it sleeps.
//!
//! To sleep and be woken costs both sides a system call and several microseconds. Who looks on for a moment saves that
//! if what it waits for comes at once, and wastes the moment if not. So the moment is as long as it has paid of late, and
//! nearly nothing where other threads want the processor: they may be the ones that are waited for.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::pool::awake;
use crate::sync::yield_now;

/// So many looks are taken even by who expects nothing of them.
const GLANCES: u32 = 12;
/// So many looks, less than a microsecond of them, before the clock is read and the processor offered to others.
const LOOKS: u32 = 12;
/// So many looks between two such offers.
const LOOKS_BETWEEN: u32 = 8;
/// How long the least patient of those looks on who expect something; each level more doubles it. Under a hypervisor a processor
/// that has halted may take 30 µs to run what it is woken for.
const STARE: Duration = Duration::from_micros(4);
const LEVEL_MAX: u32 = 5;
/// The same where the workers that are awake have all processors: who looks on there takes one from them, and an offer of
/// it is not always taken.
const LEVEL_MAX_IN_A_CROWD: u32 = 3;
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
    /// What was waited for came, after so long; after no time in a crowd, where to wait longer is no good.
    Paid(Duration),
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
        matches!(stare, Stare::Paid(_))
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
            return Stare::Paid(Duration::ZERO);
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
            let is_crowded = awake::have_all_processors();
            if look(LOOKS_BETWEEN, &mut ready) {
                let after = if is_crowded {
                    Duration::ZERO
                } else {
                    now - start
                };
                return Stare::Paid(after);
            }
            if now - before > PREEMPTED {
                return Stare::Preempted;
            }
            let level = match is_crowded {
                true => level.min(LEVEL_MAX_IN_A_CROWD),
                false => level,
            };
            if now - start > stare_of(level) {
                return Stare::Wasted;
            }
            before = now;
        }
    }

    fn learn(&self, stare: Stare) {
        let level = self.level.get();
        self.level.set(match stare {
            // Long enough for the next one too if it comes a little later.
            Stare::Paid(after) => (level + 1..LEVEL_MAX)
                .find(|level| stare_of(*level) >= after * 3 / 2)
                .unwrap_or(LEVEL_MAX),
            Stare::Wasted => level.saturating_sub(1),
            Stare::Preempted => 0,
        });
    }
}

/// How long one of that level looks on.
fn stare_of(level: u32) -> Duration {
    STARE * (1 << (level - 1))
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
    awake::processors() == 1
}

#[cfg(all(test, not(any(creel_loom, creel_shuttle))))]
mod tests;
