//! Tasks that go on with the value of another.

use std::future::{pending, poll_fn, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread;

use creel_core::{Executor, Run};
use creel_runtime::{
    Abandoned, Inline, ResultError, State, Task, TaskError, TaskFuture, ThreadPool, WaitError,
};
use futures_executor::block_on;

use crate::gate::{occupy, pool_of};

fn error_of<T>(future: TaskFuture<T>) -> TaskError {
    match future.result() {
        Err(ResultError::Task(error)) => error,
        _ => panic!("it has an error"),
    }
}

#[test]
fn a_map_runs_on_the_pool_with_the_value_of_the_task_before() {
    let pool = pool_of(1);
    let worker = pool.submit(|| thread::current().id()).unwrap();
    let mapped = worker.map(|before| before == thread::current().id());
    assert!(mapped.result().unwrap());
}

#[test]
fn a_map_is_pending_until_the_task_before_is_done() {
    let pool = pool_of(1);
    let held = occupy(&pool);
    let mapped = pool.submit(|| 1).unwrap().map(|one| one + 1);
    assert_eq!(mapped.state(), State::Pending);
    drop(held);
    assert_eq!(mapped.result().unwrap(), 2);
}

#[test]
fn a_map_of_a_future_that_is_done_runs_as_well() {
    let pool = pool_of(1);
    let future = pool.submit(|| 1).unwrap();
    future.wait().unwrap();
    assert_eq!(future.map(|one| one + 1).result().unwrap(), 2);
}

#[test]
fn a_then_polls_the_future_that_it_was_given() {
    let pool = pool_of(1);
    let inner = Arc::new(pool_of(1));
    let chained = pool
        .submit(|| 20)
        .unwrap()
        .then(move |twenty| inner.submit(move || twenty + 1).unwrap());
    assert_eq!(chained.result().unwrap().unwrap(), 21);
    let ready = pool.submit(|| 20).unwrap().then(|twenty| ready(twenty + 2));
    assert_eq!(block_on(ready).unwrap(), 22);
}

#[test]
fn a_panic_passes_through_a_chain_to_its_end_and_no_function_of_it_runs() {
    let pool = pool_of(2);
    let calls = Arc::new(AtomicUsize::new(0));
    let (one, other) = (Arc::clone(&calls), Arc::clone(&calls));
    let last = pool
        .submit(|| -> u32 { panic!("at the root") })
        .unwrap()
        .map(move |_| one.fetch_add(1, Ordering::Relaxed))
        .then(move |_| {
            other.fetch_add(1, Ordering::Relaxed);
            ready(())
        });
    last.wait().unwrap();
    assert_eq!(last.state(), State::Panicked);
    match error_of(last) {
        TaskError::Panicked(panic) => assert_eq!(panic.message(), "at the root"),
        other => panic!("{other}"),
    }
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}

#[test]
fn cancelling_a_continuation_leaves_the_task_before_alone() {
    let pool = pool_of(1);
    let held = occupy(&pool);
    let (ran, runs) = mpsc::channel();
    let mapped = pool
        .submit(move || ran.send(()).unwrap())
        .unwrap()
        .map(|()| 1);
    assert!(mapped.cancel());
    drop(held);
    runs.recv().unwrap();
}

#[test]
fn cancelling_a_continuation_asks_the_task_before_to_stop_if_that_was_wanted() {
    let pool = pool_of(1);
    let held = occupy(&pool);
    let (ran, runs) = mpsc::channel::<()>();
    let mapped = pool
        .submit(move || ran.send(()).unwrap())
        .unwrap()
        .cancel_on_drop()
        .map(|()| 1);
    assert!(mapped.cancel());
    drop(held);
    assert!(runs.recv().is_err(), "the task before was dropped unrun");
}

#[test]
fn an_error_passes_through_a_chain_of_any_length() {
    let pool = pool_of(1);
    let held = occupy(&pool);
    let first = pool.submit(|| 0_u64).unwrap();
    let mut last = first.map(|number| number);
    for _ in 0..20_000 {
        last = last.map(|number| number + 1);
    }
    // Only the queue knows the first one; the pool cancels it.
    let ended = thread::spawn(move || pool.shutdown_now().unwrap());
    last.add_done_callback(move |_| drop(held));
    assert!(matches!(error_of(last), TaskError::Cancelled));
    assert_eq!(ended.join().unwrap(), 1);
}

#[test]
fn values_pass_through_a_chain_of_any_length() {
    let pool = pool_of(2);
    let mut last = pool.submit(|| 0_u64).unwrap();
    for _ in 0..20_000 {
        last = last.map(|number| number + 1);
    }
    assert_eq!(last.result().unwrap(), 20_000);
}

#[test]
fn a_draining_pool_runs_what_continues_its_tasks() {
    let pool = pool_of(1);
    let held = occupy(&pool);
    let mapped = pool.submit(|| 1).unwrap().map(|one| one + 1);
    let chained = pool.submit(|| 1).unwrap().then(|one| ready(one + 2));
    let (dropping, drops) = mpsc::channel();
    let dropped = thread::spawn(move || {
        dropping.send(()).unwrap();
        drop(pool);
    });
    drops.recv().unwrap();
    drop(held);
    dropped.join().unwrap();
    assert_eq!(
        (mapped.result().unwrap(), chained.result().unwrap()),
        (2, 3)
    );
}

#[test]
fn what_continues_a_task_of_a_pool_that_has_ended_is_abandoned() {
    let pool = pool_of(1);
    let future = pool.submit(|| 1).unwrap();
    pool.shutdown().unwrap();
    let (dropped, left) = (future.map(|one| one + 1), pool);
    assert!(matches!(
        error_of(dropped),
        TaskError::Abandoned(Abandoned::ShutDown)
    ));
    drop(left);
}

#[test]
fn a_continuation_exceeds_the_capacity_rather_than_wait() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .queue_capacity(1)
        .build()
        .unwrap();
    let held = occupy(&pool);
    let mapped = pool.submit(|| 1).unwrap().map(|one| one + 1);
    drop(held);
    assert_eq!(mapped.result().unwrap(), 2);
    // Every place was given back.
    pool.try_submit(|| ()).unwrap().result().unwrap();
}

#[test]
fn a_worker_that_waits_for_a_continuation_runs_the_task_before_in_place() {
    let pool = Arc::new(
        ThreadPool::builder()
            .max_workers(1)
            .max_spares(0)
            .build()
            .unwrap(),
    );
    let inner = Arc::clone(&pool);
    let outer = pool
        .submit(move || {
            let here = thread::current().id();
            let child = inner
                .submit(move || here == thread::current().id())
                .unwrap()
                .map(move |before| before && here == thread::current().id());
            drop(inner);
            child.result().unwrap()
        })
        .unwrap();
    assert!(outer.result().unwrap());
}

#[test]
fn a_task_that_waits_for_its_own_continuation_gets_an_error() {
    let pool = pool_of(2);
    let (give, given) = mpsc::channel::<TaskFuture<u32>>();
    let (said, says) = mpsc::channel();
    let first = pool
        .submit(move || {
            let next = given.recv().unwrap();
            let waited = next.result();
            said.send(matches!(
                waited,
                Err(ResultError::Wait(WaitError::Deadlock(_), _))
            ))
            .unwrap();
            1
        })
        .unwrap();
    give.send(first.map(|one| one + 1)).unwrap();
    assert!(says.recv().unwrap());
}

#[test]
fn without_an_executor_a_continuation_runs_where_the_task_before_ends() {
    let (task, future) = Task::from_closure(|| thread::current().id());
    let mapped = future.map(|before| before == thread::current().id());
    let chained = mapped.then(ready).map(|same| same);
    Inline.execute(task).unwrap();
    assert!(chained.done());
    assert!(chained.result().unwrap());
}

#[test]
fn dropping_a_future_that_cancels_on_drop_cancels_its_task() {
    let pool = pool_of(1);
    let held = occupy(&pool);
    let (ran, runs) = mpsc::channel::<()>();
    let future = pool
        .submit(move || ran.send(()).unwrap())
        .unwrap()
        .cancel_on_drop();
    drop(future);
    assert!(runs.recv().is_err(), "the body was dropped unrun");
    drop(held);
}

#[test]
fn dropping_a_future_that_cancels_on_drop_asks_a_body_that_runs_to_stop() {
    let pool = pool_of(1);
    let (running, runs) = mpsc::channel();
    let (stopped, stops) = mpsc::channel();
    let future = pool
        .submit(move || {
            running.send(()).unwrap();
            let context = creel_runtime::context();
            block_on(poll_fn(|polling| {
                context.on_cancel(polling.waker());
                match context.is_cancelled() {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            }));
            stopped.send(()).unwrap();
        })
        .unwrap()
        .cancel_on_drop();
    runs.recv().unwrap();
    drop(future);
    stops.recv().unwrap();
}

#[test]
fn a_shared_future_gives_its_value_to_threads_and_to_those_who_await_it() {
    let pool = pool_of(1);
    let held = occupy(&pool);
    let shared = pool.submit(|| String::from("once")).unwrap().shared();
    let waiting: Vec<_> = (0..4)
        .map(|place| {
            let shared = shared.clone();
            thread::spawn(move || match place % 2 {
                0 => shared.result().unwrap(),
                _ => block_on(shared).unwrap(),
            })
        })
        .collect();
    drop(held);
    for thread in waiting {
        assert_eq!(thread.join().unwrap(), "once");
    }
    assert_eq!(shared.with(String::len).unwrap(), 4);
}

#[test]
fn a_shared_future_shows_the_error_to_everybody() {
    let pool = pool_of(1);
    let shared = pool.submit(|| panic!("no")).unwrap().shared();
    let errors = [shared.clone(), shared]
        .map(|shared: creel_runtime::SharedFuture<()>| shared.result().unwrap_err().to_string());
    assert_eq!(errors, ["the task panicked: no"; 2]);
}

#[test]
fn the_value_of_a_shared_future_is_dropped_with_its_last_clone() {
    let pool = pool_of(1);
    let value = Arc::new(());
    let inner = Arc::clone(&value);
    let shared = pool.submit(move || inner).unwrap().shared();
    let last = shared.clone();
    last.wait().unwrap();
    drop(shared);
    assert_eq!(Arc::strong_count(&value), 2);
    drop(last);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn many_tasks_continue_a_shared_future_and_see_its_value() {
    let pool = pool_of(2);
    let held = occupy(&pool);
    let shared = pool.submit(|| String::from("three")).unwrap().shared();
    let before = shared.map(String::len);
    let panicking = pool.submit(|| -> u8 { panic!("no value") }).unwrap();
    let heir = panicking.shared().map(|byte| *byte);
    drop(held);
    assert_eq!(before.result().unwrap(), 5);
    assert_eq!(
        shared.map(|text| text.to_uppercase()).result().unwrap(),
        "THREE"
    );
    assert!(matches!(error_of(heir), TaskError::Panicked(_)));
}

#[test]
fn a_chained_task_that_is_suspended_can_be_cancelled() {
    let pool = pool_of(1);
    let (suspended, suspends) = mpsc::channel();
    let chained = pool.submit(|| 1).unwrap().then(move |_| {
        suspended.send(()).unwrap();
        pending::<()>()
    });
    suspends.recv().unwrap();
    // In the middle of the poll it is asked to, and ends after it.
    chained.cancel();
    assert!(matches!(error_of(chained), TaskError::Cancelled));
}

#[test]
fn a_cancelled_continuation_leaves_the_value_before_it_alone() {
    let (task, first) = Task::from_closure(|| 5);
    let second = first.map(|value| value + 1);
    // With its body goes the handle of the first, and so the value as soon as it is there.
    assert!(second.cancel());
    let reports = Reports::default();
    tracing::subscriber::with_default(reports.clone(), || task.run());
    assert_eq!(reports.0.load(Ordering::Relaxed), 0, "nothing panicked");
}

/// Counts what is reported.
#[derive(Clone, Default)]
struct Reports(Arc<AtomicUsize>);

impl tracing::Subscriber for Reports {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
