use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use creel_runtime::{ResultError, TaskError};

use crate::gate::{Gate, pool_of};

#[test]
fn results_come_in_the_order_of_the_items() {
    let pool = pool_of(4);
    let results: Vec<_> = pool
        .map(0..500, |n| n * 2)
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(results, (0..500).map(|n| n * 2).collect::<Vec<_>>());
}

#[test]
fn items_are_pulled_lazily_and_at_most_the_buffer_ahead() {
    let pool = pool_of(2);
    let pulled = Cell::new(0);
    let items = std::iter::from_fn(|| {
        pulled.set(pulled.get() + 1);
        Some(pulled.get())
    });
    let mut results = pool.map(items, |n| n).buffer(5);
    assert_eq!(
        results
            .by_ref()
            .map(Result::unwrap)
            .take(3)
            .collect::<Vec<_>>(),
        [1, 2, 3]
    );
    drop(results);
    assert_eq!(pulled.get(), 7, "three given, and four ahead of the third");
}

#[test]
fn dropping_the_iterator_cancels_what_has_not_started() {
    let pool = pool_of(1);
    let gate = Gate::closed();
    let (runs, run) = mpsc::channel();
    let started = Arc::new(AtomicUsize::new(0));
    let (inner, counter) = (gate.clone(), Arc::clone(&started));
    let mut results = pool
        .map(0..100, move |n| {
            counter.fetch_add(1, Ordering::Relaxed);
            if n == 1 {
                runs.send(()).unwrap();
                inner.pass();
            }
            n
        })
        .buffer(10);
    assert_eq!(results.next().unwrap().unwrap(), 0);
    run.recv().unwrap();
    drop(results);
    gate.open();
    pool.shutdown().unwrap();
    assert_eq!(started.load(Ordering::Relaxed), 2);
}

#[test]
fn a_panic_is_the_error_of_its_own_item_only() {
    let pool = pool_of(2);
    let results: Vec<_> = pool.map(0..5, |n| assert!(n != 2, "not two")).collect();
    let broken: Vec<_> = results.iter().map(Result::is_err).collect();
    assert_eq!(broken, [false, false, true, false, false]);
}

#[test]
fn a_map_on_a_closed_pool_gives_errors() {
    let pool = pool_of(1);
    pool.shutdown().unwrap();
    let results: Vec<_> = pool.map(0..2, |n| n).collect();
    assert!(matches!(
        &results[..],
        [
            Err(ResultError::Task(TaskError::Abandoned(_))),
            Err(ResultError::Task(TaskError::Abandoned(_)))
        ]
    ));
}
