//! The thread that wakes whoever waits for a time.

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use creel_core::port::Alarm;

use super::plan::{Call, Next, Plan};
use crate::guard;

/// What the thread runs.
pub(super) type Body = Box<dyn FnOnce() + Send>;

/// Starts the thread.
type Start = dyn Fn(Body) -> io::Result<()> + Sync;

/// Alarms, and one thread at most that waits for them. The thread is the system's in every configuration, so the
/// lock is the standard library's. No foreign code runs while it is held.
pub(super) struct Timer {
    line: Mutex<Line>,
    /// The plan asks to rouse the thread.
    roused: Condvar,
    start: &'static Start,
}

struct Line {
    plan: Plan,
    /// The last start failed and was reported: those that follow would say the same.
    is_reported: bool,
}

impl Timer {
    pub(super) const fn new(linger: Duration, start: &'static Start) -> Self {
        Self {
            line: Mutex::new(Line {
                plan: Plan::new(linger),
                is_reported: false,
            }),
            roused: Condvar::new(),
            start,
        }
    }

    /// As [`Clock::wake_at`](creel_core::Clock::wake_at).
    pub(super) fn wake_at(&'static self, when: Instant, waker: Waker) -> Option<Alarm> {
        if when <= Instant::now() {
            wake(waker);
            return None;
        }
        let mut line = self.lock();
        let (alarm, call) = line.plan.add(when, waker);
        match call {
            Call::Nothing => {}
            Call::Rouse => self.rouse(line),
            // Under the lock: nobody may rely on a thread before it is there.
            Call::Start => match (self.start)(Box::new(|| self.run())) {
                Ok(()) => line.is_reported = false,
                Err(error) => {
                    let waker = line.plan.start_failed(alarm);
                    let was_reported = std::mem::replace(&mut line.is_reported, true);
                    drop(line);
                    if !was_reported {
                        tracing::warn!(%error, "cannot start the timer thread; timers are woken early");
                    }
                    waker.into_iter().for_each(wake);
                    return None;
                }
            },
        }
        Some(alarm)
    }

    /// As [`Clock::forget`](creel_core::Clock::forget).
    pub(super) fn forget(&self, alarm: Alarm) {
        let now = Instant::now();
        let mut line = self.lock();
        let (waker, call) = line.plan.forget(alarm, now);
        match call {
            Call::Rouse => self.rouse(line),
            Call::Nothing | Call::Start => drop(line),
        }
        guard::drop_quietly("a waker", waker);
    }

    /// The thread, from start to end.
    fn run(&self) {
        let mut line = self.lock();
        loop {
            match line.plan.next(Instant::now()) {
                Next::Wake(waker) => {
                    drop(line);
                    wake(waker);
                    line = self.lock();
                }
                Next::Sleep(time) => {
                    (line, _) = self
                        .roused
                        .wait_timeout(line, time)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                Next::Leave => return,
            }
        }
    }

    fn rouse(&self, line: MutexGuard<'_, Line>) {
        drop(line);
        self.roused.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(waker: Waker) {
    guard::run_quietly("a waker", || waker.wake());
}

#[cfg(test)]
mod tests;
