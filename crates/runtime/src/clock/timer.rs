//! The thread that wakes whoever waits for a time.

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use creel_core::port::Alarm;

use super::plan::{Call, Next, Plan};
use super::roll::{Entry, ROLLS, Roll};
use crate::guard;
use crate::task::Burst;

/// What the thread runs.
pub(super) type Body = Box<dyn FnOnce() + Send>;

/// Starts the thread.
type Start = dyn Fn(Body) -> io::Result<()> + Sync;

/// So many alarms of a roll are taken out under its lock, which others wait for meanwhile.
const BURST: usize = 64;

/// Alarms, and one thread at most that waits for them. The thread is the system's in every configuration, so the
/// locks are the standard library's. No foreign code runs while one is held.
///
/// Whoever asks for an alarm takes the lock of a roll, and the plan's only if the thread must be told. It keeps the
/// first meanwhile: a thread that cannot be started has left nobody behind who relies on it.
pub(super) struct Timer {
    pages: [Page; ROLLS],
    line: Mutex<Line>,
    /// The plan asks to rouse the thread.
    roused: Condvar,
    start: &'static Start,
    /// From which times are counted.
    beginning: OnceLock<Instant>,
}

/// A roll; the alignment keeps the threads of two of them off one cache line.
#[repr(align(128))]
struct Page {
    roll: Mutex<Roll>,
    /// [`Roll::past`] for those without the lock, as a [tick](Timer::tick), or 0. It is written under the lock, and orders
    /// nothing else: who reads it uses the number alone, and an old one has it look under the lock.
    past: AtomicU64,
}

struct Line {
    plan: Plan,
    /// The last start failed and was reported: those that follow would say the same.
    is_reported: bool,
}

impl Timer {
    pub(super) const fn new(linger: Duration, start: &'static Start) -> Self {
        Self {
            pages: [const { Page::new() }; ROLLS],
            line: Mutex::new(Line {
                plan: Plan::new(linger),
                is_reported: false,
            }),
            roused: Condvar::new(),
            start,
            beginning: OnceLock::new(),
        }
    }

    /// As [`Clock::wake_at`](creel_core::Clock::wake_at), for whoever has looked at the time.
    pub(super) fn wake_at(
        &'static self,
        now: Instant,
        when: Instant,
        waker: Waker,
    ) -> Option<Alarm> {
        if when <= now {
            wake(waker);
            return None;
        }
        let index = seat();
        let mut roll = self.pages[index].lock();
        let alarm = match roll.add(index, when, waker) {
            Entry::Waits(alarm) => return Some(alarm),
            Entry::News(alarm) => alarm,
            Entry::Due(waker) => {
                drop(roll);
                wake(waker);
                return None;
            }
        };
        let mut line = self.lock();
        match line.plan.expect(index, when) {
            Call::Nothing => {}
            Call::Rouse => self.rouse(line),
            // Under the locks: nobody may rely on a thread before it is there.
            Call::Start => match (self.start)(Box::new(|| self.run())) {
                Ok(()) => line.is_reported = false,
                Err(error) => {
                    line.plan.start_failed(index);
                    let waker = roll.start_failed(alarm);
                    let was_reported = std::mem::replace(&mut line.is_reported, true);
                    drop(line);
                    drop(roll);
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
        if self.has_gone_off(alarm) {
            return;
        }
        let index = Roll::of(alarm);
        let mut roll = self.pages[index].lock();
        let waker = roll.forget(alarm);
        if waker.is_some() && roll.is_empty() {
            let now = Instant::now();
            let mut line = self.lock();
            if line.plan.forgotten(index, now) == Call::Rouse {
                self.rouse(line);
            }
        }
        drop(roll);
        guard::drop_quietly("a waker", waker);
    }

    /// Whether an alarm's time has come, and the thread has seen that: it is nowhere any more.
    pub(super) fn has_gone_off(&self, alarm: Alarm) -> bool {
        let page = &self.pages[Roll::of(alarm)];
        self.tick(alarm.when()).is_some_and(|due| page.is_past(due))
    }

    /// The thread, from start to end.
    fn run(&self) {
        let mut due = Vec::new();
        let mut line = self.lock();
        loop {
            line.plan.look();
            drop(line);
            let first = self.wake_all_due(&mut due);
            line = self.lock();
            match line.plan.next(Instant::now(), first) {
                Next::Look => {}
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

    /// Wakes those whose time has come; when the next is due.
    fn wake_all_due(&self, due: &mut Vec<(Alarm, Waker)>) -> Option<Instant> {
        let mut burst = Burst::new();
        loop {
            let now = Instant::now();
            let firsts = (0..ROLLS).filter_map(|index| self.take_due(index, now, due));
            let first = firsts.min();
            if due.is_empty() {
                return first;
            }
            // Those of each roll are in order already, which this sort makes use of.
            due.sort_by_key(|(alarm, _)| *alarm);
            for (_, waker) in due.drain(..) {
                burst.wake(waker);
            }
            burst.queue();
        }
    }

    /// Takes out of a roll what is due, up to a burst; when the first is due that stays.
    fn take_due(
        &self,
        index: usize,
        now: Instant,
        due: &mut Vec<(Alarm, Waker)>,
    ) -> Option<Instant> {
        let page = &self.pages[index];
        let mut roll = page.lock();
        let was_empty = roll.is_empty();
        let first = roll.take_due(now, BURST, due);
        if first.is_none() && !was_empty {
            self.lock().plan.emptied(index);
        }
        if let Some(past) = roll.past() {
            let beginning = self.beginning.get_or_init(|| past);
            // What lies before the beginning cannot be told from it, and may still be in the roll.
            if past >= *beginning {
                page.past.store(tick(*beginning, past), Ordering::Relaxed);
            }
        }
        first
    }

    /// A time as a number that is never 0, for comparison with others; `None` while there is none to compare it with.
    fn tick(&self, when: Instant) -> Option<u64> {
        self.beginning.get().map(|beginning| tick(*beginning, when))
    }

    fn rouse(&self, line: MutexGuard<'_, Line>) {
        drop(line);
        self.roused.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Page {
    const fn new() -> Self {
        Self {
            roll: Mutex::new(Roll::new()),
            past: AtomicU64::new(0),
        }
    }

    fn is_past(&self, tick: u64) -> bool {
        tick <= self.past.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Roll> {
        self.roll.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nanoseconds from the beginning, plus one. A time before the beginning is as the beginning.
fn tick(beginning: Instant, when: Instant) -> u64 {
    let since = when.saturating_duration_since(beginning).as_nanos();
    u64::try_from(since).map_or(u64::MAX, |nanos| nanos.saturating_add(1))
}

/// The roll in which this thread enters its alarms.
fn seat() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SEAT: Cell<Option<usize>> = const { Cell::new(None) };
    }
    SEAT.with(|seat| {
        seat.get().unwrap_or_else(|| {
            let taken = NEXT.fetch_add(1, Ordering::Relaxed) % ROLLS;
            seat.set(Some(taken));
            taken
        })
    })
}

fn wake(waker: Waker) {
    guard::run_quietly("a waker", || waker.wake());
}

#[cfg(test)]
mod tests;
