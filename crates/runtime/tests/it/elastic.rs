use std::collections::HashSet;
use std::future::poll_fn;
use std::sync::{Arc, Barrier, mpsc};
use std::task::Poll;
use std::thread;

use creel_runtime::{BuildError, ResultError, ThreadPool};

use crate::gate::{occupy, pool_of};

#[test]
fn a_pool_starts_no_worker_before_there_is_work() {
    let pool = pool_of(4);
    assert_eq!(pool.workers(), 0);
    pool.submit(|| ()).unwrap().result().unwrap();
    assert_eq!(pool.workers(), 1);
}

#[test]
fn the_minimum_is_started_at_once() {
    let pool = ThreadPool::builder()
        .min_workers(3)
        .max_workers(4)
        .build()
        .unwrap();
    assert_eq!(pool.workers(), 3);
}

#[test]
fn tasks_that_run_at_the_same_time_get_a_worker_each() {
    let pool = pool_of(4);
    let all = Arc::new(Barrier::new(4));
    let futures: Vec<_> = (0..4)
        .map(|_| {
            let all = Arc::clone(&all);
            // None of them ends before all four run.
            pool.submit(move || {
                all.wait();
                thread::current().id()
            })
            .unwrap()
        })
        .collect();
    let ids: HashSet<_> = futures
        .into_iter()
        .map(|future| future.result().unwrap())
        .collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(pool.workers(), 4);
}

#[test]
fn there_are_never_more_workers_than_the_maximum() {
    let pool = pool_of(2);
    let ids: HashSet<_> = pool
        .map(0..200, |_| thread::current().id())
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(ids.len() <= 2, "{ids:?}");
    assert!(pool.workers() <= 2);
}

#[test]
fn a_worker_is_replaced_after_its_number_of_tasks() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .max_tasks_per_worker(3)
        .build()
        .unwrap();
    let ids: Vec<_> = (0..9)
        .map(|_| {
            pool.submit(|| thread::current().id())
                .unwrap()
                .result()
                .unwrap()
        })
        .collect();
    let workers: Vec<_> = ids.chunks(3).collect();
    for chunk in &workers {
        assert!(chunk.iter().all(|id| *id == chunk[0]), "{ids:?}");
    }
    assert!(
        workers[0][0] != workers[1][0] && workers[1][0] != workers[2][0],
        "{ids:?}"
    );
}

#[test]
fn the_polls_of_an_async_task_do_not_wear_its_worker_out() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .max_tasks_per_worker(2)
        .build()
        .unwrap();
    let mut polled_by = HashSet::new();
    let mut polls = 0;
    let polled = pool.spawn(poll_fn(move |context| {
        polled_by.insert(thread::current().id());
        polls += 1;
        if polls < 10 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(polled_by.len())
    }));
    assert_eq!(polled.unwrap().result().unwrap(), 1);
}

#[test]
fn no_task_is_stranded_when_workers_come_and_go() {
    let pool = ThreadPool::builder()
        .max_workers(3)
        .keep_alive(std::time::Duration::from_micros(50))
        .max_tasks_per_worker(2)
        .build()
        .unwrap();
    for round in 0..3_000_u64 {
        assert_eq!(pool.submit(move || round).unwrap().result().unwrap(), round);
    }
}

#[test]
fn a_task_does_not_wait_behind_a_blocked_worker_while_another_is_free() {
    let pool = pool_of(2);
    let (told, tells) = mpsc::channel();
    let inner = Arc::new(pool);
    let pool = Arc::clone(&inner);
    let outer = inner
        .submit(move || {
            // What this task submits stands in its own worker's queue, and that worker blocks.
            let child = pool
                .submit(move || told.send(thread::current().id()).unwrap())
                .unwrap();
            let elsewhere = tells.recv().unwrap();
            drop(child);
            drop(pool);
            elsewhere != thread::current().id()
        })
        .unwrap();
    assert!(outer.result().unwrap());
}

#[test]
fn threads_carry_the_pools_name() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .thread_name("carder")
        .build()
        .unwrap();
    let name = pool
        .submit(|| thread::current().name().map(str::to_owned))
        .unwrap();
    assert_eq!(name.result().unwrap().as_deref(), Some("carder"));
}

#[test]
fn queued_tasks_are_counted() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let futures: Vec<_> = (0..5).map(|_| pool.submit(|| ()).unwrap()).collect();
    assert_eq!(pool.queued(), 5);
    first.gate.open();
    for future in futures {
        future.result().unwrap();
    }
    assert_eq!(pool.queued(), 0);
}

#[test]
fn a_setting_out_of_range_is_named() {
    let check = |builder: creel_runtime::Builder, text: &str| {
        assert_eq!(builder.build().unwrap_err().to_string(), text);
    };
    check(
        ThreadPool::builder().max_workers(0),
        "max_workers is 0; a pool has from 1 to 4096 workers",
    );
    check(
        ThreadPool::builder().max_workers(1).min_workers(2),
        "min_workers is 2, above max_workers, which is 1",
    );
    check(
        ThreadPool::builder().queue_capacity(0),
        "queue_capacity is 0; a bounded queue holds at least one task",
    );
    check(
        ThreadPool::builder().max_tasks_per_worker(0),
        "max_tasks_per_worker is 0; a worker runs at least one task",
    );
}

#[test]
fn a_worker_that_cannot_be_started_is_an_error_where_it_was_promised() {
    // No machine has this much address space for a stack.
    let pool = ThreadPool::builder()
        .min_workers(1)
        .max_workers(1)
        .stack_size(usize::MAX / 4)
        .build();
    assert!(matches!(pool.unwrap_err(), BuildError::Start(_)));
}

#[test]
fn a_task_whose_worker_cannot_be_started_is_abandoned_and_says_why() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .stack_size(usize::MAX / 4)
        .build()
        .unwrap();
    let error = pool.submit(|| ()).unwrap().result().unwrap_err();
    assert!(matches!(
        error,
        ResultError::Task(creel_runtime::TaskError::Abandoned(
            creel_runtime::Abandoned::NoWorker(_)
        ))
    ));
    pool.shutdown().unwrap();
}

#[test]
fn a_worker_that_leaves_hands_its_place_to_the_next() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .max_spares(0)
        .max_tasks_per_worker(1)
        .build()
        .unwrap();
    for number in 0..2_000 {
        assert_eq!(
            pool.submit(move || number).unwrap().result().unwrap(),
            number
        );
    }
}

#[test]
fn worn_out_workers_are_replaced_up_to_the_minimum() {
    /// Tells how many workers there are when its thread has done with the pool.
    struct Leaving(Arc<ThreadPool>, mpsc::Sender<usize>);
    impl Drop for Leaving {
        fn drop(&mut self) {
            self.1.send(self.0.workers()).unwrap();
        }
    }
    thread_local! {
        static LEAVING: std::cell::RefCell<Option<Leaving>> = const { std::cell::RefCell::new(None) };
    }
    let pool = Arc::new(
        ThreadPool::builder()
            .min_workers(1)
            .max_workers(1)
            .max_tasks_per_worker(1)
            .build()
            .unwrap(),
    );
    let (told, tells) = mpsc::channel();
    let leaving = Leaving(Arc::clone(&pool), told);
    pool.submit(move || LEAVING.set(Some(leaving)))
        .unwrap()
        .result()
        .unwrap();
    assert_eq!(
        tells.recv().unwrap(),
        1,
        "without any task that would need one"
    );
}

#[test]
fn a_thread_name_with_a_nul_is_refused() {
    let error = ThreadPool::builder()
        .thread_name("a\0b")
        .build()
        .unwrap_err();
    assert!(matches!(error, BuildError::ThreadName));
}

#[test]
fn work_that_begets_work_does_not_starve_what_waits() {
    fn beget(pool: &Arc<ThreadPool>, over: &Arc<std::sync::atomic::AtomicBool>) {
        if !over.load(std::sync::atomic::Ordering::Acquire) {
            let (pool_of_child, over_of_child) = (Arc::clone(pool), Arc::clone(over));
            drop(pool.submit(move || beget(&pool_of_child, &over_of_child)));
        }
    }
    let pool = Arc::new(pool_of(1));
    let over = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (inner, ends) = (Arc::clone(&pool), Arc::clone(&over));
    let parent = pool
        .submit(move || {
            // The oldest of the worker's own tasks ends the chain of the newer ones.
            let oldest = Arc::clone(&ends);
            let last = inner
                .submit(move || oldest.store(true, std::sync::atomic::Ordering::Release))
                .unwrap();
            beget(&inner, &ends);
            drop(inner);
            last
        })
        .unwrap();
    parent.result().unwrap().result().unwrap();
}
