//! Two closures at the same time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;

use creel_runtime::{SharedFuture, ThreadPool, WaitError, blocking, context};

use crate::gate::{Gate, occupy, pool_of, wait_for_cancel};

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

/// A pool of two workers, and what `scene` returns on one of them.
fn on_a_worker<T: Send + 'static>(
    scene: impl FnOnce(&ThreadPool) -> T + Send + 'static,
) -> (Arc<ThreadPool>, T) {
    let pool = Arc::new(pool_of(2));
    let inner = Arc::clone(&pool);
    let value = pool.submit(move || scene(&inner)).unwrap().result();
    (pool, value.unwrap())
}

#[test]
fn another_worker_takes_the_second_while_the_first_runs() {
    let (_pool, (first, second)) = on_a_worker(|pool| {
        let both = Barrier::new(2);
        let meet = || {
            both.wait();
            thread::current().id()
        };
        pool.join(meet, meet)
    });
    assert_ne!(first, second);
}

#[test]
fn a_second_that_was_taken_is_a_task_in_the_ledger_and_one_that_was_not_is_none() {
    let (pool, ()) = on_a_worker(|pool| {
        let both = Barrier::new(2);
        let (_, running) = pool.join(
            || both.wait(),
            || {
                both.wait();
                pool.ledger().running
            },
        );
        assert_eq!(running, 2);
    });
    let ledger = pool.ledger();
    assert_eq!((ledger.submitted, ledger.succeeded), (2, 2));

    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let alone = pool.submit(move || fibonacci(&inner, 10)).unwrap();
    assert_eq!(alone.result().unwrap(), 55);
    assert_eq!(pool.ledger().submitted, 1);
}

#[test]
fn the_dump_lists_a_second_that_was_taken() {
    let pool = Arc::new(
        ThreadPool::builder()
            .max_workers(2)
            .diagnostics(true)
            .build()
            .unwrap(),
    );
    let inner = Arc::clone(&pool);
    let listed = pool.submit(move || {
        let both = Barrier::new(2);
        let (_, tasks) = inner.join(
            || both.wait(),
            || {
                let dump = inner.dump();
                let names = dump.tasks().iter().map(|task| task.name().to_owned());
                let tasks = names.collect();
                both.wait();
                tasks
            },
        );
        let tasks: Vec<String> = tasks;
        (tasks, inner.dump().tasks().len())
    });
    let (tasks, afterwards) = listed.unwrap().result().unwrap();
    assert_eq!(tasks.len(), 2, "{tasks:?}");
    assert!(
        tasks.iter().all(|task| task.contains("the_dump_lists")),
        "{tasks:?}"
    );
    assert_eq!(afterwards, 1);
}

/// The message of the panic that comes out where another worker has the second closure.
fn panicking_apart(first: Option<&'static str>, second: Option<&'static str>) -> String {
    let (pool, message) = on_a_worker(move |pool| {
        let both = Barrier::new(2);
        let run = |panic: Option<&'static str>| {
            both.wait();
            if let Some(message) = panic {
                std::panic::panic_any(message);
            }
        };
        let caught = catch_unwind(AssertUnwindSafe(|| {
            pool.join(|| run(first), || run(second));
        }));
        let message = caught.unwrap_err().downcast::<&str>().unwrap();
        message.to_string()
    });
    let panicked = u64::from(second.is_some());
    assert_eq!(pool.ledger().panicked, panicked);
    message
}

#[test]
fn a_panic_comes_back_from_whoever_took_the_second() {
    assert_eq!(panicking_apart(Some("first"), None), "first");
    assert_eq!(panicking_apart(None, Some("second")), "second");
    assert_eq!(panicking_apart(Some("first"), Some("second")), "first");
}

#[test]
fn a_panic_far_inside_comes_out_of_every_join_around_it() {
    fn descend(pool: &ThreadPool, depth: u32, ran: &AtomicUsize) {
        ran.fetch_add(1, Ordering::Relaxed);
        if depth == 0 {
            panic!("at the bottom");
        }
        pool.join(
            || descend(pool, depth - 1, ran),
            || ran.fetch_add(1, Ordering::Relaxed),
        );
    }
    let (_pool, (message, ran)) = on_a_worker(|pool| {
        let ran = AtomicUsize::new(0);
        let caught = catch_unwind(AssertUnwindSafe(|| descend(pool, 20, &ran)));
        let message = caught.unwrap_err().downcast::<&str>().unwrap();
        (message.to_string(), ran.into_inner())
    });
    assert_eq!((message.as_str(), ran), ("at the bottom", 41));
}

#[test]
fn what_is_borrowed_is_free_again_only_after_both() {
    let (_pool, ()) = on_a_worker(|pool| {
        let mut rows = vec![0_u64; 64];
        for round in 1..200 {
            let (left, right) = rows.split_at_mut(32);
            let add = |half: &mut [u64]| half.iter_mut().for_each(|cell| *cell += round);
            pool.join(|| add(left), || add(right));
            let sum = round * (round + 1) / 2;
            assert!(rows.iter().all(|cell| *cell == sum));
        }
        let held = Arc::new(());
        let clones = (Arc::clone(&held), Arc::clone(&held));
        let both = Barrier::new(2);
        pool.join(
            || (both.wait(), drop(clones.0)),
            || (both.wait(), drop(clones.1)),
        );
        assert_eq!(Arc::strong_count(&held), 1);
    });
}

#[test]
fn a_pool_that_is_stopping_leaves_the_joins_that_run_alone() {
    let pool = pool_of(2);
    let pool = Arc::new(pool);
    let (gate, inner) = (Gate::closed(), Arc::clone(&pool));
    let (running, runs) = mpsc::channel();
    let door = gate.clone();
    let joining = pool
        .submit(move || {
            let both = Barrier::new(2);
            inner.join(
                || {
                    both.wait();
                    door.pass();
                    fibonacci(&inner, 10)
                },
                || {
                    both.wait();
                    running.send(()).unwrap();
                    door.pass();
                    fibonacci(&inner, 11)
                },
            )
        })
        .unwrap();
    runs.recv().unwrap();
    let queued = pool.submit(|| ());
    let stopping = Arc::clone(&pool);
    let stop = thread::spawn(move || stopping.shutdown_now().unwrap());
    // It is cancelled once the pool is stopping.
    queued.unwrap().result().unwrap_err();
    gate.open();
    assert_eq!(joining.result().unwrap(), (55, 89));
    assert_eq!(stop.join().unwrap(), 1);
    assert_eq!(pool.ledger().cancelled, 1);
}

#[test]
fn a_second_that_blocks_where_it_was_taken_holds_nobody_else_up() {
    let (_pool, received) = on_a_worker(|pool| {
        let both = Barrier::new(2);
        let (sends, receives) = mpsc::channel();
        let receives = Mutex::new(receives);
        let ((), received) = pool.join(
            || {
                both.wait();
                // Both workers wait for this one.
                drop(pool.submit(move || sends.send(7).unwrap()).unwrap());
            },
            || {
                both.wait();
                blocking(|| receives.lock().unwrap().recv())
            },
        );
        received.unwrap()
    });
    assert_eq!(received, 7);
}

#[test]
fn a_request_to_stop_reaches_the_second_where_it_was_taken() {
    let pool = Arc::new(pool_of(2));
    let inner = Arc::clone(&pool);
    let (running, runs) = mpsc::channel();
    let joining = pool
        .submit(move || {
            let both = Barrier::new(2);
            let ((), asked) = inner.join(
                || {
                    both.wait();
                },
                || {
                    both.wait();
                    running.send(()).unwrap();
                    wait_for_cancel();
                    context().is_cancelled()
                },
            );
            asked
        })
        .unwrap();
    runs.recv().unwrap();
    assert!(!joining.request_cancel());
    assert!(joining.result().unwrap());
}

#[test]
fn a_second_that_waits_for_the_task_around_it_is_told_of_the_cycle() {
    let pool = Arc::new(pool_of(2));
    let inner = Arc::clone(&pool);
    let (sends, receives) = mpsc::channel::<SharedFuture<bool>>();
    let joining = pool
        .submit(move || {
            let both = Barrier::new(2);
            let own = receives.recv().unwrap();
            let (_, waited) = inner.join(
                || both.wait(),
                || {
                    both.wait();
                    own.wait()
                },
            );
            matches!(waited, Err(WaitError::Deadlock(_)))
        })
        .unwrap()
        .shared();
    sends.send(joining.clone()).unwrap();
    assert!(joining.result().unwrap());
}
