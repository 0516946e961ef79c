//! Virtual time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use creel_core::Clock;
use creel_core::port::Alarm;

use crate::Watched;

/// A clock that stands still until a test advances it.
///
/// Clones are the same clock. Wakers are woken by the thread that advances it, in the order of their times, and
/// each sees the clock stand at its own time; one that is registered on the way is served too.
///
/// ```
/// use std::time::Duration;
/// use creel_core::Clock;
/// use creel_testkit::{ManualClock, WakeCount};
///
/// let clock = ManualClock::new();
/// let wakes = WakeCount::new();
/// clock.wake_at(clock.now() + Duration::from_secs(5), wakes.waker());
/// clock.advance(Duration::from_secs(4));
/// assert_eq!(wakes.count(), 0);
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(wakes.count(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    state: Arc<Watched<State>>,
}

#[derive(Debug)]
struct State {
    now: Instant,
    /// Wakers of the same time are woken in the order they came.
    alarms: BTreeMap<Alarm, Waker>,
    registered: u64,
}

impl ManualClock {
    /// A clock that stands at some instant.
    pub fn new() -> Self {
        Self {
            state: Arc::new(Watched::new(State {
                now: Instant::now(),
                alarms: BTreeMap::new(),
                registered: 0,
            })),
        }
    }

    /// Advances the clock by so much.
    pub fn advance(&self, by: Duration) {
        self.advance_to(self.now() + by);
    }

    /// Advances the clock to an instant; one that has passed changes nothing.
    pub fn advance_to(&self, when: Instant) {
        while let Some(waker) = self.state.change(|state| state.next_due(when)) {
            waker.wake();
        }
    }

    /// Advances the clock to the next time that somebody waits for; false when nobody does.
    pub fn advance_to_next_alarm(&self) -> bool {
        let next = self.next_alarm();
        if let Some(when) = next {
            self.advance_to(when);
        }
        next.is_some()
    }

    /// The next time that somebody waits for.
    pub fn next_alarm(&self) -> Option<Instant> {
        self.state
            .read(|state| state.alarms.keys().next().map(|alarm| alarm.when()))
    }

    /// How many wakers are waiting for their time.
    pub fn alarms(&self) -> usize {
        self.state.read(|state| state.alarms.len())
    }

    /// Blocks until so many wakers are waiting for their time.
    pub fn wait_until_alarms(&self, count: usize) {
        self.state.wait_until(|state| state.alarms.len() >= count);
    }
}

impl State {
    fn next_due(&mut self, end: Instant) -> Option<Waker> {
        match self.alarms.first_entry() {
            Some(alarm) if alarm.key().when() <= end => {
                self.now = self.now.max(alarm.key().when());
                Some(alarm.remove())
            }
            _ => {
                self.now = self.now.max(end);
                None
            }
        }
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.state.read(|state| state.now)
    }

    fn wake_at(&self, when: Instant, waker: Waker) -> Option<Alarm> {
        let registered = self.state.change(|state| {
            if when <= state.now {
                return Err(waker);
            }
            state.registered += 1;
            let alarm = Alarm::new(when, state.registered);
            state.alarms.insert(alarm, waker);
            Ok(alarm)
        });
        registered.map_err(Waker::wake).ok()
    }

    fn forget(&self, alarm: Alarm) {
        let waker = self.state.change(|state| state.alarms.remove(&alarm));
        drop(waker);
    }
}
