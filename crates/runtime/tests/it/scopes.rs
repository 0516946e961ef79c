//! Work that borrows, and ends before the call that started it returns.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use creel_runtime::{TaskError, ThreadPool};

use crate::gate::{Gate, occupy, pool_of};

fn message(payload: Box<dyn std::any::Any + Send>) -> String {
    *payload
        .downcast::<&str>()
        .map(|text| text.to_string())
        .map(Box::new)
        .unwrap()
}

#[test]
fn tasks_of_a_scope_borrow_and_change_what_is_outside_of_it() {
    let pool = pool_of(2);
    let mut numbers = vec![1, 2, 3, 4];
    let factor = 10;
    pool.scope(|scope| {
        for number in &mut numbers {
            drop(scope.submit(|| *number *= factor));
        }
    });
    assert_eq!(numbers, [10, 20, 30, 40]);
}

#[test]
fn a_value_that_borrows_comes_through_its_future() {
    let pool = pool_of(1);
    let words = String::from("one two three");
    let longest = pool.scope(|scope| {
        let longest = scope.submit(|| words.split(' ').max_by_key(|word| word.len()));
        longest.result().unwrap()
    });
    assert_eq!(longest, Some("three"));
}

#[test]
fn a_scope_ends_after_the_tasks_that_its_tasks_submit() {
    let pool = pool_of(2);
    let count = AtomicUsize::new(0);
    pool.scope(|scope| {
        for _ in 0..3 {
            let outer = scope.submit(|| {
                for _ in 0..3 {
                    drop(scope.submit(|| count.fetch_add(1, Ordering::Relaxed)));
                }
            });
            drop(outer);
        }
    });
    assert_eq!(count.load(Ordering::Relaxed), 9);
    assert_eq!(pool.ledger().succeeded, 12);
}

#[test]
fn a_scope_ends_when_bodies_and_values_are_dropped() {
    struct Last<'a>(&'a Mutex<Vec<&'static str>>, &'static str);
    impl Drop for Last<'_> {
        fn drop(&mut self) {
            self.0.lock().unwrap().push(self.1);
        }
    }
    let pool = pool_of(1);
    let dropped = Mutex::new(Vec::new());
    let held = occupy(&pool);
    let gate = held.gate.clone();
    pool.scope(|scope| {
        let body = Last(&dropped, "body");
        let unrun = scope.submit(move || drop(body));
        assert!(unrun.cancel());
        let value = scope.submit(|| Last(&dropped, "value"));
        drop(value);
        gate.open();
    });
    assert_eq!(*dropped.lock().unwrap(), ["body", "value"]);
}

#[test]
fn a_future_that_is_forgotten_does_not_hold_the_scope_up() {
    let pool = pool_of(1);
    let count = AtomicUsize::new(0);
    pool.scope(|scope| {
        std::mem::forget(scope.submit(|| count.fetch_add(1, Ordering::Relaxed)));
    });
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
fn a_panic_that_nobody_saw_goes_on_after_the_siblings_are_done() {
    let pool = pool_of(1);
    let held = occupy(&pool);
    let gate = held.gate.clone();
    let sibling = AtomicUsize::new(0);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        pool.scope(|scope| {
            drop(scope.submit(|| panic!("torn")));
            drop(scope.submit(|| panic!("and worn")));
            drop(scope.submit(|| sibling.fetch_add(1, Ordering::Relaxed)));
            gate.open();
        });
    }));
    assert_eq!(message(caught.unwrap_err()), "torn");
    assert_eq!(sibling.load(Ordering::Relaxed), 1);
}

#[test]
fn a_panic_that_was_seen_stays_where_it_was_seen() {
    let pool = pool_of(1);
    let seen = pool.scope(|scope| {
        let panics = scope.submit(|| panic!("torn"));
        let _: () = match panics.result() {
            Err(TaskError::Panicked(panic)) => return panic.message().to_owned(),
            other => other.unwrap(),
        };
        unreachable!("it panics")
    });
    assert_eq!(seen, "torn");
}

#[test]
fn a_panic_of_the_body_goes_on_after_its_tasks_are_done() {
    let pool = pool_of(1);
    let held = occupy(&pool);
    let gate = held.gate.clone();
    let count = AtomicUsize::new(0);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        pool.scope(|scope| {
            drop(scope.submit(|| count.fetch_add(1, Ordering::Relaxed)));
            drop(scope.submit(|| panic!("of a task")));
            gate.open();
            panic!("of the body");
        })
    }));
    let () = caught
        .map_err(|payload| assert_eq!(message(payload), "of the body"))
        .unwrap_err();
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
fn a_scope_inside_a_task_ends_on_a_pool_of_one_worker() {
    let pool = Arc::new(
        ThreadPool::builder()
            .max_workers(1)
            .max_spares(0)
            .build()
            .unwrap(),
    );
    let inner = Arc::clone(&pool);
    let outer = pool.submit(move || {
        let here = thread::current().id();
        let elsewhere = AtomicUsize::new(0);
        inner.scope(|scope| {
            for _ in 0..10 {
                let task = scope.submit(|| {
                    let strange = thread::current().id() != here;
                    elsewhere.fetch_add(usize::from(strange), Ordering::Relaxed);
                });
                drop(task);
            }
        });
        drop(inner);
        elsewhere.into_inner()
    });
    assert_eq!(outer.unwrap().result().unwrap(), 0);
    assert_eq!(pool.ledger().succeeded, 11);
}

#[test]
fn another_worker_takes_the_place_of_one_that_waits_for_a_scope() {
    let pool = Arc::new(pool_of(2));
    let inner = Arc::clone(&pool);
    let gate = Gate::closed();
    let outer = {
        let gate = gate.clone();
        pool.submit(move || {
            let (running, runs) = mpsc::channel();
            inner.scope(|scope| {
                let stuck = scope.submit(|| {
                    running.send(()).unwrap();
                    gate.pass();
                });
                runs.recv().unwrap();
                drop(stuck);
            });
            drop(inner);
        })
    };
    // Both workers are taken, by the scope and by its task.
    pool.submit(move || gate.open()).unwrap().result().unwrap();
    outer.unwrap().result().unwrap();
}

#[test]
fn scopes_nest() {
    let pool = pool_of(2);
    let mut sums = [0; 3];
    pool.scope(|scope| {
        for (place, sum) in sums.iter_mut().enumerate() {
            let pool = &pool;
            let task = scope.submit(move || {
                let parts = [AtomicUsize::new(0), AtomicUsize::new(0)];
                pool.scope(|inner| {
                    for part in &parts {
                        drop(inner.submit(move || part.fetch_add(place + 1, Ordering::Relaxed)));
                    }
                });
                *sum = parts.into_iter().map(AtomicUsize::into_inner).sum();
            });
            drop(task);
        }
    });
    assert_eq!(sums, [2, 4, 6]);
}

#[test]
fn a_scope_of_a_pool_that_is_shut_down_runs_its_tasks_where_they_are_submitted() {
    let pool = pool_of(1);
    pool.shutdown().unwrap();
    let here = thread::current().id();
    let ran_here = pool.scope(|scope| {
        let task = scope.submit(|| thread::current().id() == here);
        assert!(task.done());
        task.result().unwrap()
    });
    assert!(ran_here);
}

#[test]
fn a_shutdown_that_cancels_a_scopes_tasks_lets_it_end() {
    let pool = pool_of(1);
    let held = occupy(&pool);
    let gate = held.gate.clone();
    let count = AtomicUsize::new(0);
    let cancelled = pool.scope(|scope| {
        let task = scope.submit(|| count.fetch_add(1, Ordering::Relaxed));
        thread::scope(|threads| {
            let stopping = threads.spawn(|| pool.shutdown_now());
            let outcome = task.result();
            gate.open();
            assert_eq!(stopping.join().unwrap(), Ok(1));
            matches!(outcome, Err(TaskError::Cancelled))
        })
    });
    assert!(cancelled);
    assert_eq!(count.load(Ordering::Relaxed), 0);
}
