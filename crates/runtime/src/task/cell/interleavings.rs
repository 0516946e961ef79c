//! Every interleaving of two threads on one task, by loom.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use creel_core::Run;
use creel_core::ledger::Event;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use crate::error::{ResultError, TaskError};
use crate::future::TaskFuture;
use crate::park::Unparker;
use crate::pool::Book;
use crate::task::Task;
use crate::task::cell::Requeue;
use crate::task::home::{Home, Host, Left};

/// Counts how often it is dropped, in the model's own atomics.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn counter() -> Arc<AtomicUsize> {
    Arc::new(AtomicUsize::new(0))
}

#[test]
fn a_task_runs_or_is_cancelled_never_both() {
    loom::model(|| {
        let (runs, drops) = (counter(), counter());
        let (ran, body) = (Arc::clone(&runs), Counted(Arc::clone(&drops)));
        let (task, future) = Task::from_closure(move || {
            let _body = body;
            ran.fetch_add(1, Ordering::Relaxed);
        });
        let worker = thread::spawn(move || task.run());
        let cancelled = future.cancel();
        if cancelled {
            assert_eq!(
                drops.load(Ordering::Relaxed),
                1,
                "the canceller dropped the body"
            );
        }
        let outcome = future.result();
        assert_eq!(
            cancelled,
            matches!(outcome, Err(ResultError::Task(TaskError::Cancelled)))
        );
        worker.join().unwrap();
        assert_eq!(runs.load(Ordering::Relaxed), usize::from(!cancelled));
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_task_that_two_threads_start_runs_once() {
    loom::model(|| {
        let runs = counter();
        let ran = Arc::clone(&runs);
        let (task, future) = Task::from_closure(move || {
            ran.fetch_add(1, Ordering::Relaxed);
        });
        let waiter = task.cell().clone();
        let worker = thread::spawn(move || task.run());
        waiter.run(None);
        future.result().unwrap();
        worker.join().unwrap();
        assert_eq!(runs.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_waiting_thread_is_woken_and_sees_the_value() {
    loom::model(|| {
        let (task, future) = Task::from_closure(|| Box::new(7));
        let worker = thread::spawn(move || task.run());
        assert_eq!(*future.result().unwrap(), 7);
        worker.join().unwrap();
    });
}

#[test]
fn a_waiting_thread_is_woken_by_a_cancel() {
    loom::model(|| {
        let (task, future) = Task::from_closure(|| ());
        let cell = task.cell().clone();
        let canceller = thread::spawn(move || cell.cancel());
        assert!(matches!(
            future.result(),
            Err(ResultError::Task(TaskError::Cancelled))
        ));
        assert!(canceller.join().unwrap());
        drop(task);
    });
}

#[test]
fn whoever_awaits_is_woken_and_sees_the_value() {
    loom::model(|| {
        let (task, mut future) = Task::from_closure(|| Box::new(7));
        let worker = thread::spawn(move || task.run());
        let thread = Unparker::current();
        let waker = thread.waker();
        let outcome = loop {
            let mut context = Context::from_waker(&waker);
            match Pin::new(&mut future).poll(&mut context) {
                Poll::Ready(outcome) => break outcome,
                Poll::Pending => thread.park_once(),
            }
        };
        assert_eq!(*outcome.unwrap(), 7);
        worker.join().unwrap();
    });
}

#[test]
fn a_request_to_stop_reaches_whoever_registers_meanwhile() {
    loom::model(|| {
        let (task, future) = Task::from_closure(|| ());
        let context = task.cell().context(task.cell().clone());
        let canceller = thread::spawn(move || future.request_cancel());
        let thread = Unparker::current();
        context.on_cancel(&thread.waker());
        thread.park_once();
        assert!(context.is_cancelled());
        assert!(canceller.join().unwrap());
        drop(task);
    });
}

#[test]
fn two_threads_that_wait_for_one_future_are_both_woken() {
    // Three threads have very many interleavings.
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let (task, future) = Task::from_closure(|| 7);
        let future = Arc::new(future);
        let other = {
            let future = Arc::clone(&future);
            thread::spawn(move || future.exception().unwrap().is_none())
        };
        let worker = thread::spawn(move || task.run());
        assert!(future.exception().unwrap().is_none());
        assert!(other.join().unwrap());
        worker.join().unwrap();
    });
}

#[test]
fn a_callback_runs_once_and_before_the_value_can_be_taken() {
    loom::model(|| {
        let calls = counter();
        let (task, future) = Task::from_closure(|| 7);
        let worker = thread::spawn(move || task.run());
        let called = Arc::clone(&calls);
        future.add_done_callback(move |outcome| {
            assert_eq!(outcome.unwrap(), &7);
            called.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(future.result().unwrap(), 7);
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        worker.join().unwrap();
    });
}

#[test]
fn a_value_is_dropped_once_when_the_handle_goes_at_any_moment() {
    loom::model(|| {
        let drops = counter();
        let value = Counted(Arc::clone(&drops));
        let (task, future) = Task::from_closure(move || value);
        let worker = thread::spawn(move || task.run());
        drop(future);
        worker.join().unwrap();
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

/// A future that is ready once a flag is set, and gives its waker away before it looks.
fn ready_when(
    flag: Arc<AtomicUsize>,
    gives: Arc<std::sync::Mutex<Option<Waker>>>,
) -> impl Future<Output = ()> + Send {
    std::future::poll_fn(move |context: &mut Context<'_>| {
        *gives.lock().unwrap() = Some(context.waker().clone());
        if flag.load(Ordering::Acquire) == 1 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
}

#[test]
fn a_wake_during_a_poll_is_never_lost() {
    loom::model(|| {
        let flag = counter();
        let given = Arc::new(std::sync::Mutex::new(None));
        let (task, future) = Task::from_future(ready_when(Arc::clone(&flag), Arc::clone(&given)));
        // The first poll gives the waker away; the wake then meets the second one.
        task.run();
        let waker = given.lock().unwrap().take().unwrap();
        let again = waker.clone();
        let poller = thread::spawn(move || again.wake());
        flag.store(1, Ordering::Release);
        waker.wake();
        poller.join().unwrap();
        check_ready(future);
    });
}

#[test]
fn a_suspended_task_is_cancelled_or_polled_never_both() {
    loom::model(|| {
        let flag = counter();
        let given = Arc::new(std::sync::Mutex::new(None));
        let (task, future) = Task::from_future(ready_when(Arc::clone(&flag), Arc::clone(&given)));
        task.run();
        flag.store(1, Ordering::Release);
        let waker = given.lock().unwrap().take().unwrap();
        let poller = thread::spawn(move || waker.wake());
        let cancelled = future.cancel();
        poller.join().unwrap();
        let outcome = future.result();
        assert_eq!(
            cancelled,
            matches!(outcome, Err(ResultError::Task(TaskError::Cancelled)))
        );
    });
}

/// An executor with a ledger, which gives up what is queued again.
struct Counting(Book);

impl Host for Counting {
    fn requeue(&self, task: Task, _how: Requeue) {
        drop(task);
    }

    fn adopt(self: Arc<Self>, task: Task) {
        drop(task);
    }

    fn count(&self, event: Event) {
        self.0.count(event);
    }

    fn left_queue(&self, _left: Left, _weight: u64) {}

    fn ended(&self, _ticket: Option<usize>) {}

    fn pool(&self) -> usize {
        usize::MAX
    }
}

/// A collection of a ledger reads every count, so a model of it has many steps.
fn model_with_ledger(run: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.max_branches = 10_000;
    model.check(run);
}

#[test]
fn a_wake_that_races_a_cancel_leaves_the_ledger_right_at_every_instant() {
    model_with_ledger(|| {
        let host = Arc::new(Counting(Book::new(1)));
        let given = Arc::new(std::sync::Mutex::new(None));
        let (task, future) = Task::from_future(ready_when(counter(), Arc::clone(&given)));
        host.0.count(Event::Submitted);
        task.bind(Home::host_of(host.clone(), None));
        task.run_on_worker(&host.0.pen(0));
        let waker = given.lock().unwrap().take().unwrap();
        let queuer = thread::spawn(move || waker.wake());
        let cancelled = future.cancel();
        let ledger = host.0.ledger();
        assert!(ledger.adds_up());
        if cancelled {
            assert_eq!((ledger.cancelled, ledger.live()), (1, 0));
        }
        queuer.join().unwrap();
        assert_eq!(host.0.ledger().cancelled, 1);
    });
}

fn check_ready(future: TaskFuture<()>) {
    assert!(future.done(), "a wake was lost");
    future.result().unwrap();
}
