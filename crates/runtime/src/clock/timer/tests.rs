use std::io;
use std::sync::{Arc, Barrier, Mutex, OnceLock};
use std::task::{Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use creel_core::Clock;
use creel_core::port::Alarm;
use creel_testkit::{WakeCount, Watched, contract};

use super::{Body, Timer};
use crate::guard::tests::Listener;

/// A timer of the test's own, whose threads are counted and may fail to start.
#[derive(Clone, Copy)]
struct Rig {
    timer: &'static Timer,
    threads: &'static Watched<Threads>,
}

/// A timer is there as long as its program; what is in sight at the end of the tests is no leak.
static RIGS: Mutex<Vec<Rig>> = Mutex::new(Vec::new());

#[derive(Debug, Default)]
struct Threads {
    failures_to_come: usize,
    attempts: usize,
    started: usize,
    ended: usize,
}

impl Rig {
    fn new(linger: Duration) -> Self {
        let threads: &'static Watched<Threads> = Box::leak(Box::default());
        let start = move |body: Body| {
            let fails = threads.change(|threads| {
                threads.attempts += 1;
                let fails = threads.failures_to_come > 0;
                threads.failures_to_come = threads.failures_to_come.saturating_sub(1);
                threads.started += usize::from(!fails);
                fails
            });
            if fails {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let counted = move || {
                body();
                threads.change(|threads| threads.ended += 1);
            };
            thread::Builder::new().spawn(counted).map(drop)
        };
        let timer = Box::leak(Box::new(Timer::new(linger, Box::leak(Box::new(start)))));
        let rig = Self { timer, threads };
        RIGS.lock().unwrap().push(rig);
        rig
    }

    fn wake_in(&self, time: Duration, wakes: &WakeCount) -> Option<Alarm> {
        let now = Instant::now();
        self.timer.wake_at(now, now + time, wakes.waker())
    }

    fn wait_until_ended(&self, count: usize) {
        self.threads.wait_until(|threads| threads.ended == count);
    }

    fn started(&self) -> usize {
        self.threads.read(|threads| threads.started)
    }
}

impl Clock for Rig {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wake_at(&self, when: Instant, waker: Waker) -> Option<Alarm> {
        self.timer.wake_at(Instant::now(), when, waker)
    }

    fn forget(&self, alarm: Alarm) {
        self.timer.forget(alarm);
    }
}

const SOON: Duration = Duration::from_micros(200);
const FAR: Duration = Duration::from_secs(3600);

#[test]
fn a_timer_keeps_the_contract_of_a_clock_also_when_its_thread_always_leaves() {
    contract::clock(&Arc::new(Rig::new(Duration::ZERO)), |_| ());
}

#[test]
fn the_thread_leaves_and_comes_back() {
    let rig = Rig::new(Duration::ZERO);
    assert_eq!(rig.started(), 0);
    let mut threads = 0;
    for _ in 0..20 {
        let wakes = WakeCount::new();
        // On a busy machine its time may have come already: then nobody need wait for it.
        threads += usize::from(rig.wake_in(SOON, &wakes).is_some());
        wakes.wait_until(1);
        rig.wait_until_ended(threads);
        assert_eq!(rig.started(), threads);
    }
}

#[test]
fn a_thread_that_sleeps_for_long_is_roused_by_an_alarm_that_is_due_sooner() {
    let rig = Rig::new(FAR);
    let [far, soon] = [(); 2].map(|()| WakeCount::new());
    rig.wake_in(FAR, &far);
    for round in 1..=20 {
        rig.wake_in(SOON, &soon);
        soon.wait_until(round);
    }
    assert_eq!(far.count(), 0);
}

#[test]
fn the_thread_does_not_stay_for_alarms_that_were_forgotten() {
    let rig = Rig::new(Duration::ZERO);
    for round in 1..=20 {
        let [far, soon] = [(); 2].map(|()| WakeCount::new());
        let alarms = [1, 2].map(|times| rig.wake_in(FAR * times, &far).unwrap());
        // Behind this the thread goes to sleep for the others.
        rig.wake_in(SOON, &soon);
        soon.wait_until(1);
        for alarm in alarms {
            rig.timer.forget(alarm);
        }
        assert_eq!((far.count(), far.wakers()), (0, 0));
        rig.wait_until_ended(round);
    }
}

#[test]
fn one_thread_serves_all_who_wait() {
    let rig = Rig::new(FAR);
    let wakes = WakeCount::new();
    thread::scope(|scope| {
        for number in 0..4 {
            let wakes = &wakes;
            scope.spawn(move || {
                for step in 0..50 {
                    rig.wake_in(SOON * (step % 7 + number), wakes);
                }
            });
        }
    });
    wakes.wait_until(200);
    assert_eq!(rig.started(), 1);
}

#[test]
fn no_alarm_is_stranded_when_the_thread_leaves_all_the_time() {
    let mut starts = 0;
    for linger in [Duration::ZERO, Duration::from_micros(5)] {
        let rig = Rig::new(linger);
        let all_woken = Barrier::new(3);
        thread::scope(|scope| {
            for number in 1..=3_u32 {
                let all_woken = &all_woken;
                scope.spawn(move || {
                    for round in 0..500 {
                        let [soon, later, forgotten] = [(); 3].map(|()| WakeCount::new());
                        let time = Duration::from_micros(u64::from((round * number) % 60));
                        rig.wake_in(time * 2, &later);
                        let alarm = rig.wake_in(FAR, &forgotten).unwrap();
                        rig.wake_in(time, &soon);
                        rig.timer.forget(alarm);
                        soon.wait_until(1);
                        later.wait_until(1);
                        assert_eq!((forgotten.count(), forgotten.wakers()), (0, 0));
                        // The thread has nothing more to do, and leaves while they go on.
                        all_woken.wait();
                    }
                });
            }
        });
        let started = rig.started();
        rig.wait_until_ended(started);
        starts += started;
    }
    assert!(starts > 10, "the thread seldom left: {starts}");
}

#[test]
fn a_waker_that_panics_harms_nobody_else() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("torn");
        }
    }
    let rig = Rig::new(FAR);
    let wakes = WakeCount::new();
    let when = Instant::now() + Duration::from_millis(1);
    rig.wake_at(when, Waker::from(Arc::new(Panics)));
    rig.wake_at(when, wakes.waker());
    rig.wake_at(Instant::now(), Waker::from(Arc::new(Panics)));
    wakes.wait_until(1);
    assert_eq!(rig.started(), 1);
}

#[test]
fn a_waker_may_use_the_clock_that_wakes_it() {
    struct Again {
        rig: Rig,
        other: OnceLock<Alarm>,
        wakes: WakeCount,
    }
    impl Wake for Again {
        fn wake(self: Arc<Self>) {
            self.rig.timer.forget(*self.other.get().unwrap());
            self.rig.wake_in(SOON, &self.wakes);
        }
    }
    let rig = Rig::new(Duration::ZERO);
    let forgotten = WakeCount::new();
    let other = OnceLock::from(rig.wake_in(FAR, &forgotten).unwrap());
    let wakes = WakeCount::new();
    let again = Again {
        rig,
        other,
        wakes: wakes.clone(),
    };
    rig.wake_at(Instant::now() + SOON, Waker::from(Arc::new(again)));
    wakes.wait_until(1);
    assert_eq!((forgotten.count(), forgotten.wakers()), (0, 0));
}

#[test]
fn a_thread_that_cannot_be_started_wakes_at_once_and_is_tried_again() {
    let rig = Rig::new(FAR);
    rig.threads.change(|threads| threads.failures_to_come = 2);
    let wakes = WakeCount::new();
    for failed in 1..=2 {
        assert_eq!(rig.wake_in(FAR, &wakes), None);
        assert_eq!((wakes.count(), wakes.wakers()), (failed, 0));
    }
    assert!(rig.wake_in(FAR, &wakes).is_some());
    assert_eq!((wakes.count(), wakes.wakers()), (2, 1));
    assert_eq!(rig.threads.read(|threads| threads.attempts), 3);
    rig.wake_in(SOON, &wakes);
    wakes.wait_until(3);
}

#[test]
fn threads_that_cannot_be_started_are_reported_once_in_a_row() {
    let rig = Rig::new(Duration::ZERO);
    let wakes = WakeCount::new();
    let reports = Arc::new(Watched::new(0));
    let heard = Arc::clone(&reports);
    let listener = Listener(move |_: &tracing::Event<'_>| heard.change(|count| *count += 1));
    tracing::subscriber::with_default(listener, || {
        for row in 1..=2 {
            rig.threads.change(|threads| threads.failures_to_come = 3);
            for _ in 0..3 {
                assert_eq!(rig.wake_in(FAR, &wakes), None);
            }
            assert_eq!(reports.read(|count| *count), row);
            let alarm = rig.wake_in(FAR, &wakes).unwrap();
            rig.timer.forget(alarm);
            rig.wait_until_ended(row);
        }
    });
    assert_eq!(wakes.count(), 6);
}
