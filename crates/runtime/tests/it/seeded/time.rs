use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use creel_runtime::{
    ResultError, Seeded, State, TaskError, clock, interval, sleep, sleep_until, timeout,
};
use creel_testkit::contract;

use super::Light;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn its_clock_keeps_the_contract() {
    let seeded = Seeded::new(0);
    contract::clock(&Arc::new(seeded.clock()), |when| {
        seeded.advance(when - seeded.now());
    });
}

#[test]
fn time_stands_still_while_a_task_is_ready_and_jumps_when_none_is() {
    for seed in 0..20 {
        let seeded = Seeded::new(seed);
        let start = Instant::now();
        let log = Arc::new(Mutex::new(Vec::new()));
        for hours in [3, 1, 2] {
            let (log, clock) = (Arc::clone(&log), seeded.clock());
            let _detached = seeded
                .spawn(async move {
                    sleep(hours * HOUR).await;
                    log.lock().unwrap().push((hours, clock.elapsed()));
                })
                .unwrap();
        }
        for _ in 0..5 {
            let (log, clock) = (Arc::clone(&log), seeded.clock());
            let _detached = seeded
                .submit(move || log.lock().unwrap().push((0, clock.elapsed())))
                .unwrap();
        }
        assert_eq!(seeded.run(), 8 + 3 + 3, "first polls, jumps, last polls");
        let log = log.lock().unwrap();
        assert_eq!(log[..5], [(0, Duration::ZERO); 5]);
        assert_eq!(log[5..], [(1, HOUR), (2, 2 * HOUR), (3, 3 * HOUR)]);
        assert!(start.elapsed() < HOUR);
    }
}

#[test]
fn tasks_that_wait_for_the_same_time_go_on_in_the_order_of_the_seed() {
    let mut orders = std::collections::HashSet::new();
    for seed in 0..50 {
        let seeded = Seeded::new(seed);
        let order = Arc::new(Mutex::new(Vec::new()));
        let end = seeded.now() + HOUR;
        for number in 0..2 {
            let order = Arc::clone(&order);
            let _detached = seeded
                .spawn(async move {
                    sleep_until(end).await;
                    order.lock().unwrap().push(number);
                })
                .unwrap();
        }
        seeded.run();
        orders.insert(order.lock().unwrap().clone());
    }
    assert_eq!(orders.len(), 2);
}

#[test]
fn a_timed_wait_is_over_in_virtual_time() {
    let seeded = Seeded::new(0);
    let slow = seeded.spawn(sleep(2 * HOUR)).unwrap();
    let slow = slow.wait_timeout(HOUR).unwrap_err();
    assert_eq!(seeded.clock().elapsed(), HOUR);
    assert!(slow.running());
    slow.wait_timeout(HOUR).unwrap().unwrap();
    let never = seeded.spawn(std::future::pending::<()>()).unwrap();
    let never = never.wait_timeout(HOUR).unwrap_err();
    assert_eq!(seeded.clock().elapsed(), 3 * HOUR);
    let never = never.wait_timeout(Duration::MAX).unwrap_err();
    assert!(never.running(), "there is no such time to wait for");
}

#[test]
fn a_timed_wait_inside_a_task_lets_the_others_go_on() {
    for seed in 0..20 {
        let seeded = Arc::new(Seeded::new(seed));
        let light = Light::default();
        let (inner, seen) = (Arc::clone(&seeded), light.clone().seen());
        let waits = seeded.submit(move || {
            let seen = inner.spawn(seen).unwrap();
            let seen = seen.wait_timeout(HOUR).unwrap_err();
            assert_eq!(inner.clock().elapsed(), HOUR);
            seen.wait_timeout(HOUR).unwrap().unwrap();
            inner.clock().elapsed()
        });
        let _detached = seeded
            .spawn(async move {
                sleep(3 * HOUR / 2).await;
                light.switch_on();
            })
            .unwrap();
        assert_eq!(waits.unwrap().result().unwrap(), 3 * HOUR / 2);
    }
}

#[test]
fn a_look_at_a_future_runs_nothing() {
    let seeded = Seeded::new(0);
    let future = seeded.submit(|| ()).unwrap();
    let future = future.wait_timeout(Duration::ZERO).unwrap_err();
    assert_eq!(future.state(), State::Pending);
}

#[test]
fn to_advance_runs_what_comes_on_the_way_and_no_more() {
    let seeded = Seeded::new(0);
    let times = Arc::new(Mutex::new(Vec::new()));
    for minutes in [20, 60, 61] {
        let (times, clock) = (Arc::clone(&times), seeded.clock());
        let _detached = seeded
            .spawn(async move {
                sleep(minutes * HOUR / 60).await;
                times.lock().unwrap().push(clock.elapsed());
            })
            .unwrap();
    }
    assert_eq!(seeded.advance(HOUR), 3 + 2 + 2);
    assert_eq!(seeded.clock().elapsed(), HOUR);
    assert_eq!(*times.lock().unwrap(), [HOUR / 3, HOUR]);
    assert_eq!(seeded.advance(HOUR), 2);
    assert_eq!(seeded.clock().elapsed(), 2 * HOUR);
}

#[test]
fn a_task_that_takes_its_time_lets_the_deadlines_of_others_sleep() {
    let mut late = 0;
    for seed in 0..50 {
        let seeded = Arc::new(Seeded::new(seed));
        let inner = Arc::clone(&seeded);
        let _detached = seeded.submit(move || inner.elapse(2 * HOUR)).unwrap();
        let timed = seeded.task().timeout(HOUR).submit(|| ()).unwrap();
        let clock = seeded.clock();
        let told = Arc::new(Mutex::new(None));
        let teller = Arc::clone(&told);
        timed.add_done_callback(move |_| *teller.lock().unwrap() = Some(clock.elapsed()));
        match timed.result() {
            Ok(()) => assert_eq!(*told.lock().unwrap(), Some(Duration::ZERO)),
            Err(ResultError::Task(TaskError::Expired)) => {
                assert_eq!(
                    *told.lock().unwrap(),
                    Some(HOUR),
                    "it is told when it is due"
                );
                late += 1;
            }
            Err(error) => panic!("{error}"),
        }
        // What is left holds the executor that holds it.
        seeded.run();
    }
    assert!((10..40).contains(&late), "{late}");
}

#[test]
fn a_deadline_that_has_passed_is_told_at_once() {
    let seeded = Seeded::new(0);
    let passed = seeded.task().deadline(seeded.now()).submit(|| ()).unwrap();
    assert_eq!(passed.state(), State::Expired);
    assert!(!seeded.step());
}

#[test]
fn the_current_clock_is_the_executors_inside_its_tasks_only() {
    let seeded = Seeded::new(0);
    seeded.advance(HOUR);
    let inside = seeded.submit(|| clock::current().now()).unwrap();
    assert_eq!(inside.result().unwrap(), seeded.now());
    assert!(clock::current().now() < seeded.now());
    let polled = seeded.block_on(async { clock::current().now() });
    assert_eq!(polled, Ok(seeded.now()));
}

#[test]
fn timers_go_by_virtual_time() {
    let seeded = Seeded::new(0);
    let start = Instant::now();
    let ticks = seeded.spawn(async {
        let mut interval = interval(HOUR);
        let mut ticks = 0;
        let forever = async {
            loop {
                interval.tick().await;
                ticks += 1;
            }
        };
        assert!(timeout(24 * HOUR + HOUR / 2, forever).await.is_err());
        ticks
    });
    assert_eq!(
        ticks.unwrap().result().unwrap(),
        25,
        "the first comes at once"
    );
    assert_eq!(seeded.clock().elapsed(), 24 * HOUR + HOUR / 2);
    assert!(start.elapsed() < HOUR);
}
