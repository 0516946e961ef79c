use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use creel_runtime::{
    Rejected, ResultError, ShutdownError, Submission, TaskError, TaskFuture, ThreadPool,
};

use crate::bounded::bounded;
use crate::gate::{Gate, Occupied, occupy};
use crate::waker::CountingWaker;

/// A pool of one worker that is held, and whose queue of one place is taken.
struct Full {
    held: Occupied,
    queued: TaskFuture<()>,
    pool: ThreadPool,
}

fn full() -> Full {
    let pool = bounded(1);
    let held = occupy(&pool);
    let queued = pool.submit(|| ()).unwrap();
    Full { held, queued, pool }
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_with(future, Waker::noop())
}

fn poll_with<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

#[test]
fn nothing_is_queued_before_a_submission_is_polled_with_room() {
    let full = full();
    let mut submission = full.pool.submit_async(|| 5);
    assert!(full.queued.cancel());
    let Poll::Ready(Ok(future)) = poll(&mut submission) else {
        panic!("there is room")
    };
    full.held.gate.open();
    assert_eq!(future.result().unwrap(), 5);
}

#[test]
fn submissions_are_let_in_in_the_order_of_their_first_poll() {
    let full = full();
    let mut submissions = [1, 2, 3].map(|n| full.pool.submit_async(move || n));
    for submission in submissions.iter_mut().rev() {
        assert!(poll(submission).is_pending());
    }
    let mut last = full.queued.cancel();
    for next in [2, 1, 0] {
        assert!(last, "it was in the queue");
        for (other, submission) in submissions[..next].iter_mut().enumerate() {
            assert!(poll(submission).is_pending(), "{other} overtook {next}");
        }
        let Poll::Ready(Ok(future)) = poll(&mut submissions[next]) else {
            panic!("it is {next}'s turn")
        };
        last = future.cancel();
    }
}

#[test]
fn try_submit_does_not_overtake_those_who_wait() {
    let full = full();
    let mut waiting = full.pool.submit_async(|| ());
    assert!(poll(&mut waiting).is_pending());
    assert!(full.queued.cancel());
    assert!(matches!(
        full.pool.try_submit(|| ()),
        Err(Rejected::Full(_))
    ));
    assert!(matches!(poll(&mut waiting), Poll::Ready(Ok(_))));
}

/// Tells that it was dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_submission_that_is_dropped_leaves_the_line_or_gives_its_grant_on() {
    for granted in [false, true] {
        let full = full();
        let dropped = Arc::new(AtomicBool::new(false));
        let sentinel = Dropped(Arc::clone(&dropped));
        let mut first = full.pool.submit_async(move || drop(sentinel));
        let mut second = full.pool.submit_async(|| 2);
        let counter = Arc::new(CountingWaker::default());
        assert!(poll(&mut first).is_pending());
        assert!(poll_with(&mut second, &Waker::from(Arc::clone(&counter))).is_pending());
        if granted {
            assert!(full.queued.cancel());
            drop(first);
        } else {
            drop(first);
            assert_eq!(counter.count(), 0);
            assert!(full.queued.cancel());
        }
        assert!(dropped.load(Ordering::Relaxed), "its closure is dropped");
        assert_eq!(counter.count(), 1);
        let Poll::Ready(Ok(second)) = poll(&mut second) else {
            panic!("the second was granted the room")
        };
        full.held.gate.open();
        assert_eq!(second.result().unwrap(), 2);
    }
}

#[test]
fn a_grant_wakes_the_waker_of_the_last_poll_alone() {
    let full = full();
    let counters = [0; 2].map(|_| Arc::new(CountingWaker::default()));
    let mut waiting = full.pool.submit_async(|| ());
    for counter in &counters {
        assert!(poll_with(&mut waiting, &Waker::from(Arc::clone(counter))).is_pending());
    }
    assert!(full.queued.cancel());
    assert_eq!(counters.map(|counter| counter.count()), [0, 1]);
}

#[test]
fn a_shutdown_gives_every_waiting_closure_back() {
    let full = full();
    let counter = Arc::new(CountingWaker::default());
    let mut waiting: Vec<_> = (0..10)
        .map(|n| full.pool.submit_async(move || n.to_string()))
        .collect();
    for submission in &mut waiting {
        assert!(poll_with(submission, &Waker::from(Arc::clone(&counter))).is_pending());
    }
    assert_eq!(
        full.pool.shutdown_timeout(Duration::ZERO),
        Err(ShutdownError::TimedOut)
    );
    assert_eq!(counter.count(), 10);
    for (n, submission) in waiting.iter_mut().enumerate() {
        match poll(submission) {
            Poll::Ready(Err(Rejected::ShutDown(closure))) => assert_eq!(closure(), n.to_string()),
            other => panic!("{other:?}"),
        }
    }
    let mut late = full.pool.submit_async(|| ());
    assert!(matches!(
        poll(&mut late),
        Poll::Ready(Err(Rejected::ShutDown(_)))
    ));
}

#[test]
fn a_submission_can_be_awaited_on_any_runtime() {
    let pool = Arc::new(bounded(1));
    let inner = Arc::clone(&pool);
    let all = async move {
        let mut sum = 0;
        for n in 0..50 {
            let first = inner.submit_async(move || n).await.unwrap();
            let second = inner
                .task()
                .weight(1)
                .submit_async(move || n)
                .await
                .unwrap();
            let third = inner.submit_async(move || n).await.unwrap();
            sum += first.await.unwrap() + second.await.unwrap() + third.await.unwrap();
        }
        sum
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let expected = 3 * (0..50).sum::<i32>();
    assert_eq!(runtime.block_on(all), expected);
    let inner = Arc::clone(&pool);
    let last =
        futures_executor::block_on(async move { inner.submit_async(|| 7).await.unwrap().await });
    assert_eq!(last.unwrap(), 7);
    assert_eq!(pool.overdraft(), 0);
}

/// An async task of the pool that submits so many more, awaiting room for each, and then all of them.
fn producer(pool: &Arc<ThreadPool>, tasks: u64) -> TaskFuture<u64> {
    let inner = Arc::clone(pool);
    pool.spawn(async move {
        let mut futures = Vec::new();
        for n in 0..tasks {
            futures.push(inner.submit_async(move || n).await.unwrap());
        }
        drop(inner);
        let mut sum = 0;
        for future in futures {
            sum += future.await.unwrap();
        }
        sum
    })
    .unwrap()
}

#[test]
fn a_pool_whose_every_task_awaits_room_goes_on_within_its_capacity() {
    let pool = Arc::new(bounded(1));
    let producers: Vec<_> = (0..5).map(|_| producer(&pool, 20)).collect();
    for producer in producers {
        assert_eq!(producer.result().unwrap(), 190);
    }
    assert_eq!(pool.overdraft(), 0);
}

#[test]
fn a_task_that_awaits_room_goes_on_while_its_pool_drains() {
    let pool = Arc::new(bounded(1));
    let held = occupy(&pool);
    let producer = producer(&pool, 100);
    assert_eq!(
        pool.shutdown_timeout(Duration::ZERO),
        Err(ShutdownError::TimedOut)
    );
    held.gate.open();
    pool.shutdown().unwrap();
    assert_eq!(producer.result().unwrap(), 4_950);
    assert_eq!(pool.overdraft(), 0, "it waited for room all the same");
}

#[test]
fn a_task_that_awaits_room_is_cancelled_with_its_pool() {
    let pool = Arc::new(bounded(1));
    let inner = Arc::clone(&pool);
    let gate = Gate::closed();
    let held = gate.clone();
    let (running, runs) = mpsc::channel();
    let waiting = pool
        .spawn(async move {
            let first = inner.submit_async(move || {
                running.send(()).unwrap();
                held.pass();
            });
            let _held = first.await.unwrap();
            let second = inner.submit_async(|| panic!("nobody runs this"));
            drop(inner);
            second.await.map(drop)
        })
        .unwrap();
    // The only worker is held by the first; the task is suspended, or was woken and cannot be polled.
    runs.recv().unwrap();
    waiting.add_done_callback(move |_| gate.open());
    assert_eq!(pool.shutdown_now(), Ok(1));
    assert!(matches!(
        waiting.result(),
        Err(ResultError::Task(TaskError::Cancelled))
    ));
}

#[test]
fn whoever_still_waits_when_the_pool_has_ended_gets_the_closure_back() {
    let pool = Arc::new(bounded(1));
    let inner = Arc::clone(&pool);
    let (filled, full) = mpsc::channel();
    let (ahead, is_ahead) = mpsc::channel();
    let (submissions, inside) = mpsc::channel();
    let counter = Arc::new(CountingWaker::default());
    let waker = Waker::from(Arc::clone(&counter));
    let task = pool.spawn(async move {
        let queued = inner.submit(|| ()).unwrap();
        filled.send(()).unwrap();
        is_ahead.recv().unwrap();
        let mut submission = inner.submit_async(|| 6);
        assert!(poll_with(&mut submission, &waker).is_pending());
        submissions.send((queued, submission)).unwrap();
    });
    full.recv().unwrap();
    let mut granted = pool.submit_async(|| 5);
    assert!(poll(&mut granted).is_pending());
    ahead.send(()).unwrap();
    // It stays in line while the pool drains, behind one that has room and does not use it.
    let (queued, mut submission) = inside.recv().unwrap();
    task.unwrap().result().unwrap();
    queued.result().unwrap();
    pool.shutdown().unwrap();
    assert_eq!(counter.count(), 1);
    assert!(matches!(
        poll(&mut submission),
        Poll::Ready(Err(Rejected::ShutDown(_)))
    ));
    assert!(matches!(
        poll(&mut granted),
        Poll::Ready(Err(Rejected::ShutDown(_)))
    ));
}

#[test]
fn a_closure_that_blocks_on_a_submission_to_its_own_pool_exceeds_the_capacity() {
    let pool = Arc::new(bounded(1));
    let inner = Arc::clone(&pool);
    let outer = pool
        .submit(move || {
            let futures = futures_executor::block_on(async {
                let mut futures = Vec::new();
                for n in 0..5 {
                    futures.push(inner.submit_async(move || n).await.unwrap());
                }
                futures
            });
            drop(inner);
            futures
                .into_iter()
                .map(|future| future.result().unwrap())
                .sum::<i32>()
        })
        .unwrap();
    assert_eq!(outer.result().unwrap(), 10);
    assert_eq!(pool.overdraft(), 4);
}

#[test]
fn a_submission_that_waited_elsewhere_does_not_hold_up_the_closure_that_blocks_on_it() {
    let pool = Arc::new(bounded(1));
    let (submissions, next) = mpsc::channel::<Submission<fn() -> i32>>();
    let (running, runs) = mpsc::channel();
    let blocking = pool
        .submit(move || {
            running.send(()).unwrap();
            futures_executor::block_on(next.recv().unwrap()).unwrap()
        })
        .unwrap();
    runs.recv().unwrap();
    let queued = pool.submit(|| 1).unwrap();
    let mut submission = pool.submit_async((|| 2) as fn() -> i32);
    assert!(poll(&mut submission).is_pending());
    submissions.send(submission).unwrap();
    assert_eq!(blocking.result().unwrap().result().unwrap(), 2);
    assert_eq!(queued.result().unwrap(), 1);
    assert_eq!(pool.overdraft(), 1);
}

#[test]
fn a_submission_outlives_its_pool_and_gives_the_closure_back() {
    let pool = bounded(1);
    let mut submission = pool.submit_async(|| 4);
    drop(pool);
    match poll(&mut submission) {
        Poll::Ready(Err(Rejected::ShutDown(closure))) => assert_eq!(closure(), 4),
        other => panic!("{other:?}"),
    }
}
