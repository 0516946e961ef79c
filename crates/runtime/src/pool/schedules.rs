//! Whole pools under many schedules, by Shuttle: lost wake-ups and deadlocks, also where threads cannot be started.
//!
//! Loom tries every interleaving of a few steps; here, random ones of everything. What it prints on a failure replays
//! the schedule.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use creel_core::port::Rejected;
use shuttle::rand::Rng;
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::sync::mpsc;
use shuttle::thread;

use crate::error::{Abandoned, ResultError, TaskError};
use crate::pool::{Builder, ThreadPool};

/// So many schedules, half of them random and half with few changes of priority, unless `SHUTTLE_ITERATIONS` says so.
const ITERATIONS: usize = 2_000;

fn check(scene: fn()) {
    let iterations = std::env::var("SHUTTLE_ITERATIONS")
        .ok()
        .and_then(|iterations| iterations.parse().ok())
        .unwrap_or(ITERATIONS);
    shuttle::check_random(scene, iterations / 2);
    shuttle::check_pct(scene, iterations / 2, 3);
}

fn pool_of(max_workers: usize) -> Builder {
    ThreadPool::builder().max_workers(max_workers)
}

/// Workers that leave whenever the schedule says so.
fn restless(max_workers: usize) -> Builder {
    pool_of(max_workers).keep_alive(Duration::from_micros(50))
}

/// Two threads submit three tasks each and wait for them; then the pool is shut down.
fn submit_from_two_threads(builder: Builder) {
    let pool = Arc::new(builder.build().unwrap());
    let submitting: Vec<_> = (0..2)
        .map(|_| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                let futures = [0, 1, 2].map(|n| pool.submit(move || n).unwrap());
                let values = futures.map(|future| future.result().unwrap());
                assert_eq!(values, [0, 1, 2]);
            })
        })
        .collect();
    for thread in submitting {
        thread.join().unwrap();
    }
    pool.shutdown().unwrap();
}

#[test]
fn every_task_runs_while_workers_come_and_go() {
    check(|| {
        submit_from_two_threads(restless(2).max_tasks_per_worker(2));
    });
}

#[test]
fn tasks_of_one_worker_wait_for_one_another() {
    check(|| {
        let pool = Arc::new(restless(1).build().unwrap());
        let inner = Arc::clone(&pool);
        let outer = pool
            .submit(move || {
                let children = [1, 2].map(|n| {
                    let innermost = Arc::clone(&inner);
                    let child = inner
                        .submit(move || innermost.submit(move || n).unwrap().result().unwrap());
                    child.unwrap()
                });
                drop(inner);
                children
                    .into_iter()
                    .map(|child| child.result().unwrap())
                    .sum::<u32>()
            })
            .unwrap();
        assert_eq!(outer.result().unwrap(), 3);
    });
}

#[test]
fn a_task_is_cancelled_or_runs_never_both() {
    check(|| {
        let pool = restless(1).build().unwrap();
        let runs = Arc::new(AtomicUsize::new(0));
        let mut cancelled = 0;
        for _ in 0..3 {
            let ran = Arc::clone(&runs);
            let future = pool
                .submit(move || ran.fetch_add(1, Ordering::SeqCst))
                .unwrap();
            cancelled += usize::from(future.cancel());
        }
        pool.shutdown().unwrap();
        assert_eq!(runs.load(Ordering::SeqCst) + cancelled, 3);
    });
}

#[test]
fn a_submit_that_races_the_end_runs_or_comes_back() {
    check(|| {
        let pool = Arc::new(restless(1).build().unwrap());
        let other = Arc::clone(&pool);
        let submitting = thread::spawn(move || {
            let mut accepted = Vec::new();
            for n in 0..3 {
                match other.submit(move || n) {
                    Ok(future) => accepted.push((n, future)),
                    Err(Rejected::ShutDown(closure)) => assert_eq!(closure(), n),
                    Err(Rejected::Full(_)) => unreachable!("the queue has no end"),
                }
            }
            for (n, future) in accepted {
                assert_eq!(future.result().unwrap(), n);
            }
        });
        pool.shutdown().unwrap();
        submitting.join().unwrap();
    });
}

#[test]
fn shutdown_now_ends_every_future() {
    check(|| {
        let pool = Arc::new(pool_of(1).build().unwrap());
        let futures: Vec<_> = (0..3).map(|n| pool.submit(move || n).unwrap()).collect();
        let stopping = Arc::clone(&pool);
        let stopped = thread::spawn(move || stopping.shutdown_now().unwrap());
        let mut cancelled = 0;
        for (n, future) in (0..).zip(futures) {
            match future.result() {
                Ok(value) => assert_eq!(value, n),
                Err(ResultError::Task(TaskError::Cancelled)) => cancelled += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(stopped.join().unwrap(), cancelled);
    });
}

#[test]
fn whoever_waits_for_room_gets_it() {
    check(|| {
        submit_from_two_threads(restless(1).queue_capacity(1));
    });
}

#[test]
fn an_async_task_that_is_woken_from_elsewhere_goes_on() {
    check(|| {
        let pool = restless(1).build().unwrap();
        let (sends, wakers) = mpsc::channel::<Waker>();
        let mut polled = false;
        let future = pool
            .spawn(poll_fn(move |context| {
                if polled {
                    return Poll::Ready(7);
                }
                polled = true;
                sends.send(context.waker().clone()).unwrap();
                Poll::Pending
            }))
            .unwrap();
        let waking = thread::spawn(move || wakers.recv().unwrap().wake());
        assert_eq!(future.result().unwrap(), 7);
        waking.join().unwrap();
        pool.shutdown().unwrap();
    });
}

#[test]
fn dropping_a_pool_ends_a_suspended_task() {
    check(|| {
        let pool = restless(2).build().unwrap();
        let future = pool.spawn(std::future::pending::<()>()).unwrap();
        let continued = pool.submit(|| 1).unwrap().map(|one| one + 1);
        drop(pool);
        assert!(matches!(
            future.result(),
            Err(ResultError::Task(TaskError::Cancelled))
        ));
        assert_eq!(continued.result().unwrap(), 2);
    });
}

#[test]
fn where_threads_cannot_be_started_a_task_runs_or_is_abandoned() {
    check(|| {
        let pool = restless(2)
            .spawn_with(|thread, body| {
                if shuttle::rand::thread_rng().gen_bool(0.4) {
                    return Err(io::Error::from(io::ErrorKind::WouldBlock));
                }
                thread.spawn(body)
            })
            .build()
            .unwrap();
        let pool = Arc::new(pool);
        let submitting: Vec<_> = (0..2)
            .map(|_| {
                let pool = Arc::clone(&pool);
                thread::spawn(move || {
                    for n in 0..3 {
                        match pool.submit(move || n).unwrap().result() {
                            Ok(value) => assert_eq!(value, n),
                            Err(ResultError::Task(TaskError::Abandoned(Abandoned::NoWorker(
                                _,
                            )))) => {}
                            other => panic!("{other:?}"),
                        }
                    }
                })
            })
            .collect();
        for thread in submitting {
            thread.join().unwrap();
        }
        pool.shutdown().unwrap();
    });
}
