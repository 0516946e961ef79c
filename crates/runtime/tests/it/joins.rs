//! Two closures at the same time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use creel_runtime::ThreadPool;

use crate::gate::{occupy, pool_of};

fn fibonacci(pool: &ThreadPool, n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (one, other) = pool.join(|| fibonacci(pool, n - 1), || fibonacci(pool, n - 2));
    one + other
}

#[test]
fn both_values_come_back_and_both_closures_may_borrow() {
    let pool = pool_of(1);
    let (mut left, mut right) = (vec![3, 1, 2], vec![6, 5]);
    let lengths = pool.join(
        || {
            left.sort();
            left.len()
        },
        || {
            right.sort();
            right.len()
        },
    );
    assert_eq!(lengths, (3, 2));
    assert_eq!((left, right), (vec![1, 2, 3], vec![5, 6]));
}

#[test]
fn a_worker_runs_the_second_while_the_first_runs_here() {
    let pool = pool_of(1);
    let both = Barrier::new(2);
    let here = thread::current().id();
    let (first, second) = pool.join(
        || {
            both.wait();
            thread::current().id()
        },
        || {
            both.wait();
            thread::current().id()
        },
    );
    assert_eq!(first, here);
    assert_ne!(second, here);
}

#[test]
fn without_a_free_worker_both_run_here() {
    let pool = pool_of(1);
    let _held = occupy(&pool);
    let here = thread::current().id();
    let ran = pool.join(|| thread::current().id(), || thread::current().id());
    assert_eq!(ran, (here, here));
}

#[test]
fn joins_inside_joins_end_on_one_worker_and_on_two() {
    for workers in [1, 2] {
        let pool = Arc::new(pool_of(workers));
        let inner = Arc::clone(&pool);
        let inside = pool.submit(move || fibonacci(&inner, 12)).unwrap();
        assert_eq!(inside.result().unwrap(), 144);
        assert_eq!(fibonacci(&pool, 12), 144);
    }
}

#[test]
fn a_pool_of_one_worker_without_spares_runs_both_in_place() {
    let pool = Arc::new(
        ThreadPool::builder()
            .max_workers(1)
            .max_spares(0)
            .build()
            .unwrap(),
    );
    let inner = Arc::clone(&pool);
    let inside = pool.submit(move || fibonacci(&inner, 10)).unwrap();
    assert_eq!(inside.result().unwrap(), 55);
    assert_eq!(pool.workers(), 1);
}

/// The message of the panic that comes out, and how many of the closures ran.
fn panicking(first: Option<&'static str>, second: Option<&'static str>) -> (String, usize) {
    let pool = pool_of(1);
    let ran = AtomicUsize::new(0);
    let run = |panic: Option<&'static str>| {
        ran.fetch_add(1, Ordering::Relaxed);
        if let Some(message) = panic {
            std::panic::panic_any(message);
        }
    };
    let caught = catch_unwind(AssertUnwindSafe(|| {
        pool.join(|| run(first), || run(second));
    }));
    let message = caught.unwrap_err().downcast::<&str>().unwrap();
    (message.to_string(), ran.load(Ordering::Relaxed))
}

#[test]
fn a_panic_of_either_goes_on_after_the_other_is_done() {
    assert_eq!(panicking(Some("first"), None), ("first".into(), 2));
    assert_eq!(panicking(None, Some("second")), ("second".into(), 2));
    assert_eq!(
        panicking(Some("first"), Some("second")),
        ("first".into(), 2)
    );
}

#[test]
fn a_pool_that_is_shut_down_leaves_both_to_the_caller() {
    let pool = pool_of(1);
    pool.shutdown().unwrap();
    assert_eq!(pool.join(|| 1, || 2), (1, 2));
}
