//! Past its deadline a task does not start, and whoever waits is told when it is due.

use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use creel_core::Clock;
use creel_core::Executor;
use creel_runtime::{
    Inline, ResultError, State, Task, TaskError, TaskFuture, ThreadPool, clock, context,
};
use creel_testkit::ManualClock;

use crate::gate::{Gate, occupy, pool_of};

const SECOND: Duration = Duration::from_secs(1);

/// A clock that is this thread's until the guard is dropped.
fn manual() -> (ManualClock, clock::Entered) {
    let clock = ManualClock::new();
    let entered = clock::enter(Arc::new(clock.clone()));
    (clock, entered)
}

fn has_expired<T>(future: TaskFuture<T>) -> bool {
    matches!(future.result(), Err(ResultError::Task(TaskError::Expired)))
}

#[test]
fn a_queued_task_ends_when_it_is_due_not_when_a_worker_finds_it() {
    let (clock, _entered) = manual();
    let pool = pool_of(1);
    let _held = occupy(&pool);
    let (dropped, drops) = mpsc::channel::<()>();
    let late = pool
        .task()
        .timeout(2 * SECOND)
        .submit(move || drop(dropped))
        .unwrap();
    let (told, tells) = mpsc::channel();
    late.add_done_callback(move |outcome| {
        told.send(matches!(outcome, Err(TaskError::Expired)))
            .unwrap();
    });
    clock.advance(SECOND);
    assert_eq!(late.state(), State::Pending);
    clock.advance(SECOND);
    assert_eq!(late.state(), State::Expired);
    assert!(tells.try_recv().unwrap());
    assert!(drops.recv().is_err(), "its body is gone");
    assert!(has_expired(late));
}

#[test]
fn a_task_that_has_started_runs_on_past_its_deadline() {
    let (clock, _entered) = manual();
    let pool = pool_of(1);
    let gate = Gate::closed();
    let inner = gate.clone();
    let (running, runs) = mpsc::channel();
    let future = pool
        .task()
        .timeout(SECOND)
        .submit(move || {
            running.send(()).unwrap();
            inner.pass();
            7
        })
        .unwrap();
    runs.recv().unwrap();
    clock.advance(2 * SECOND);
    gate.open();
    assert_eq!(future.result().unwrap(), 7);
}

#[test]
fn a_deadline_that_has_passed_at_the_submit_expires_at_once() {
    let pool = pool_of(1);
    let _held = occupy(&pool);
    let late = pool.task().deadline(Instant::now()).submit(|| ()).unwrap();
    assert!(late.done());
    assert!(has_expired(late));
}

#[test]
fn a_body_reads_the_deadline_from_its_context() {
    let pool = pool_of(1);
    let deadline = Instant::now() + 3_600 * SECOND;
    let read = pool
        .task()
        .deadline(deadline)
        .submit(|| context().deadline())
        .unwrap();
    assert_eq!(read.result().unwrap(), Some(deadline));
    let plain = pool.submit(|| context().deadline()).unwrap();
    assert_eq!(plain.result().unwrap(), None);
}

#[test]
fn a_task_that_starts_or_is_cancelled_leaves_no_alarm_behind() {
    let (clock, _entered) = manual();
    let pool = pool_of(1);
    let held = occupy(&pool);
    let ran = pool.task().timeout(SECOND).submit(|| ()).unwrap();
    let cancelled = pool.task().timeout(SECOND).submit(|| ()).unwrap();
    let suspended = pool
        .task()
        .timeout(SECOND)
        .spawn(std::future::pending::<()>())
        .unwrap();
    assert_eq!(clock.alarms(), 3);
    assert!(cancelled.cancel());
    assert_eq!(clock.alarms(), 2);
    drop(held);
    ran.result().unwrap();
    // The worker came to the one that suspends after the one that ran, or will.
    suspended.cancel();
    assert!(suspended.result().is_err());
    assert_eq!(clock.alarms(), 0);
}

#[test]
fn an_expired_task_gives_its_place_in_a_bounded_queue_back() {
    let (clock, _entered) = manual();
    let pool = ThreadPool::builder()
        .max_workers(1)
        .queue_capacity(1)
        .build()
        .unwrap();
    let _held = occupy(&pool);
    let late = pool.task().timeout(SECOND).submit(|| ()).unwrap();
    assert!(pool.try_submit(|| ()).is_err());
    clock.advance(SECOND);
    let next = pool.try_submit(|| ()).unwrap();
    assert!(has_expired(late));
    assert!(next.cancel());
}

#[test]
fn a_suspended_task_never_expires() {
    let (clock, _entered) = manual();
    let pool = pool_of(1);
    let (suspended, suspends) = mpsc::channel::<Waker>();
    let mut polls = 0;
    let future = pool
        .task()
        .timeout(SECOND)
        .spawn(std::future::poll_fn(move |context: &mut Context<'_>| {
            polls += 1;
            suspended.send(context.waker().clone()).unwrap();
            if polls == 1 {
                Poll::Pending
            } else {
                Poll::Ready(polls)
            }
        }))
        .unwrap();
    let waker = suspends.recv().unwrap();
    clock.advance(2 * SECOND);
    waker.wake();
    assert_eq!(future.result().unwrap(), 2);
}

#[test]
fn what_continues_an_expired_task_expires_with_it() {
    let (clock, _entered) = manual();
    let pool = pool_of(1);
    let _held = occupy(&pool);
    let next = pool
        .task()
        .timeout(SECOND)
        .submit(|| 1)
        .unwrap()
        .map(|one| one + 1);
    clock.advance(SECOND);
    assert_eq!(next.state(), State::Expired);
    assert!(has_expired(next));
}

#[test]
fn a_task_by_hand_looks_at_its_deadline_when_it_is_run() {
    let (clock, _entered) = manual();
    let (task, late) = Task::builder()
        .deadline(clock.now() + SECOND)
        .closure(|| ());
    clock.advance(SECOND);
    Inline.execute(task).unwrap();
    assert!(has_expired(late));
}

#[test]
fn a_deadline_by_the_systems_clock_wakes_whoever_waits() {
    let pool = pool_of(1);
    let held = occupy(&pool);
    let late = pool
        .task()
        .timeout(Duration::from_millis(1))
        .submit(|| ())
        .unwrap();
    let waiting = thread::spawn(move || has_expired(late));
    assert!(waiting.join().unwrap());
    drop(held);
}
