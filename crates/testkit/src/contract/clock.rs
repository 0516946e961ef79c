//! What a clock promises.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use creel_core::Clock;
use creel_core::port::Alarm;

use crate::{WakeCount, Watched};

/// Checks that a clock never runs backwards, wakes when a time has come and not before, and forgets what it is
/// told to.
///
/// `reach` brings the clock to an instant; for a clock that runs by itself it does nothing. The suite reaches
/// 20 ms.
///
/// # Panics
/// When the clock breaks its contract. It hangs when the clock never wakes a waker.
pub fn clock<C: Clock + 'static>(clock: &Arc<C>, reach: impl FnMut(Instant)) {
    wakes_in_time(clock, reach);
    forgets(clock);
}

fn wakes_in_time<C: Clock + 'static>(clock: &Arc<C>, mut reach: impl FnMut(Instant)) {
    let start = clock.now();

    let (past, alarm) = Listener::at(clock, start);
    let wakes = past.times.read(Vec::len);
    assert_ne!(wakes, 0, "a waker whose time has come is not woken at once");
    assert_eq!(alarm, None, "there is an alarm at a time that has come");

    let (late, early) = (
        start + Duration::from_millis(20),
        start + Duration::from_millis(10),
    );
    let listeners = [late, early, early].map(|when| (when, Listener::at(clock, when)));
    let mut before = start;
    for when in [early, late] {
        reach(when);
        for (due, (listener, _)) in listeners.iter().filter(|(due, _)| *due <= when) {
            listener.times.wait_until(|times| !times.is_empty());
            listener.times.read(|times| {
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
    for (_, (listener, alarm)) in &listeners {
        if let Some(alarm) = alarm {
            clock.forget(*alarm);
        }
        let wakes = listener.times.read(Vec::len);
        assert_eq!(wakes, 1, "a waker is woken more than once");
    }
}

fn forgets<C: Clock>(clock: &Arc<C>) {
    let far = clock.now() + Duration::from_secs(3600);
    let (one, other) = (WakeCount::new(), WakeCount::new());
    let [first, second] = [&one, &other].map(|wakes| {
        clock
            .wake_at(far, wakes.waker())
            .expect("there is no alarm at a time to come")
    });
    assert_ne!(first, second, "two alarms have the same name");
    assert_eq!(first.when(), far, "an alarm is at another time");
    clock.forget(first);
    assert_eq!(one.wakers(), 0, "a forgotten waker is kept");
    clock.forget(first);
    assert_eq!(other.wakers(), 1, "another alarm is forgotten");
    clock.forget(second);
    assert_eq!(other.wakers(), 0, "a forgotten waker is kept");
    assert_eq!(
        (one.count(), other.count()),
        (0, 0),
        "a forgotten waker is woken"
    );
}

/// Remembers what the clock said whenever its waker was woken.
struct Listener<C> {
    clock: Arc<C>,
    times: Watched<Vec<Instant>>,
}

impl<C: Clock + 'static> Listener<C> {
    fn at(clock: &Arc<C>, when: Instant) -> (Arc<Self>, Option<Alarm>) {
        let listener = Arc::new(Self {
            clock: Arc::clone(clock),
            times: Watched::default(),
        });
        let alarm = clock.wake_at(when, Waker::from(Arc::clone(&listener)));
        (listener, alarm)
    }
}

impl<C: Clock> Wake for Listener<C> {
    fn wake(self: Arc<Self>) {
        let now = self.clock.now();
        self.times.change(|times| times.push(now));
    }
}
