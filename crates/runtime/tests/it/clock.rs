use std::future::poll_fn;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, mpsc};
use std::task::{Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use creel_core::Clock;
use creel_runtime::{SystemClock, ThreadPool, clock};
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
fn the_timer_thread_outlives_a_panic_in_what_goes_with_the_last_hold_on_a_pool() {
    struct Bomb(mpsc::Sender<&'static str>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            self.0.send("the pool is gone").unwrap();
            panic!("dropped with the pool");
        }
    }
    struct Ring(mpsc::Sender<&'static str>);
    impl Wake for Ring {
        fn wake(self: Arc<Self>) {
            self.0.send("woken").unwrap();
        }
    }
    let (events, told) = mpsc::channel();
    let bomb = Bomb(events.clone());
    let pool = ThreadPool::builder()
        .on_stop(move || {
            let _ = &bomb;
        })
        .build()
        .unwrap();
    let due = SystemClock.now() + Duration::from_millis(50);
    // The task ends, and the clock has its waker.
    let ended = pool.spawn(poll_fn(move |context| {
        let _ = SystemClock.wake_at(due, context.waker().clone());
        Poll::Ready(())
    }));
    ended.unwrap().result().unwrap();
    pool.shutdown().unwrap();
    // On a machine that stood still meanwhile the time had come, and the last hold is this one.
    let gone_elsewhere = panic::catch_unwind(AssertUnwindSafe(|| drop(pool)));
    assert!(gone_elsewhere.is_ok() || SystemClock.now() >= due);
    let later = due + Duration::from_millis(1);
    let _ = SystemClock.wake_at(later, Waker::from(Arc::new(Ring(events))));
    let mut told: Vec<_> = told.iter().take(2).collect();
    told.sort_unstable();
    assert_eq!(told, ["the pool is gone", "woken"]);
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
