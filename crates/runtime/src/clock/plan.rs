//! What the timer thread is to do, told as a value: time is an argument, the caller holds the lock.
//!
//! ```text
//!            expect              look              next: nothing is due
//!   Absent ─────────▶ Called ───────────▶ Looking ─────────────────────▶ Sleeping
//!     ▲                 ▲ ▲                │ │  ▲                         │  │
//!     │                 │ └──── expect ────┘ │  └───────── look ──────────┘  │
//!     │                 └─────── expect, forgotten: it is roused ────────────┘
//!     ├───────────────────── next: Leave ────┘
//!     └── start_failed, from Called
//! ```

use std::time::{Duration, Instant};

/// Which rolls have alarms, and where the thread is that looks at them.
///
/// No roll has an alarm while the thread is absent: it leaves only when there is none, and whoever enters one in a roll
/// that has none starts it.
pub(super) struct Plan {
    /// Those that have alarms, a bit each.
    occupied: u32,
    /// How often somebody has told of an alarm.
    arrivals: u64,
    thread: Thread,
    linger: Duration,
    quiet: Option<Quiet>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thread {
    /// There is none.
    Absent,
    /// It will look at all rolls.
    Called,
    /// It looks at one roll after another, and may have come by at any of them.
    Looking,
    /// It sleeps, and looks at this time.
    Sleeping(Instant),
}

/// There was nothing to wait for: the thread leaves if that lasts.
#[derive(Clone, Copy)]
struct Quiet {
    /// The arrivals by then: a later one broke the quiet, even if its alarm is forgotten already.
    arrivals: u64,
    until: Instant,
}

/// What whoever changed the plan must do about the thread.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// Nothing: it looks in time.
    Nothing,
    /// Start it, and say so if it cannot be.
    Start,
    /// Rouse it, or it would sleep too long.
    Rouse,
}

/// What the thread must do next.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Look at the rolls once more.
    Look,
    /// Sleep so long, or until roused, and look then.
    Sleep(Duration),
    /// End: it is not counted on any more.
    Leave,
}

impl Plan {
    /// Nothing to wait for; a thread with nothing to wait for stays for `linger`.
    pub(super) const fn new(linger: Duration) -> Self {
        Self {
            occupied: 0,
            arrivals: 0,
            thread: Thread::Absent,
            linger,
            quiet: None,
        }
    }

    /// A roll has an alarm that is due before the thread would look there.
    pub(super) fn expect(&mut self, roll: usize, when: Instant) -> Call {
        self.arrivals += 1;
        self.occupied |= 1 << roll;
        let call = match self.thread {
            Thread::Absent => Call::Start,
            Thread::Sleeping(until) if when < until => Call::Rouse,
            Thread::Sleeping(_) => return Call::Nothing,
            Thread::Called | Thread::Looking => Call::Nothing,
        };
        self.thread = Thread::Called;
        call
    }

    /// The thread could not be started for a roll's only alarm, which is taken out again.
    pub(super) fn start_failed(&mut self, roll: usize) {
        self.emptied(roll);
        self.thread = Thread::Absent;
    }

    /// The last alarm of a roll was forgotten.
    pub(super) fn forgotten(&mut self, roll: usize, now: Instant) -> Call {
        self.emptied(roll);
        match self.thread {
            // It sleeps for an alarm that is gone, longer than it stays for nothing.
            Thread::Sleeping(until) if self.occupied == 0 && until > now + self.linger => {
                self.thread = Thread::Called;
                Call::Rouse
            }
            // If the next alarm is a later one the thread looks too early, once, and that costs less than to rouse it.
            _ => Call::Nothing,
        }
    }

    /// The thread has taken the last alarm out of a roll.
    pub(super) fn emptied(&mut self, roll: usize) {
        self.occupied &= !(1 << roll);
    }

    /// The thread turns to the rolls.
    pub(super) fn look(&mut self) {
        self.thread = Thread::Looking;
    }

    /// The thread has looked at all rolls, where nothing is due, and asks what to do; when the first alarm is due.
    pub(super) fn next(&mut self, now: Instant, first: Option<Instant>) -> Next {
        // What it has found may be forgotten, and then it would sleep for nothing.
        let is_gone = first.is_some() && self.occupied == 0;
        if self.thread == Thread::Called || is_gone {
            return Next::Look;
        }
        match first {
            Some(until) if until <= now => Next::Look,
            Some(until) => self.sleep(now, until),
            None => match self.quiet_until(now) {
                until if until <= now => {
                    self.thread = Thread::Absent;
                    Next::Leave
                }
                until => self.sleep(now, until),
            },
        }
    }

    fn sleep(&mut self, now: Instant, until: Instant) -> Next {
        self.thread = Thread::Sleeping(until);
        Next::Sleep(until - now)
    }

    /// When the thread leaves, if nobody comes.
    fn quiet_until(&mut self, now: Instant) -> Instant {
        match self.quiet {
            Some(quiet) if quiet.arrivals == self.arrivals => quiet.until,
            _ => {
                let until = now + self.linger;
                self.quiet = Some(Quiet {
                    arrivals: self.arrivals,
                    until,
                });
                until
            }
        }
    }
}

#[cfg(test)]
mod tests;
