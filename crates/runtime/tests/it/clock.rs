use std::sync::{Arc, mpsc};
use std::task::{Wake, Waker};
use std::thread;
use std::time::Duration;

use creel_core::Clock;
use creel_runtime::{SystemClock, clock};
use creel_testkit::{ManualClock, contract};

#[test]
fn the_system_clock_keeps_the_contract() {
    contract::clock(&Arc::new(SystemClock), |_| ());
}

#[test]
fn wakers_are_woken_on_the_timer_thread() {
    struct Name(mpsc::Sender<Option<String>>);
    impl Wake for Name {
        fn wake(self: Arc<Self>) {
            let name = thread::current().name().map(str::to_owned);
            self.0.send(name).unwrap();
        }
    }
    let (names, named) = mpsc::channel();
    let when = SystemClock.now() + Duration::from_millis(20);
    let alarm = SystemClock.wake_at(when, Waker::from(Arc::new(Name(names))));
    let name = named.recv().unwrap();
    // On a machine that stood still meanwhile the time had come, and the waker was woken here.
    if alarm.is_some() {
        assert_eq!(name.as_deref(), Some("creel-timer"));
    }
}

#[test]
fn the_current_clock_is_the_one_that_was_entered_last() {
    let [outer, inner] = [Duration::from_secs(1), Duration::from_secs(2)].map(|ahead| {
        let manual = ManualClock::new();
        manual.advance(ahead);
        manual
    });
    let current = || clock::current().now();
    let entered_outer = clock::enter(Arc::new(outer.clone()));
    assert_eq!(current(), outer.now());
    let entered_inner = clock::enter(Arc::new(inner.clone()));
    assert_eq!(current(), inner.now());
    let elsewhere = thread::spawn(|| clock::current().now()).join().unwrap();
    assert!(elsewhere < outer.now(), "another thread keeps its own");
    drop(entered_inner);
    assert_eq!(current(), outer.now());
    drop(entered_outer);
    assert!(current() < outer.now());
}
