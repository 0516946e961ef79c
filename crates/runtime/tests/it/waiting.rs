use std::future::poll_fn;
use std::mem::replace;
use std::sync::{Arc, Barrier, mpsc};
use std::task::Poll;
use std::thread;

use creel_runtime::ThreadPool;

use crate::gate::pool_of;

/// A tree of tasks, each of which waits for its two children.
fn tree(pool: &Arc<ThreadPool>, depth: u32) -> u64 {
    if depth == 0 {
        return 1;
    }
    let children = [0, 1].map(|_| {
        let inner = Arc::clone(pool);
        pool.submit(move || tree(&inner, depth - 1)).unwrap()
    });
    children
        .into_iter()
        .map(|child| child.result().unwrap())
        .sum()
}

#[test]
fn a_pool_of_one_worker_can_wait_for_its_own_tasks() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let future = pool.submit(move || tree(&inner, 8)).unwrap();
    assert_eq!(future.result().unwrap(), 256);
    assert_eq!(pool.workers(), 1, "what was waited for ran in place");
}

#[test]
fn what_a_worker_runs_in_place_does_not_pile_up_in_its_queue() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let outer = pool
        .submit(move || {
            for n in 0..500 {
                let [first, second] = [0, 1].map(|_| inner.submit(move || n).unwrap());
                assert_eq!(first.result().unwrap(), n);
                assert_eq!(second.result().unwrap(), n);
                assert!(inner.queued() < 100, "what was run is still queued");
            }
        })
        .unwrap();
    outer.result().unwrap();
}

#[test]
fn an_async_task_that_is_run_in_place_and_suspends_goes_on_elsewhere() {
    /// Is ready at its second poll, which it asks for.
    async fn suspend_once() {
        let mut suspended = false;
        poll_fn(|context| match replace(&mut suspended, true) {
            false => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            true => Poll::Ready(()),
        })
        .await;
    }
    let builders = [
        ThreadPool::builder(),
        ThreadPool::builder().queue_capacity(1),
    ];
    for builder in builders {
        let pool = Arc::new(builder.max_workers(1).build().unwrap());
        let inner = Arc::clone(&pool);
        // What a worker leaves in its queue is cleared now and then, also while such a task runs.
        let outer = pool.submit(move || {
            for _ in 0..100 {
                inner.spawn(suspend_once()).unwrap().result().unwrap();
                inner.submit(|| ()).unwrap().cancel();
            }
        });
        outer.unwrap().result().unwrap();
    }
}

#[test]
fn nested_waits_on_two_workers_end() {
    let pool = Arc::new(pool_of(2));
    let futures: Vec<_> = (0..4)
        .map(|_| {
            let inner = Arc::clone(&pool);
            pool.submit(move || tree(&inner, 6)).unwrap()
        })
        .collect();
    for future in futures {
        assert_eq!(future.result().unwrap(), 64);
    }
}

#[test]
fn a_task_that_is_waited_for_runs_on_the_waiting_worker() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let future = pool
        .submit(move || {
            let child = inner.submit(|| thread::current().id()).unwrap();
            drop(inner);
            child.result().unwrap() == thread::current().id()
        })
        .unwrap();
    assert!(future.result().unwrap());
}

#[test]
fn a_spare_worker_takes_the_place_of_one_that_waits() {
    let pool = Arc::new(pool_of(2));
    let inner = Arc::clone(&pool);
    let meet = Arc::new(Barrier::new(2));
    let (one, other) = (Arc::clone(&meet), meet);
    // The outer task waits for a task that runs and can only end when a third one runs too.
    let outer = pool
        .submit(move || {
            let (started, starts) = mpsc::channel();
            let running = inner
                .submit(move || {
                    started.send(()).unwrap();
                    one.wait();
                })
                .unwrap();
            starts.recv().unwrap();
            let third = inner
                .submit(move || {
                    other.wait();
                })
                .unwrap();
            drop(inner);
            running.result().unwrap();
            third.result().unwrap();
        })
        .unwrap();
    outer.result().unwrap();
}

#[test]
fn a_task_of_another_pool_is_waited_for_and_not_run_in_place() {
    let (here, there) = (pool_of(1), Arc::new(pool_of(1)));
    let future = here
        .submit(move || {
            let child = there.submit(|| thread::current().id()).unwrap();
            child.result().unwrap() != thread::current().id()
        })
        .unwrap();
    assert!(future.result().unwrap());
}

#[test]
fn a_long_chain_of_waits_does_not_exhaust_the_stack() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let chain = pool
        .submit(move || {
            let mut last = inner.submit(|| 0).unwrap();
            for _ in 0..2_000 {
                last = inner.submit(move || last.result().unwrap() + 1).unwrap();
            }
            drop(inner);
            last.result().unwrap()
        })
        .unwrap();
    assert_eq!(chain.result().unwrap(), 2_000);
}

#[test]
fn several_threads_may_wait_for_one_future() {
    let pool = pool_of(1);
    let first = crate::gate::occupy(&pool);
    let future = pool.submit(|| 5).unwrap();
    let about = Barrier::new(3);
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    about.wait();
                    future.exception().unwrap().is_none()
                })
            })
            .collect();
        about.wait();
        first.gate.open();
        for thread in waiting {
            assert!(thread.join().unwrap());
        }
    });
    assert_eq!(future.result().unwrap(), 5);
}
