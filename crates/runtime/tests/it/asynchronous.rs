use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::marker::PhantomPinned;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

use creel_core::{Executor, Run};
use creel_runtime::{Inline, ResultError, State, Task, TaskError, TaskFuture};

use crate::gate::{occupy, pool_of};
use crate::waker::CountingWaker;

/// A future that gives its waker to the test at each poll and is ready when told so.
struct Parked {
    wakers: mpsc::Sender<Waker>,
    ready: mpsc::Receiver<i32>,
}

impl Future for Parked {
    type Output = i32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<i32> {
        if let Ok(value) = self.ready.try_recv() {
            return Poll::Ready(value);
        }
        self.wakers.send(context.waker().clone()).unwrap();
        Poll::Pending
    }
}

fn parked() -> (Parked, mpsc::Receiver<Waker>, mpsc::Sender<i32>) {
    let (wakers, woken) = mpsc::channel();
    let (sets, ready) = mpsc::channel();
    (Parked { wakers, ready }, woken, sets)
}

/// Waits until the task is suspended; the poll that gave the waker away may still be ending.
fn wait_until_suspended<T>(pool: &creel_runtime::ThreadPool, future: &TaskFuture<T>) {
    while future.state() != State::Suspended {
        // A task of its own is an event that the only worker reaches after the poll.
        pool.submit(|| ()).unwrap().result().unwrap();
    }
}

#[test]
fn a_task_future_can_be_awaited_by_other_runtimes() {
    let pool = pool_of(1);
    let on_futures = pool.submit(|| 1).unwrap();
    assert_eq!(futures_executor::block_on(on_futures).unwrap(), 1);
    let on_tokio = pool.submit(|| 2).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    assert_eq!(runtime.block_on(on_tokio).unwrap(), 2);
    let on_smol = pool.submit(|| 4).unwrap();
    assert_eq!(smol::block_on(smol::spawn(on_smol)).unwrap(), 4);
    let on_itself = pool.submit(|| 3).unwrap();
    assert_eq!(
        pool.spawn(async { on_itself.await.unwrap() })
            .unwrap()
            .result()
            .unwrap(),
        3
    );
}

#[test]
fn an_awaiting_task_is_woken_by_a_panic_and_by_a_cancel() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let panics = pool.submit(|| panic!("torn")).unwrap();
    let cancelled = pool.submit(|| ()).unwrap();
    let mut cancelled = pin!(cancelled);
    let counter = Arc::new(CountingWaker::default());
    let waker = Waker::from(Arc::clone(&counter));
    assert!(
        cancelled
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    assert!(cancelled.cancel());
    assert_eq!(counter.count(), 1, "woken before cancel returned");
    let outcome = cancelled.poll(&mut Context::from_waker(&waker));
    assert!(matches!(outcome, Poll::Ready(Err(TaskError::Cancelled))));
    first.gate.open();
    let outcome = futures_executor::block_on(panics);
    assert!(matches!(outcome, Err(TaskError::Panicked(_))));
}

#[test]
fn a_suspended_task_frees_its_worker_and_counts_as_running() {
    let pool = pool_of(1);
    let (body, wakers, ready) = parked();
    let future = pool.spawn(body).unwrap();
    let waker = wakers.recv().unwrap();
    wait_until_suspended(&pool, &future);
    assert!(future.running());
    ready.send(21).unwrap();
    waker.wake();
    assert_eq!(future.result().unwrap(), 21);
}

#[test]
fn a_wake_during_a_poll_is_never_lost() {
    let pool = pool_of(2);
    let mut polls = 0;
    let future = pool
        .spawn(poll_fn(move |context| {
            polls += 1;
            context.waker().wake_by_ref();
            if polls == 1_000 {
                Poll::Ready(polls)
            } else {
                Poll::Pending
            }
        }))
        .unwrap();
    assert_eq!(future.result().unwrap(), 1_000);
}

#[test]
fn a_task_that_wakes_itself_lets_others_go_first() {
    let pool = pool_of(1);
    let stop = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&stop);
    let endless = pool
        .spawn(poll_fn(move |context| {
            context.waker().wake_by_ref();
            if seen.load(Ordering::Acquire) == 1 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }))
        .unwrap();
    pool.submit(move || stop.store(1, Ordering::Release))
        .unwrap()
        .result()
        .unwrap();
    endless.result().unwrap();
}

/// A future that must not be moved once it was polled; it tells where it is at each poll and when it is dropped.
struct Fixed<const SIZE: usize> {
    polls: Cell<usize>,
    places: mpsc::Sender<usize>,
    _load: [u8; SIZE],
    _pinned: PhantomPinned,
}

impl<const SIZE: usize> Fixed<SIZE> {
    /// Is ready at that poll.
    fn new(polls: usize) -> (Self, mpsc::Receiver<usize>) {
        let (places, told) = mpsc::channel();
        let fixed = Self {
            polls: Cell::new(polls),
            places,
            _load: [0; SIZE],
            _pinned: PhantomPinned,
        };
        (fixed, told)
    }

    fn tell_place(&self) {
        self.places.send(std::ptr::from_ref(self).addr()).unwrap();
    }
}

impl<const SIZE: usize> Future for Fixed<SIZE> {
    type Output = [usize; SIZE];

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.tell_place();
        self.polls.set(self.polls.get() - 1);
        if self.polls.get() == 0 {
            return Poll::Ready([7; SIZE]);
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<const SIZE: usize> Drop for Fixed<SIZE> {
    fn drop(&mut self) {
        self.tell_place();
    }
}

#[test]
fn a_future_stays_where_it_was_polled_first_until_it_is_dropped() {
    fn check<const SIZE: usize>() {
        let pool = pool_of(1);
        let (fixed, places) = Fixed::<SIZE>::new(3);
        let future = pool.spawn(fixed).unwrap();
        assert_eq!(future.result().unwrap(), [7; SIZE]);
        let places: Vec<_> = places.into_iter().collect();
        assert_eq!(places, [places[0]; 4], "three polls and the drop");

        let (fixed, places) = Fixed::<SIZE>::new(usize::MAX);
        let future = pool.spawn(fixed).unwrap();
        let first = places.recv().unwrap();
        drop(pool);
        assert!(future.cancelled());
        assert!(places.into_iter().all(|place| place == first));
    }
    check::<1>();
    // What is large has memory of its own.
    check::<2_000>();
}

#[test]
fn a_suspended_task_can_be_cancelled_and_is_never_polled_again() {
    let pool = pool_of(1);
    let (body, wakers, ready) = parked();
    let future = pool.spawn(body).unwrap();
    let waker = wakers.recv().unwrap();
    wait_until_suspended(&pool, &future);
    assert!(future.cancel());
    // The body was dropped by the canceller: its receiver is gone.
    assert!(ready.send(1).is_err());
    waker.wake();
    pool.submit(|| ()).unwrap().result().unwrap();
    assert!(wakers.try_recv().is_err());
    assert!(matches!(
        future.result(),
        Err(ResultError::Task(TaskError::Cancelled))
    ));
}

#[test]
fn a_cancel_in_the_middle_of_a_poll_ends_the_task_after_it() {
    let pool = pool_of(1);
    let (entered, enters) = mpsc::channel();
    let (leave, leaves) = mpsc::channel::<()>();
    let future = pool
        .spawn(poll_fn(move |_| {
            entered.send(()).unwrap();
            leaves.recv().unwrap();
            Poll::<()>::Pending
        }))
        .unwrap();
    enters.recv().unwrap();
    assert!(!future.cancel());
    leave.send(()).unwrap();
    assert!(matches!(
        future.result(),
        Err(ResultError::Task(TaskError::Cancelled))
    ));
}

#[test]
fn dropping_the_pool_ends_suspended_tasks_also_those_that_suspend_later() {
    let pool = pool_of(1);
    let (suspended_body, wakers, _ready) = parked();
    let suspended = pool.spawn(suspended_body).unwrap();
    let _waker = wakers.recv().unwrap();
    let first = occupy(&pool);
    let (queued_body, _later_wakers, _later_ready) = parked();
    let queued = pool.spawn(queued_body).unwrap();
    first.gate.open();
    drop(pool);
    assert!(matches!(
        suspended.result(),
        Err(ResultError::Task(TaskError::Cancelled))
    ));
    assert!(matches!(
        queued.result(),
        Err(ResultError::Task(TaskError::Cancelled))
    ));
}

#[test]
fn shutdown_waits_for_suspended_tasks() {
    let pool = pool_of(1);
    let (body, wakers, ready) = parked();
    let future = pool.spawn(body).unwrap();
    let waker = wakers.recv().unwrap();
    thread::scope(|scope| {
        let closing = scope.spawn(|| pool.shutdown());
        while pool.submit(|| ()).is_ok() {}
        ready.send(6).unwrap();
        waker.wake();
        closing.join().unwrap().unwrap();
    });
    assert_eq!(future.result().unwrap(), 6);
}

#[test]
fn shutdown_now_cancels_suspended_tasks() {
    let pool = pool_of(1);
    let (body, wakers, _ready) = parked();
    let future = pool.spawn(body).unwrap();
    let _waker = wakers.recv().unwrap();
    wait_until_suspended(&pool, &future);
    assert_eq!(pool.shutdown_now().unwrap(), 1);
    assert!(matches!(
        future.result(),
        Err(ResultError::Task(TaskError::Cancelled))
    ));
}

#[test]
fn a_task_given_through_the_port_runs_and_one_that_is_dropped_is_abandoned() {
    let pool = pool_of(1);
    let (task, future) = Task::from_closure(|| 5);
    pool.execute(task).unwrap();
    assert_eq!(future.result().unwrap(), 5);
    let (task, future) = Task::from_closure(|| 5);
    drop(task);
    assert!(matches!(
        future.result(),
        Err(ResultError::Task(TaskError::Abandoned(_)))
    ));
    let (task, future) = Task::from_future(async { 6 });
    pool.execute(task).unwrap();
    assert_eq!(future.result().unwrap(), 6);
}

#[test]
fn inline_runs_a_task_at_once_and_an_async_one_where_it_is_woken() {
    let (task, future) = Task::from_closure(|| thread::current().id());
    Inline.execute(task).unwrap();
    assert!(future.done());
    assert_eq!(future.result().unwrap(), thread::current().id());
    let (body, wakers, ready) = parked();
    let (task, future) = Task::from_future(body);
    task.run();
    assert_eq!(future.state(), State::Suspended);
    ready.send(8).unwrap();
    wakers.recv().unwrap().wake();
    assert_eq!(future.result().unwrap(), 8);
}

#[test]
fn a_suspended_task_that_nobody_can_wake_ends_as_cancelled() {
    let pool = pool_of(1);
    let (told, tells) = mpsc::channel();
    let first = occupy(&pool);
    let orphan = pool.spawn(std::future::pending::<()>()).unwrap();
    orphan.add_done_callback(move |outcome| {
        told.send(matches!(outcome, Err(TaskError::Cancelled)))
            .unwrap();
    });
    drop(orphan);
    first.gate.open();
    assert!(tells.recv().unwrap());
    pool.shutdown().unwrap();
}

#[test]
fn a_task_that_was_cancelled_before_it_was_executed_leaves_nothing_behind() {
    let pool = creel_runtime::ThreadPool::builder()
        .max_workers(1)
        .queue_capacity(1)
        .build()
        .unwrap();
    let (task, future) = Task::from_future(async {});
    assert!(future.cancel());
    pool.execute(task).unwrap();
    let (task, future) = Task::from_closure(|| ());
    assert!(future.cancel());
    pool.execute(task).unwrap();
    let _first = occupy(&pool);
    assert!(
        pool.try_submit(|| ()).is_ok(),
        "its place in the queue came back"
    );
}

#[test]
fn cancelling_a_task_that_owns_its_pool_ends_both() {
    let pool = Arc::new(pool_of(1));
    let owner = Arc::clone(&pool);
    let (body, wakers, _ready) = parked();
    let future = pool
        .spawn(async move {
            let _owner = owner;
            body.await
        })
        .unwrap();
    let _waker = wakers.recv().unwrap();
    wait_until_suspended(&pool, &future);
    drop(pool);
    assert!(future.cancel());
}

#[test]
fn inline_runs_a_task_that_yields_a_million_times() {
    let mut polls = 0;
    let (task, future) = Task::from_future(poll_fn(move |context| {
        polls += 1;
        context.waker().wake_by_ref();
        if polls == 1_000_000 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }));
    Inline.execute(task).unwrap();
    future.result().unwrap();
}

#[test]
fn a_cancel_during_a_poll_wakes_whoever_registered() {
    let pool = pool_of(1);
    let counter = Arc::new(CountingWaker::default());
    let waker = Waker::from(Arc::clone(&counter));
    let (entered, enters) = mpsc::channel();
    let (leave, leaves) = mpsc::channel::<()>();
    let future = pool
        .spawn(poll_fn(move |_| {
            creel_runtime::context().on_cancel(&waker);
            entered.send(()).unwrap();
            leaves.recv().unwrap();
            Poll::<()>::Pending
        }))
        .unwrap();
    enters.recv().unwrap();
    assert!(!future.cancel());
    assert_eq!(counter.count(), 1);
    leave.send(()).unwrap();
    assert!(future.result().is_err());
    assert_eq!(
        Arc::strong_count(&counter),
        1,
        "nothing holds the waker any more"
    );
}
