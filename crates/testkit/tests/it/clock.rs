use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use creel_core::Clock;
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

/// Breaks one promise of a clock.
struct Broken {
    inner: ManualClock,
    start: Instant,
    how: How,
}

enum How {
    WakesAtOnce,
    RunsBackwards,
}

impl Clock for Broken {
    fn now(&self) -> Instant {
        match self.how {
            How::WakesAtOnce => self.inner.now(),
            How::RunsBackwards => self.start - (self.inner.now() - self.start),
        }
    }

    fn wake_at(&self, when: Instant, waker: Waker) {
        match self.how {
            How::WakesAtOnce => waker.wake(),
            How::RunsBackwards => self.inner.wake_at(when, waker),
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
