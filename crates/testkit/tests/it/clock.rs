use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use creel_core::Clock;
use creel_core::port::Alarm;
use creel_testkit::{ManualClock, WakeCount, contract};

#[test]
fn the_manual_clock_keeps_the_contract() {
    let clock = Arc::new(ManualClock::new());
    contract::clock(&clock, |when| clock.advance_to(when));
}

#[test]
fn alarms_are_served_in_order_each_at_its_own_time() {
    let clock = ManualClock::new();
    let start = clock.now();
    let [first, second] = [WakeCount::new(), WakeCount::new()];
    clock.wake_at(start + Duration::from_secs(2), second.waker());
    clock.wake_at(start + Duration::from_secs(1), first.waker());
    clock.wait_until_alarms(2);
    assert!(clock.advance_to_next_alarm());
    assert_eq!((first.count(), second.count()), (1, 0));
    assert_eq!(clock.now(), start + Duration::from_secs(1));
    assert_eq!(clock.next_alarm(), Some(start + Duration::from_secs(2)));
    clock.advance(Duration::from_secs(5));
    assert_eq!((first.count(), second.count()), (1, 1));
    assert_eq!(clock.now(), start + Duration::from_secs(6));
    assert!(!clock.advance_to_next_alarm());
}

#[test]
fn the_manual_clock_never_runs_backwards() {
    let clock = ManualClock::new();
    let start = clock.now();
    clock.advance(Duration::from_secs(1));
    clock.advance_to(start);
    assert_eq!(clock.now(), start + Duration::from_secs(1));
}

#[test]
fn a_forgotten_alarm_leaves_nothing_behind() {
    let clock = ManualClock::new();
    let when = clock.now() + Duration::from_secs(1);
    let [kept, forgotten] = [WakeCount::new(), WakeCount::new()];
    let first = clock.wake_at(when, forgotten.waker()).unwrap();
    clock.wake_at(when, kept.waker()).unwrap();
    clock.forget(first);
    assert_eq!((clock.alarms(), forgotten.wakers()), (1, 0));
    clock.advance_to(when);
    assert_eq!((kept.count(), forgotten.count()), (1, 0));
    clock.forget(first);
}

/// Breaks one promise of a clock.
struct Broken {
    inner: ManualClock,
    start: Instant,
    how: How,
}

enum How {
    WakesAtOnce,
    WakesTwice,
    WakesLater,
    RunsBackwards,
    ForgetsNothing,
    ForgetsTheFirst,
}

impl Clock for Broken {
    fn now(&self) -> Instant {
        match self.how {
            How::RunsBackwards => self.start - (self.inner.now() - self.start),
            _ => self.inner.now(),
        }
    }

    fn wake_at(&self, when: Instant, waker: Waker) -> Option<Alarm> {
        match self.how {
            How::WakesAtOnce => waker.wake_by_ref(),
            How::WakesTwice => drop(self.inner.wake_at(when, waker.clone())),
            How::WakesLater => return self.inner.wake_at(when + Duration::from_nanos(1), waker),
            _ => {}
        }
        self.inner.wake_at(when, waker)
    }

    fn forget(&self, alarm: Alarm) {
        match self.how {
            How::ForgetsNothing => {}
            How::ForgetsTheFirst => self.inner.forget(Alarm::new(alarm.when(), 1)),
            _ => self.inner.forget(alarm),
        }
    }
}

fn check(how: How) {
    let inner = ManualClock::new();
    let clock = Arc::new(Broken {
        start: inner.now(),
        inner: inner.clone(),
        how,
    });
    contract::clock(&clock, |when| inner.advance_to(when));
}

#[test]
#[should_panic(expected = "a waker is woken before its time")]
fn a_clock_that_wakes_early_is_found() {
    check(How::WakesAtOnce);
}

#[test]
#[should_panic(expected = "before its time")]
fn a_clock_that_runs_backwards_is_found() {
    check(How::RunsBackwards);
}

#[test]
#[should_panic(expected = "a waker whose time has come is not woken at once")]
fn a_clock_that_wakes_late_is_found() {
    check(How::WakesLater);
}

#[test]
#[should_panic(expected = "a waker is woken more than once")]
fn a_clock_that_wakes_twice_is_found() {
    check(How::WakesTwice);
}

#[test]
#[should_panic(expected = "a forgotten waker is kept")]
fn a_clock_that_forgets_nothing_is_found() {
    check(How::ForgetsNothing);
}

#[test]
#[should_panic(expected = "a forgotten waker is kept")]
fn a_clock_that_forgets_another_alarm_is_found() {
    check(How::ForgetsTheFirst);
}
