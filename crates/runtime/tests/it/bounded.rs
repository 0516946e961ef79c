use std::sync::{Arc, mpsc};
use std::thread;

use creel_runtime::{Rejected, ThreadPool};

use crate::gate::occupy;

fn bounded(capacity: usize) -> ThreadPool {
    ThreadPool::builder()
        .max_workers(1)
        .queue_capacity(capacity)
        .build()
        .unwrap()
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
fn no_permit_is_lost_over_many_tasks_of_every_end() {
    let pool = bounded(3);
    for round in 0..300 {
        let future = pool
            .submit(move || assert!(round % 3 != 0, "every third one breaks"))
            .unwrap();
        if round % 2 == 0 {
            future.cancel();
        }
        drop(future);
        let asynchronous = pool.spawn(async move { round }).unwrap();
        if round % 5 == 0 {
            asynchronous.cancel();
        }
        drop(asynchronous);
    }
    // All three places can be had again while the worker is held.
    let first = occupy(&pool);
    let held: Vec<_> = (0..3).map(|_| pool.try_submit(|| ()).unwrap()).collect();
    assert!(matches!(pool.try_submit(|| ()), Err(Rejected::Full(_))));
    first.gate.open();
    for future in held {
        future.result().unwrap();
    }
}

#[test]
fn a_worker_exceeds_the_capacity_rather_than_wait_for_itself() {
    let pool = Arc::new(bounded(1));
    let inner = Arc::clone(&pool);
    let future = pool
        .submit(move || {
            let children: Vec<_> = (0..5).map(|n| inner.submit(move || n).unwrap()).collect();
            drop(inner);
            children
                .into_iter()
                .map(|child| child.result().unwrap())
                .sum::<i32>()
        })
        .unwrap();
    assert_eq!(future.result().unwrap(), 10);
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
