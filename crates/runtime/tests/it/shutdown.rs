use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use creel_runtime::{Rejected, ResultError, ShutdownError, TaskError, ThreadPool};

use crate::gate::{occupy, pool_of};

#[test]
fn shutdown_runs_what_is_queued_and_joins_the_workers() {
    let pool = pool_of(2);
    let first = occupy(&pool);
    let done = Arc::new(AtomicUsize::new(0));
    for _ in 0..50 {
        let done = Arc::clone(&done);
        drop(
            pool.submit(move || done.fetch_add(1, Ordering::Relaxed))
                .unwrap(),
        );
    }
    first.gate.open();
    pool.shutdown().unwrap();
    assert_eq!(done.load(Ordering::Relaxed), 50);
    assert_eq!(pool.workers(), 0);
}

#[test]
fn submitting_afterwards_gives_the_closure_back() {
    let pool = pool_of(1);
    pool.shutdown().unwrap();
    let message = String::from("kept");
    match pool.submit(move || message) {
        Err(Rejected::ShutDown(closure)) => assert_eq!(closure(), "kept"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(pool.try_submit(|| ()), Err(Rejected::ShutDown(_))));
    assert!(matches!(pool.spawn(async {}), Err(Rejected::ShutDown(_))));
}

#[test]
fn shutdown_now_cancels_what_has_not_started_and_counts_it() {
    let pool = pool_of(1);
    let mut first = occupy(&pool);
    let queued: Vec<_> = (0..10).map(|_| pool.submit(|| ()).unwrap()).collect();
    let running = first.future.take().unwrap();
    // The held task ends once everything behind it was cancelled: shutdown_now itself waits for it.
    let gate = first.gate.clone();
    queued[9].add_done_callback(move |_| gate.open());
    assert_eq!(pool.shutdown_now().unwrap(), 10);
    assert!(running.result().is_ok(), "what runs is left to end");
    for future in queued {
        assert!(matches!(
            future.result(),
            Err(ResultError::Task(TaskError::Cancelled))
        ));
    }
}

#[test]
fn shutdown_twice_and_from_many_threads_ends_everywhere() {
    let pool = pool_of(2);
    let together = Barrier::new(4);
    let future = pool.submit(|| 1).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                together.wait();
                pool.shutdown().unwrap();
            });
        }
    });
    pool.shutdown().unwrap();
    assert_eq!(pool.shutdown_now().unwrap(), 0);
    assert_eq!(future.result().unwrap(), 1);
}

#[test]
fn a_shutdown_whose_time_is_over_says_so_and_the_pool_goes_on_to_its_end() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let queued = pool.submit(|| 8).unwrap();
    assert_eq!(
        pool.shutdown_timeout(Duration::ZERO),
        Err(ShutdownError::TimedOut)
    );
    assert!(pool.submit(|| ()).is_err());
    first.gate.open();
    assert_eq!(queued.result().unwrap(), 8);
    assert_eq!(pool.shutdown_timeout(Duration::MAX), Ok(()));
}

#[test]
fn a_worker_cannot_join_its_own_pool() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let future = pool
        .submit(move || {
            let told = inner.shutdown();
            drop(inner);
            told
        })
        .unwrap();
    assert_eq!(future.result().unwrap(), Err(ShutdownError::NotJoined));
    pool.shutdown().unwrap();
}

#[test]
fn a_callback_cannot_join_the_pool_of_its_own_task() {
    let pool = Arc::new(pool_of(1));
    let held = occupy(&pool);
    let (told, tells) = mpsc::channel();
    let futures = [0, 1].map(|_| {
        let (inner, told) = (Arc::clone(&pool), told.clone());
        let future = pool.submit(|| ()).unwrap();
        future.add_done_callback(move |_| told.send(inner.shutdown_now()).unwrap());
        future
    });
    // Of the first on the thread that cancels it, which then cancels the second one itself.
    assert!(futures[0].cancel());
    for _ in &futures {
        assert_eq!(tells.recv().unwrap(), Err(ShutdownError::NotJoined));
    }
    drop(held);
    assert_eq!(pool.shutdown_now(), Ok(1));
}

#[test]
fn shutdown_now_waits_no_longer_than_it_was_told() {
    let pool = pool_of(1);
    let held = occupy(&pool);
    let queued = pool.submit(|| ()).unwrap();
    let told = pool.shutdown_now_timeout(Duration::ZERO);
    assert_eq!(told, Err(ShutdownError::TimedOut));
    assert!(queued.cancelled());
    drop(held);
    assert_eq!(pool.shutdown_now_timeout(Duration::MAX), Ok(1));
}

#[test]
fn a_pool_may_be_dropped_by_one_of_its_own_tasks() {
    let (told, tells) = mpsc::channel();
    let (give, take) = mpsc::channel::<ThreadPool>();
    let pool = pool_of(1);
    let future = pool
        .submit(move || {
            drop(take.recv().unwrap());
            told.send(()).unwrap();
        })
        .unwrap();
    give.send(pool).unwrap();
    tells.recv().unwrap();
    future.result().unwrap();
}

#[test]
fn running_tasks_may_still_submit_while_the_pool_drains() {
    let pool = Arc::new(pool_of(2));
    let inner = Arc::clone(&pool);
    let (closing, closes) = mpsc::channel();
    let future = pool
        .submit(move || {
            // Outside submits are refused from here on.
            closes.recv().unwrap();
            let child = inner.submit(|| 11).unwrap();
            drop(inner);
            child
        })
        .unwrap();
    thread::scope(|scope| {
        let closer = scope.spawn(|| pool.shutdown());
        while let Ok(probe) = pool.submit(|| ()) {
            probe.result().unwrap();
        }
        closing.send(()).unwrap();
        closer.join().unwrap().unwrap();
    });
    assert_eq!(future.result().unwrap().result().unwrap(), 11);
}

#[test]
fn dropping_the_pool_runs_what_is_queued() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let futures: Vec<_> = (0..5).map(|n| pool.submit(move || n).unwrap()).collect();
    first.gate.open();
    drop(pool);
    let results: Vec<_> = futures
        .into_iter()
        .map(|future| future.result().unwrap())
        .collect();
    assert_eq!(results, [0, 1, 2, 3, 4]);
}

#[test]
fn a_detached_pool_runs_what_is_queued_and_nobody_waits() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let future = pool.submit(|| 4).unwrap();
    pool.detach();
    first.gate.open();
    assert_eq!(future.result().unwrap(), 4);
}

#[test]
fn no_submit_is_lost_when_it_races_shutdown() {
    for _ in 0..500 {
        let pool = pool_of(2);
        let together = Barrier::new(2);
        thread::scope(|scope| {
            let submitter = scope.spawn(|| {
                together.wait();
                (0..20)
                    .map_while(|n| pool.submit(move || n).ok())
                    .collect::<Vec<_>>()
            });
            together.wait();
            pool.shutdown().unwrap();
            for (number, future) in submitter.join().unwrap().into_iter().enumerate() {
                // Accepted means run: shutdown waits for it, or it came after and was refused.
                assert_eq!(future.result().unwrap(), number);
            }
        });
    }
}

#[test]
fn shutdown_now_counts_every_task_that_it_cancelled_whoever_did() {
    let pool = pool_of(3);
    let gate = crate::gate::Gate::closed();
    let futures: Vec<_> = (0..20_000)
        .map(|number| {
            let gate = gate.clone();
            pool.submit(move || {
                if number == 0 {
                    gate.pass()
                }
            })
            .unwrap()
        })
        .collect();
    gate.open();
    let counted = pool.shutdown_now().unwrap();
    let cancelled = futures.iter().filter(|future| future.cancelled()).count();
    assert_eq!(counted, cancelled);
}

#[test]
fn a_thread_local_destructor_may_submit_to_its_pool() {
    struct Submits(Arc<ThreadPool>, mpsc::Sender<i32>);
    impl Drop for Submits {
        fn drop(&mut self) {
            let told = self.1.clone();
            drop(self.0.submit(move || told.send(1).unwrap()));
        }
    }
    thread_local! {
        static LAST_WISH: std::cell::RefCell<Option<Submits>> = const { std::cell::RefCell::new(None) };
    }
    let pool = Arc::new(
        ThreadPool::builder()
            .max_workers(1)
            .max_tasks_per_worker(1)
            .build()
            .unwrap(),
    );
    let (told, tells) = mpsc::channel();
    let wish = Submits(Arc::clone(&pool), told);
    pool.submit(move || LAST_WISH.set(Some(wish)))
        .unwrap()
        .result()
        .unwrap();
    assert_eq!(tells.recv().unwrap(), 1);
    pool.shutdown().unwrap();
}
