//! Code that blocks and says so.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use creel_runtime::{ThreadPool, blocking};

use crate::gate::{Gate, occupy, pool_of};

#[test]
fn nothing_waits_behind_a_worker_that_says_it_blocks() {
    let pool = pool_of(1);
    let (sends, receives) = mpsc::channel();
    let waiting = pool
        .submit(move || blocking(|| receives.recv().unwrap()))
        .unwrap();
    pool.submit(move || sends.send(7).unwrap())
        .unwrap()
        .result()
        .unwrap();
    assert_eq!(waiting.result().unwrap(), 7);
}

#[test]
fn of_many_short_tasks_none_waits_behind_one_that_blocks_while_a_worker_is_free() {
    const TASKS: usize = 5_000;
    let pool = pool_of(2);
    for _ in 0..20 {
        let gate = Gate::closed();
        let mut futures: Vec<_> = (0..TASKS)
            .map(|number| {
                let gate = gate.clone();
                let task = move || {
                    if number == TASKS / 2 {
                        gate.pass();
                    }
                };
                pool.submit(task).unwrap()
            })
            .collect();
        let blocked = futures.remove(TASKS / 2);
        for future in futures {
            future.result().unwrap();
        }
        gate.open();
        blocked.result().unwrap();
    }
}

#[test]
fn tasks_from_outside_may_wait_for_earlier_ones_by_any_means() {
    const TASKS: usize = 1_000;
    let pool = pool_of(2);
    for distance in [2, 5, 9, 17, 33, 65, 129, 200] {
        let gates: Arc<Vec<_>> = Arc::new((0..TASKS).map(|_| Gate::closed()).collect());
        let futures = (0..TASKS).map(|number| {
            let gates = Arc::clone(&gates);
            let task = move || {
                if number >= distance {
                    gates[number - distance].pass();
                }
                gates[number].open();
            };
            pool.submit(task).unwrap()
        });
        let futures: Vec<_> = futures.collect();
        for future in futures {
            future.result().unwrap();
        }
    }
}

#[test]
fn tasks_that_say_so_may_wait_for_later_ones_by_any_means() {
    const TASKS: usize = 1_000;
    let pool = pool_of(2);
    for _ in 0..4 {
        let mut meeting = Arc::new(Barrier::new(2));
        let futures = (0..TASKS).map(|number| {
            let meets = matches!(number % 64, 0 | 1).then(|| Arc::clone(&meeting));
            if number % 64 == 1 {
                meeting = Arc::new(Barrier::new(2));
            }
            let task = move || {
                if let Some(meeting) = meets {
                    blocking(|| meeting.wait());
                }
            };
            pool.submit(task).unwrap()
        });
        let futures: Vec<_> = futures.collect();
        for future in futures {
            future.result().unwrap();
        }
    }
}

#[test]
fn what_was_queued_behind_a_worker_goes_on_once_it_blocks() {
    let pool = pool_of(1);
    let (sends, receives) = mpsc::channel();
    let occupied = occupy(&pool);
    let waiting = pool
        .submit(move || blocking(|| receives.recv().unwrap()))
        .unwrap();
    let sent = pool.submit(move || sends.send(7).unwrap()).unwrap();
    occupied.gate.open();
    sent.result().unwrap();
    assert_eq!(waiting.result().unwrap(), 7);
}

#[test]
fn a_worker_that_blocks_inside_blocking_code_is_counted_once() {
    let pool = pool_of(1);
    let (sends, receives) = mpsc::channel::<u32>();
    let (within, inside) = mpsc::channel();
    let nested = pool
        .submit(move || {
            let wait = || {
                within.send(()).unwrap();
                receives.recv().unwrap()
            };
            // It is busy again in between.
            blocking(|| blocking(wait)) + blocking(|| 1)
        })
        .unwrap();
    inside.recv().unwrap();
    let occupied = occupy(&pool);
    let queued = pool.submit(|| ()).unwrap();
    assert_eq!(
        pool.workers(),
        2,
        "the one that blocks, and one in its place"
    );
    drop(occupied);
    queued.result().unwrap();
    sends.send(6).unwrap();
    assert_eq!(nested.result().unwrap(), 7);
}

#[test]
fn a_worker_goes_on_after_blocking_code_that_panicked() {
    let pool = pool_of(1);
    let caught = pool.submit(|| {
        let panicked = panic::catch_unwind(|| blocking(|| panic!("out of paper")));
        panicked.is_err()
    });
    assert!(caught.unwrap().result().unwrap());
    let occupied = occupy(&pool);
    let queued = pool.submit(|| ()).unwrap();
    assert_eq!(pool.workers(), 1, "nobody is counted as blocked for ever");
    drop(occupied);
    queued.result().unwrap();
    pool.shutdown().unwrap();
}

#[test]
fn outside_of_a_worker_blocking_code_runs_and_its_panic_passes() {
    assert_eq!(blocking(|| 7), 7);
    let payload = panic::catch_unwind(AssertUnwindSafe(|| blocking(|| panic!("as it is"))));
    assert_eq!(
        *payload.unwrap_err().downcast::<&str>().unwrap(),
        "as it is"
    );
}

#[test]
fn blocking_code_runs_where_no_other_worker_may_be_started() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .max_spares(0)
        .build()
        .unwrap();
    assert_eq!(pool.submit(|| blocking(|| 7)).unwrap().result().unwrap(), 7);
}

#[test]
fn a_task_that_blocking_code_waits_for_is_left_to_the_worker_in_its_place() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let elsewhere = pool
        .submit(move || {
            let child = inner.submit(|| thread::current().id()).unwrap();
            drop(inner);
            blocking(|| child.result().unwrap()) != thread::current().id()
        })
        .unwrap();
    assert!(elsewhere.result().unwrap());
}
