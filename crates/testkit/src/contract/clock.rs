//! What a clock promises.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use creel_core::Clock;

use crate::Watched;

/// Checks that a clock never runs backwards, and wakes when a time has come and not before.
///
/// `reach` brings the clock to an instant; for a clock that runs by itself it does nothing. The suite reaches
/// 20 ms.
///
/// # Panics
/// When the clock breaks its contract. It hangs when the clock forgets a waker.
pub fn clock<C: Clock + 'static>(clock: &Arc<C>, mut reach: impl FnMut(Instant)) {
    let start = clock.now();

    let past = Alarm::at(clock, start);
    past.times.wait_until(|times| !times.is_empty());

    let (late, early) = (
        start + Duration::from_millis(20),
        start + Duration::from_millis(10),
    );
    let alarms = [late, early, early].map(|when| (when, Alarm::at(clock, when)));
    let mut before = start;
    for when in [early, late] {
        reach(when);
        for (due, alarm) in alarms.iter().filter(|(due, _)| *due <= when) {
            alarm.times.wait_until(|times| !times.is_empty());
            alarm.times.read(|times| {
                assert!(
                    times.iter().all(|woken| woken >= due),
                    "a waker is woken before its time"
                );
            });
        }
        let now = clock.now();
        assert!(now >= before, "the clock runs backwards");
        assert!(now >= when, "a waker is woken before its time");
        before = now;
    }
}

/// Remembers what the clock said whenever its waker was woken.
struct Alarm<C> {
    clock: Arc<C>,
    times: Watched<Vec<Instant>>,
}

impl<C: Clock + 'static> Alarm<C> {
    fn at(clock: &Arc<C>, when: Instant) -> Arc<Self> {
        let alarm = Arc::new(Self {
            clock: Arc::clone(clock),
            times: Watched::default(),
        });
        clock.wake_at(when, Waker::from(Arc::clone(&alarm)));
        alarm
    }
}

impl<C: Clock> Wake for Alarm<C> {
    fn wake(self: Arc<Self>) {
        let now = self.clock.now();
        self.times.change(|times| times.push(now));
    }
}
