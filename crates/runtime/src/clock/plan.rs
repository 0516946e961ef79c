//! What the timer thread is to do, told as a value: time is an argument, the caller holds the lock.
//!
//! ```text
//!            add                       next: nothing is due
//!   Absent ───────▶ Looking ────────────────────────────────▶ Sleeping
//!     ▲               │  ▲                                       │
//!     └─ next: Leave ─┘  └── next, or whoever is told to rouse ──┘
//! ```

use std::collections::BTreeMap;
use std::task::Waker;
use std::time::{Duration, Instant};

use creel_core::port::Alarm;

/// The alarms to come, and where the thread is that waits for them.
///
/// There are no alarms while the thread is absent: it leaves only when there are none, and whoever adds one
/// starts it.
pub(super) struct Plan {
    alarms: BTreeMap<Alarm, Waker>,
    /// The number of the last alarm.
    number: u64,
    thread: Thread,
    linger: Duration,
    quiet: Option<Quiet>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thread {
    /// There is none.
    Absent,
    /// It will ask what is next before it sleeps.
    Looking,
    /// It sleeps, and asks at this time.
    Sleeping(Instant),
}

/// There was nothing to wait for: the thread leaves if that lasts.
#[derive(Clone, Copy)]
struct Quiet {
    /// The last alarm by then: a later one broke the quiet, even if it is forgotten already.
    number: u64,
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
#[derive(Debug)]
pub(super) enum Next {
    /// Wake this one, whose time has come, and ask again.
    Wake(Waker),
    /// Sleep so long, or until roused, and ask again.
    Sleep(Duration),
    /// End: it is not counted on any more.
    Leave,
}

impl Plan {
    /// Nothing to wait for; a thread with nothing to wait for stays for `linger`.
    pub(super) const fn new(linger: Duration) -> Self {
        Self {
            alarms: BTreeMap::new(),
            number: 0,
            thread: Thread::Absent,
            linger,
            quiet: None,
        }
    }

    /// Somebody wants to be woken.
    pub(super) fn add(&mut self, when: Instant, waker: Waker) -> (Alarm, Call) {
        self.number += 1;
        let alarm = Alarm::new(when, self.number);
        self.alarms.insert(alarm, waker);
        let call = match self.thread {
            Thread::Absent => Call::Start,
            Thread::Sleeping(until) if when < until => Call::Rouse,
            Thread::Sleeping(_) | Thread::Looking => return (alarm, Call::Nothing),
        };
        self.thread = Thread::Looking;
        (alarm, call)
    }

    /// The thread could not be started for the alarm that was just added, which is taken out again.
    pub(super) fn start_failed(&mut self, alarm: Alarm) -> Option<Waker> {
        self.thread = Thread::Absent;
        self.alarms.remove(&alarm)
    }

    /// Somebody does not want to be woken any more; the waker, if it was not woken yet.
    pub(super) fn forget(&mut self, alarm: Alarm, now: Instant) -> (Option<Waker>, Call) {
        let waker = self.alarms.remove(&alarm);
        match self.thread {
            // It sleeps for an alarm that is gone, longer than it stays for nothing.
            Thread::Sleeping(until) if self.alarms.is_empty() && until > now + self.linger => {
                self.thread = Thread::Looking;
                (waker, Call::Rouse)
            }
            // If the next alarm is a later one the thread looks too early, once, and that costs less than to rouse it.
            _ => (waker, Call::Nothing),
        }
    }

    /// The thread asks what to do.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        self.thread = Thread::Looking;
        let until = match self.alarms.first_entry() {
            Some(first) if first.key().when() <= now => return Next::Wake(first.remove()),
            Some(first) => first.key().when(),
            None => self.quiet_until(now),
        };
        if until <= now {
            self.thread = Thread::Absent;
            return Next::Leave;
        }
        self.thread = Thread::Sleeping(until);
        Next::Sleep(until - now)
    }

    /// When the thread leaves, if nobody comes.
    fn quiet_until(&mut self, now: Instant) -> Instant {
        match self.quiet {
            Some(quiet) if quiet.number == self.number => quiet.until,
            _ => {
                let until = now + self.linger;
                self.quiet = Some(Quiet {
                    number: self.number,
                    until,
                });
                until
            }
        }
    }
}

#[cfg(test)]
mod tests;
