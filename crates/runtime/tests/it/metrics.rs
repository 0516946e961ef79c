use std::future::poll_fn;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use creel_core::Executor;
use creel_runtime::{Durations, Task, ThreadPool};

use crate::gate::{occupy, pool_of};

fn diagnosed(max_workers: usize) -> ThreadPool {
    ThreadPool::builder()
        .max_workers(max_workers)
        .diagnostics(true)
        .build()
        .unwrap()
}

/// The shortest and the longest are within these, to one part in a hundred.
#[track_caller]
fn check_within(durations: &Durations, at_least: Duration, at_most: Duration) {
    let (min, max) = (durations.min().unwrap(), durations.max().unwrap());
    assert!(min >= at_least.mul_f64(0.99), "{min:?} < {at_least:?}");
    assert!(max <= at_most.mul_f64(1.01), "{max:?} > {at_most:?}");
}

#[test]
fn one_task_in_many_is_measured() {
    let pool = pool_of(2);
    // Each thread has a count of its own.
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..25_600 {
                pool.submit(|| ()).unwrap().result().unwrap();
            }
        });
    });
    let metrics = pool.metrics();
    let measured = metrics.run_time.count();
    assert!((50..200).contains(&measured), "{measured} of 25,600");
    assert_eq!(metrics.queue_wait.count(), measured);
    assert_eq!(metrics.ledger.succeeded, 25_600);
}

#[test]
fn with_diagnostics_every_task_is_measured_however_it_comes() {
    let pool = diagnosed(2);
    pool.submit(|| ()).unwrap().result().unwrap();
    pool.spawn(async {}).unwrap().result().unwrap();
    pool.submit(|| 1).unwrap().map(|n| n + 1).result().unwrap();
    assert!(pool.submit(|| panic!("torn")).unwrap().wait().is_ok());
    let (task, future) = Task::from_closure(|| ());
    pool.execute(task).unwrap();
    future.result().unwrap();
    let metrics = pool.metrics();
    assert_eq!(metrics.queue_wait.count(), 6);
    assert_eq!(metrics.run_time.count(), 6);
}

#[test]
fn a_task_waits_from_being_queued_to_its_start() {
    let pool = diagnosed(1);
    // The task that occupies the worker has waited as well.
    let before_submit = Instant::now();
    let occupied = occupy(&pool);
    let future = pool.submit(|| ()).unwrap();
    let after_submit = Instant::now();
    // Work, so that some time passes.
    pool_of(1).submit(|| ()).unwrap().result().unwrap();
    let at_least = after_submit.elapsed();
    occupied.gate.open();
    future.result().unwrap();
    let at_most = before_submit.elapsed();
    let waits = pool.metrics().queue_wait;
    assert_eq!(waits.count(), 2);
    check_within(&waits, Duration::ZERO, at_most);
    assert!(waits.max().unwrap() >= at_least.mul_f64(0.99));
}

#[test]
fn a_task_that_never_started_is_not_measured() {
    let pool = diagnosed(1);
    let occupied = occupy(&pool);
    assert!(pool.submit(|| ()).unwrap().cancel());
    occupied.gate.open();
    pool.shutdown().unwrap();
    assert_eq!(pool.metrics().queue_wait.count(), 1);
    assert_eq!(pool.metrics().run_time.count(), 1);
}

#[test]
fn a_body_runs_from_its_start_to_its_end() {
    let pool = diagnosed(1);
    let (tells, times) = mpsc::channel();
    let before = Instant::now();
    let task = pool.submit(move || {
        let began = Instant::now();
        pool_of(1).submit(|| ()).unwrap().result().unwrap();
        tells.send(began.elapsed()).unwrap();
    });
    task.unwrap().result().unwrap();
    let at_most = before.elapsed();
    check_within(&pool.metrics().run_time, times.recv().unwrap(), at_most);
}

#[test]
fn an_async_task_runs_while_it_is_polled_and_not_while_it_is_suspended() {
    let pool = diagnosed(1);
    let start = Instant::now();
    let (gives, given) = mpsc::channel();
    let (tells, times) = mpsc::channel();
    let mut polls = 0;
    let task = pool
        .spawn(poll_fn(move |context| {
            let began = Instant::now();
            pool_of(1).submit(|| ()).unwrap().result().unwrap();
            polls += 1;
            gives.send(context.waker().clone()).unwrap();
            tells.send(began.elapsed()).unwrap();
            if polls == 2 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }))
        .unwrap();
    let waker = given.recv().unwrap();
    // The only worker comes to this after the poll.
    pool.submit(|| ()).unwrap().result().unwrap();
    let suspended = Instant::now();
    let between = pool_of(1);
    for _ in 0..100 {
        between.submit(|| ()).unwrap().result().unwrap();
    }
    let suspended = suspended.elapsed();
    waker.wake();
    task.result().unwrap();
    let at_most = start.elapsed() - suspended;
    let at_least = times.recv().unwrap() + times.recv().unwrap();
    let metrics = pool.metrics();
    assert_eq!(metrics.run_time.count(), 2);
    let longest = metrics.run_time.max().unwrap();
    assert!(
        longest >= at_least.mul_f64(0.99),
        "{longest:?} < {at_least:?}"
    );
    assert!(
        longest <= at_most.mul_f64(1.01),
        "{longest:?} > {at_most:?}"
    );
}
