use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use creel_core::Executor;
use creel_runtime::{
    Abandoned, BuildError, Rejected, ResultError, Task, TaskError, TaskFuture, ThreadPool,
};

use crate::gate::{Gate, occupy, pool_of};

pub(crate) fn bounded(capacity: usize) -> ThreadPool {
    ThreadPool::builder()
        .max_workers(1)
        .queue_capacity(capacity)
        .build()
        .unwrap()
}

fn bounded_by_weight(weight: u64) -> ThreadPool {
    ThreadPool::builder()
        .max_workers(1)
        .queue_weight(weight)
        .build()
        .unwrap()
}

/// How many tasks can be queued while the only worker is held; they run before this returns.
fn room(pool: &ThreadPool) -> usize {
    let held = occupy(pool);
    let queued: Vec<_> = std::iter::from_fn(|| pool.try_submit(|| ()).ok()).collect();
    held.gate.open();
    let room = queued.len();
    for future in queued {
        future.result().unwrap();
    }
    room
}

#[test]
fn a_full_queue_gives_the_closure_back() {
    let pool = bounded(2);
    let _first = occupy(&pool);
    let _queued = [
        pool.try_submit(|| 1).unwrap(),
        pool.try_submit(|| 2).unwrap(),
    ];
    let message = String::from("kept");
    match pool.try_submit(move || message) {
        Err(Rejected::Full(closure)) => assert_eq!(closure(), "kept"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_submit_waits_until_a_task_leaves_the_queue() {
    let pool = bounded(1);
    let first = occupy(&pool);
    let queued = pool.submit(|| 1).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| pool.submit(|| 2).unwrap().result().unwrap());
        first.gate.open();
        assert_eq!(waiting.join().unwrap(), 2);
    });
    assert_eq!(queued.result().unwrap(), 1);
}

#[test]
fn a_cancelled_task_makes_room_at_once() {
    let pool = bounded(1);
    let _first = occupy(&pool);
    let queued = pool.submit(|| ()).unwrap();
    assert!(matches!(pool.try_submit(|| ()), Err(Rejected::Full(_))));
    assert!(queued.cancel());
    assert!(pool.try_submit(|| ()).is_ok());
    assert!(matches!(pool.try_submit(|| ()), Err(Rejected::Full(_))));
}

#[test]
fn what_cancelled_tasks_leave_behind_is_bounded_as_well() {
    let pool = bounded(100);
    let first = occupy(&pool);
    let mut cancelled = 0;
    while let Ok(future) = pool.try_submit(|| ()) {
        assert!(future.cancel());
        cancelled += 1;
        assert!(cancelled <= 100, "the queue grows without bound");
    }
    assert_eq!((cancelled, pool.queued()), (100, 100));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| pool.submit(|| 1).unwrap().result().unwrap());
        first.gate.open();
        assert_eq!(waiting.join().unwrap(), 1);
    });
    assert_eq!(room(&pool), 100);
}

#[test]
fn what_is_run_by_whoever_waits_for_it_leaves_an_entry_that_counts() {
    let pool = bounded(100);
    let (futures, queued) = mpsc::channel();
    let (done, is_done) = mpsc::channel();
    let gate = Gate::closed();
    let held = gate.clone();
    let waiting = pool
        .submit(move || {
            let queued: Vec<TaskFuture<()>> = queued.recv().unwrap();
            for future in queued {
                future.result().unwrap();
            }
            done.send(()).unwrap();
            held.pass();
        })
        .unwrap();
    futures
        .send((0..100).map(|_| pool.submit(|| ()).unwrap()).collect())
        .unwrap();
    is_done.recv().unwrap();
    let (queued, refused) = (pool.queued(), pool.try_submit(|| ()).is_err());
    gate.open();
    assert_eq!(queued, 100, "they stand in the common queue");
    assert!(refused, "the queue grows without bound");
    waiting.result().unwrap();
    assert_eq!(room(&pool), 100);
}

#[test]
fn every_way_a_task_can_end_gives_its_permit_back() {
    type End = fn(&Arc<ThreadPool>);
    let ends: [(&str, End); 13] = [
        ("it returns", |pool| {
            pool.submit(|| ()).unwrap().result().unwrap();
        }),
        ("it panics", |pool| {
            let future = pool.submit(|| panic!("on purpose")).unwrap();
            future.result().unwrap_err();
        }),
        ("nobody waits for it", |pool| {
            drop(pool.submit(|| ()).unwrap())
        }),
        ("it is cancelled in the queue", |pool| {
            let _held = occupy(pool);
            assert!(pool.submit(|| ()).unwrap().cancel());
        }),
        ("it is asked to stop in the queue", |pool| {
            let _held = occupy(pool);
            assert!(pool.submit(|| ()).unwrap().request_cancel());
        }),
        ("whoever waits for it runs it", |pool| {
            let inner = Arc::clone(pool);
            let outer = pool.submit(move || inner.submit(|| 1).unwrap().result().unwrap());
            assert_eq!(outer.unwrap().result().unwrap(), 1);
        }),
        ("its parent was asked to stop", |pool| {
            let inner = Arc::clone(pool);
            let gate = Gate::closed();
            let (submitted, child) = mpsc::channel();
            let held = gate.clone();
            let parent = pool.submit(move || {
                let child = inner.task().inherit_cancel().submit(|| ()).unwrap();
                submitted.send(child).unwrap();
                held.pass();
            });
            let child = child.recv().unwrap();
            parent.unwrap().request_cancel();
            gate.open();
            assert!(matches!(
                child.result(),
                Err(ResultError::Task(TaskError::Cancelled))
            ));
        }),
        ("its deadline passes", |pool| {
            let _held = occupy(pool);
            let late = pool.task().timeout(Duration::ZERO).submit(|| ()).unwrap();
            assert!(matches!(
                late.result(),
                Err(ResultError::Task(TaskError::Expired))
            ));
        }),
        ("it comes through the port", |pool| {
            let (task, future) = Task::builder().weight(3).closure(|| ());
            pool.execute(task).unwrap();
            future.result().unwrap();
        }),
        ("it was cancelled before it came through the port", |pool| {
            let (task, future) = Task::from_closure(|| ());
            assert!(future.cancel());
            pool.execute(task).unwrap();
        }),
        ("it is an async task that ends", |pool| {
            pool.spawn(async {}).unwrap().result().unwrap();
        }),
        ("it is an async task that never starts", |pool| {
            let _held = occupy(pool);
            assert!(pool.spawn(async {}).unwrap().cancel());
        }),
        (
            "it is an async task that whoever waits for it polls",
            |pool| {
                let inner = Arc::clone(pool);
                let outer =
                    pool.submit(move || inner.spawn(async { 1 }).unwrap().result().unwrap());
                assert_eq!(outer.unwrap().result().unwrap(), 1);
            },
        ),
    ];
    for (how, end) in ends {
        let pool = Arc::new(bounded(2));
        // Often enough to see that no entry stays behind either.
        for _ in 0..70 {
            end(&pool);
        }
        assert_eq!(room(&pool), 2, "{how}");
    }
}

#[test]
fn an_abandoned_task_gives_its_permit_back() {
    // No machine has this much address space for a stack.
    let pool = ThreadPool::builder()
        .max_workers(1)
        .queue_capacity(1)
        .stack_size(usize::MAX / 4)
        .build()
        .unwrap();
    for _ in 0..70 {
        let error = pool.try_submit(|| ()).unwrap().result().unwrap_err();
        assert!(matches!(
            error,
            ResultError::Task(TaskError::Abandoned(Abandoned::NoWorker(_)))
        ));
    }
}

#[test]
fn no_permit_is_lost_over_many_tasks_of_every_end() {
    let pool = bounded(3);
    thread::scope(|scope| {
        for thread in 0..3 {
            let pool = &pool;
            scope.spawn(move || {
                for round in 0..300 {
                    let weight = round % 7;
                    let future = pool
                        .task()
                        .weight(weight)
                        .submit(move || assert!(round % 3 != 0, "every third one breaks"))
                        .unwrap();
                    if (round + thread) % 2 == 0 {
                        future.cancel();
                    }
                    drop(future);
                    let asynchronous = pool.spawn(async move { round }).unwrap();
                    if round % 5 == 0 {
                        asynchronous.cancel();
                    }
                    drop(asynchronous);
                    drop(pool.submit_timeout(|| (), Duration::from_micros(round)));
                }
            });
        }
    });
    assert_eq!(room(&pool), 3);
}

#[test]
fn a_worker_exceeds_the_capacity_rather_than_wait_for_itself() {
    let pool = Arc::new(bounded(1));
    let inner = Arc::clone(&pool);
    let future = pool
        .submit(move || {
            let children: Vec<_> = (0..5).map(|n| inner.submit(move || n).unwrap()).collect();
            let patient = inner.submit_timeout(|| 5, Duration::MAX).unwrap();
            assert!(matches!(inner.try_submit(|| 6), Err(Rejected::Full(_))));
            drop(inner);
            children
                .into_iter()
                .chain([patient])
                .map(|child| child.result().unwrap())
                .sum::<i32>()
        })
        .unwrap();
    assert_eq!(future.result().unwrap(), 15);
    assert_eq!(pool.overdraft(), 5, "the first of six had room");
    assert_eq!(room(&pool), 1);
}

#[test]
fn what_a_worker_cancels_of_its_own_takes_no_room_while_its_task_goes_on() {
    let pool = Arc::new(bounded(1));
    let inner = Arc::clone(&pool);
    let outer = pool
        .submit(move || {
            for _ in 0..1_000 {
                assert!(inner.submit(|| ()).unwrap().cancel());
                assert!(inner.queued() < 64);
            }
        })
        .unwrap();
    outer.result().unwrap();
    assert_eq!(pool.overdraft(), 0);
}

#[test]
fn a_worker_that_waits_for_room_elsewhere_holds_nothing_up() {
    let (here, there) = (pool_of(1), Arc::new(bounded(1)));
    let held = occupy(&there);
    let queued = there.submit(|| 1).unwrap();
    let target = Arc::clone(&there);
    let waiting = here
        .submit(move || target.submit(|| 2).unwrap().result().unwrap())
        .unwrap();
    let gate = held.gate.clone();
    let behind = here.submit(move || gate.open()).unwrap();
    behind.result().unwrap();
    assert_eq!(queued.result().unwrap(), 1);
    assert_eq!(waiting.result().unwrap(), 2);
    assert_eq!(there.overdraft(), 0, "it is no worker of that pool");
}

#[test]
fn a_submit_whose_time_is_over_gives_the_closure_back() {
    let pool = bounded(1);
    let _first = occupy(&pool);
    let queued = pool.submit(|| ()).unwrap();
    for timeout in [Duration::ZERO, Duration::from_millis(1)] {
        let message = String::from("kept");
        match pool.submit_timeout(move || message, timeout) {
            Err(Rejected::Full(closure)) => assert_eq!(closure(), "kept"),
            other => panic!("{other:?}"),
        }
    }
    // Nobody who has left the line is granted what comes back.
    assert!(queued.cancel());
    assert!(pool.try_submit(|| ()).is_ok());
}

#[test]
fn a_submit_with_time_enough_waits_for_room() {
    let pool = bounded(1);
    let first = occupy(&pool);
    let _queued = pool.submit(|| ()).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let future = pool
                .task()
                .name("patient")
                .submit_timeout(|| 2, Duration::MAX);
            future.unwrap().result().unwrap()
        });
        first.gate.open();
        assert_eq!(waiting.join().unwrap(), 2);
    });
}

#[test]
fn a_queue_is_bounded_by_the_weight_of_what_is_in_it() {
    let pool = bounded_by_weight(10);
    let first = occupy(&pool);
    let six = pool.task().weight(6).try_submit(|| ()).unwrap();
    assert!(pool.task().weight(5).try_submit(|| ()).is_err());
    let four = pool.task().weight(4).try_submit(|| ()).unwrap();
    assert!(pool.task().weight(1).try_submit(|| ()).is_err());
    let weightless = pool.try_submit(|| ()).unwrap();
    assert!(six.cancel());
    let asynchronous = pool.task().weight(6).spawn(async {}).unwrap();
    assert!(pool.task().weight(1).try_submit(|| ()).is_err());
    first.gate.open();
    four.result().unwrap();
    weightless.result().unwrap();
    asynchronous.result().unwrap();
    assert!(pool.task().weight(10).try_submit(|| ()).is_ok());
}

#[test]
fn a_task_heavier_than_the_limit_is_queued_when_nothing_else_has_weight() {
    let pool = bounded_by_weight(10);
    let first = occupy(&pool);
    let light = pool.task().weight(1).submit(|| ()).unwrap();
    let _weightless = pool.submit(|| ()).unwrap();
    let Err(Rejected::Full(heavy)) = pool.task().weight(1_000).try_submit(|| 1) else {
        panic!("something else with weight is queued")
    };
    assert!(light.cancel());
    let heavy = pool.task().weight(1_000).try_submit(heavy).unwrap();
    assert!(pool.task().weight(1).try_submit(|| ()).is_err());
    first.gate.open();
    assert_eq!(heavy.result().unwrap(), 1);
}

#[test]
fn a_task_through_the_port_has_the_weight_that_it_was_made_with() {
    let pool = bounded_by_weight(10);
    let _first = occupy(&pool);
    let (task, _future) = Task::builder().weight(10).closure(|| ());
    pool.execute(task).unwrap();
    assert!(pool.task().weight(1).try_submit(|| ()).is_err());
}

#[test]
fn a_pool_that_is_bounded_by_no_weight_is_refused() {
    let error = ThreadPool::builder().queue_weight(0).build().unwrap_err();
    assert!(matches!(error, BuildError::QueueWeight));
}

#[test]
fn a_submit_that_waits_for_room_is_refused_at_shutdown() {
    let pool = bounded(1);
    let first = occupy(&pool);
    let _queued = pool.submit(|| ()).unwrap();
    thread::scope(|scope| {
        let (about, is_about) = mpsc::channel();
        let pool = &pool;
        let waiting = scope.spawn(move || {
            about.send(()).unwrap();
            pool.submit(|| ()).map(drop)
        });
        is_about.recv().unwrap();
        let closing = scope.spawn(|| pool.shutdown());
        let refused = waiting.join().unwrap();
        first.gate.open();
        closing.join().unwrap().unwrap();
        assert!(matches!(refused, Err(Rejected::ShutDown(_))));
    });
}
