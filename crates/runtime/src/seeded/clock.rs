//! Time that passes only when there is nothing else to do.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use creel_core::Clock;
use creel_core::port::Alarm;

use crate::guard;
use crate::sync::Mutex;

/// The clock of a [`Seeded`](crate::Seeded) executor: it stands still while a task is ready, and jumps to the next alarm
/// when none is.
///
/// Clones are the same clock. Wakers are woken by the thread that drives the executor, in the order of their times.
#[derive(Clone)]
pub struct VirtualClock {
    start: Instant,
    state: Arc<Mutex<State>>,
}

struct State {
    now: Instant,
    alarms: BTreeMap<Alarm, Waker>,
    registered: u64,
}

impl VirtualClock {
    /// A clock that stands at the time of the system.
    pub(super) fn new() -> Self {
        let start = Instant::now();
        Self {
            start,
            state: Arc::new(Mutex::new(State {
                now: start,
                alarms: BTreeMap::new(),
                registered: 0,
            })),
        }
    }

    /// The time that has passed by this clock.
    pub fn elapsed(&self) -> Duration {
        self.since_start(self.now())
    }

    pub(super) fn since_start(&self, when: Instant) -> Duration {
        when.saturating_duration_since(self.start)
    }

    /// When the next alarm goes off.
    pub(super) fn next_alarm(&self) -> Option<Instant> {
        let state = self.state.lock();
        state.alarms.keys().next().map(|alarm| alarm.when())
    }

    /// Moves the clock on to an instant, and wakes those who wait for a time on the way.
    pub(super) fn advance_to(&self, when: Instant) {
        // One at a time: a waker may call off the alarm of another one.
        while let Some(waker) = self.next_due(when) {
            guard::run_quietly("a waker", || waker.wake());
        }
    }

    fn next_due(&self, end: Instant) -> Option<Waker> {
        let mut state = self.state.lock();
        let due = state
            .alarms
            .first_entry()
            .filter(|alarm| alarm.key().when() <= end);
        let (reached, waker) = match due {
            Some(alarm) => {
                let (alarm, waker) = alarm.remove_entry();
                (alarm.when(), Some(waker))
            }
            None => (end, None),
        };
        state.now = state.now.max(reached);
        waker
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Instant {
        self.state.lock().now
    }

    fn wake_at(&self, when: Instant, waker: Waker) -> Option<Alarm> {
        let mut state = self.state.lock();
        if when <= state.now {
            drop(state);
            guard::run_quietly("a waker", || waker.wake());
            return None;
        }
        state.registered += 1;
        let alarm = Alarm::new(when, state.registered);
        state.alarms.insert(alarm, waker);
        Some(alarm)
    }

    fn forget(&self, alarm: Alarm) {
        let waker = self.state.lock().alarms.remove(&alarm);
        guard::drop_quietly("a waker", waker);
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VirtualClock")
            .field(&self.elapsed())
            .finish()
    }
}
