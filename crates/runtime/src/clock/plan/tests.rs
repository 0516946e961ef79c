use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use creel_core::port::Alarm;
use creel_testkit::WakeCount;
use proptest::prelude::*;

use super::{Call, Next, Plan, Thread};

const LINGER: Duration = Duration::from_millis(100);

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn plan() -> (Plan, Instant) {
    (Plan::new(LINGER), Instant::now())
}

impl Plan {
    /// Does what the thread does: wakes what is due, and sleeps; how long.
    fn work(&mut self, now: Instant) -> Option<Duration> {
        loop {
            match self.next(now) {
                Next::Wake(waker) => waker.wake(),
                Next::Sleep(time) => return Some(time),
                Next::Leave => return None,
            }
        }
    }
}

#[test]
fn the_first_alarm_starts_the_thread_and_the_others_do_not() {
    let (mut plan, now) = plan();
    let wakes = WakeCount::new();
    let calls = [5, 3, 7].map(|when| plan.add(now + ms(when), wakes.waker()).1);
    assert_eq!(calls, [Call::Start, Call::Nothing, Call::Nothing]);
    assert_eq!(plan.work(now), Some(ms(3)));
    assert_eq!(plan.work(now + ms(5)), Some(ms(2)));
    assert_eq!(wakes.count(), 2);
}

#[test]
fn only_an_earlier_alarm_rouses_the_thread() {
    let (mut plan, now) = plan();
    let wakes = WakeCount::new();
    let _first = plan.add(now + ms(5), wakes.waker());
    assert_eq!(plan.work(now), Some(ms(5)));
    assert_eq!(plan.add(now + ms(5), wakes.waker()).1, Call::Nothing);
    assert_eq!(plan.add(now + ms(4), wakes.waker()).1, Call::Rouse);
    // It is on its way.
    assert_eq!(plan.add(now + ms(3), wakes.waker()).1, Call::Nothing);
    assert_eq!(plan.work(now), Some(ms(3)));
}

#[test]
fn a_thread_with_nothing_to_wait_for_leaves_after_a_while() {
    let (mut plan, now) = plan();
    let wakes = WakeCount::new();
    let _first = plan.add(now + ms(1), wakes.waker());
    assert_eq!(plan.work(now + ms(1)), Some(LINGER));
    // Woken for no reason, it goes on waiting for the same time.
    assert_eq!(plan.work(now + ms(41)), Some(ms(60)));
    // An alarm that comes and goes meanwhile starts the while anew.
    let (alarm, call) = plan.add(now + ms(900), wakes.waker());
    assert_eq!(call, Call::Nothing);
    let (waker, call) = plan.forget(alarm, now + ms(42));
    assert_eq!((waker.is_some(), call), (true, Call::Nothing));
    assert_eq!(plan.work(now + ms(101)), Some(LINGER));
    assert_eq!(plan.work(now + ms(200)), Some(ms(1)));
    assert_eq!(plan.work(now + ms(201)), None);
    assert_eq!(plan.add(now + ms(202), wakes.waker()).1, Call::Start);
}

#[test]
fn the_last_alarm_that_is_forgotten_rouses_a_thread_that_would_sleep_on() {
    let (mut plan, now) = plan();
    let wakes = WakeCount::new();
    let [first, second] = [1_000, 2_000].map(|when| plan.add(now + ms(when), wakes.waker()).0);
    assert_eq!(plan.work(now), Some(ms(1_000)));
    assert_eq!(plan.forget(first, now).1, Call::Nothing);
    assert_eq!(plan.forget(second, now).1, Call::Rouse);
    // It is on its way.
    let (alarm, call) = plan.add(now + ms(1), wakes.waker());
    assert_eq!(call, Call::Nothing);
    assert_eq!(plan.forget(alarm, now).1, Call::Nothing);
    assert_eq!(plan.work(now), Some(LINGER));
    // One that looks soon in any case is left alone.
    let (alarm, _) = plan.add(now + ms(50), wakes.waker());
    assert_eq!(plan.work(now), Some(ms(50)));
    assert_eq!(plan.forget(alarm, now).1, Call::Nothing);
}

#[test]
fn an_alarm_without_a_thread_is_given_back() {
    let (mut plan, now) = plan();
    let wakes = WakeCount::new();
    let (alarm, call) = plan.add(now + ms(1), wakes.waker());
    assert_eq!(call, Call::Start);
    assert!(plan.start_failed(alarm).is_some());
    assert_eq!(wakes.wakers(), 0);
    assert_eq!(plan.add(now + ms(1), wakes.waker()).1, Call::Start);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Add { ms: u64 },
    Forget { index: usize },
    Work,
    Pass { ms: u64 },
    FailToStart { ms: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1_u64..400).prop_map(|ms| Step::Add { ms }),
        2 => (0_usize..8).prop_map(|index| Step::Forget { index }),
        2 => Just(Step::Work),
        2 => (0_u64..150).prop_map(|ms| Step::Pass { ms }),
        1 => (1_u64..400).prop_map(|ms| Step::FailToStart { ms }),
    ]
}

proptest! {
    #[test]
    fn no_alarm_is_stranded_and_each_is_woken_in_its_turn(steps in prop::collection::vec(step(), 1..80)) {
        let (mut plan, mut now) = plan();
        let mut waiting: BTreeMap<Alarm, WakeCount> = BTreeMap::new();
        // The real thread looks when its sleep ends or when it is roused; a step `Work` is a spurious wake-up.
        let mut thread_looks_at: Option<Instant> = None;
        for step in steps {
            match step {
                Step::Add { ms: when } => {
                    let wakes = WakeCount::new();
                    let (alarm, call) = plan.add(now + ms(when), wakes.waker());
                    waiting.insert(alarm, wakes);
                    match call {
                        Call::Start => prop_assert!(thread_looks_at.replace(now).is_none(), "two threads"),
                        Call::Rouse => thread_looks_at = Some(now),
                        Call::Nothing => prop_assert!(thread_looks_at.is_some(), "no thread"),
                    }
                }
                Step::FailToStart { ms: when } if thread_looks_at.is_none() => {
                    let (alarm, _) = plan.add(now + ms(when), WakeCount::new().waker());
                    prop_assert!(plan.start_failed(alarm).is_some());
                }
                Step::Forget { index } => {
                    let Some(alarm) = waiting.keys().nth(index).copied() else { continue };
                    let wakes = waiting.remove(&alarm).unwrap();
                    let (waker, call) = plan.forget(alarm, now);
                    prop_assert!(waker.is_some());
                    drop(waker);
                    prop_assert_eq!((wakes.count(), wakes.wakers()), (0, 0));
                    if call == Call::Rouse {
                        thread_looks_at = Some(now);
                    }
                }
                Step::Work if thread_looks_at.is_some() => {
                    thread_looks_at = plan.work(now).map(|time| now + time);
                }
                Step::Pass { ms: time } => now += ms(time),
                Step::Work | Step::FailToStart { .. } => {}
            }
            if let Some(at) = thread_looks_at && at <= now {
                thread_looks_at = plan.work(now).map(|time| now + time);
                let due: Vec<_> = waiting.extract_if(..=Alarm::new(now, u64::MAX), |_, _| true).collect();
                for (_, wakes) in due {
                    prop_assert_eq!((wakes.count(), wakes.wakers()), (1, 0));
                }
            }
            prop_assert_eq!(thread_looks_at.is_none(), plan.thread == Thread::Absent);
            if let Some((alarm, _)) = waiting.first_key_value() {
                prop_assert!(thread_looks_at.is_some_and(|at| at <= alarm.when()), "stranded");
            } else if let Some(at) = thread_looks_at {
                prop_assert!(at <= now + LINGER, "the thread stays too long");
            }
            prop_assert!(waiting.values().all(|wakes| wakes.count() == 0), "woken early");
        }
    }
}
