use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use creel_runtime::{ResultError, State, TaskError, context};

use crate::gate::{occupy, pool_of, waker_that_sends};

#[test]
fn a_task_that_has_not_started_can_be_cancelled_and_never_runs() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let ran = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ran);
    let future = pool
        .submit(move || flag.store(true, Ordering::Relaxed))
        .unwrap();
    assert!(future.cancel());
    assert!(future.cancelled() && future.done());
    // The canceller dropped the body before it returned.
    assert_eq!(Arc::strong_count(&ran), 1);
    assert!(!future.cancel(), "it was cancelled by the other call");
    first.gate.open();
    pool.shutdown().unwrap();
    assert!(!ran.load(Ordering::Relaxed));
    assert!(matches!(
        future.result(),
        Err(ResultError::Task(TaskError::Cancelled))
    ));
}

#[test]
fn a_closure_that_runs_cannot_be_cancelled() {
    let pool = pool_of(1);
    let mut first = occupy(&pool);
    let running = first.future.take().unwrap();
    assert!(!running.cancel());
    first.gate.open();
    assert!(running.result().is_ok());
}

#[test]
fn a_done_future_cannot_be_cancelled() {
    let pool = pool_of(1);
    let future = pool.submit(|| 1).unwrap();
    assert!(future.exception().unwrap().is_none());
    assert!(!future.cancel());
    assert_eq!(future.state(), State::Succeeded);
    assert_eq!(future.result().unwrap(), 1);
}

#[test]
fn callbacks_have_run_when_cancel_returns() {
    let pool = pool_of(1);
    let _first = occupy(&pool);
    let future = pool.submit(|| ()).unwrap();
    let (told, tells) = mpsc::channel();
    future.add_done_callback(move |outcome| {
        told.send((
            thread::current().id(),
            matches!(outcome, Err(TaskError::Cancelled)),
        ))
        .unwrap();
    });
    assert!(future.cancel());
    assert_eq!(tells.try_recv().unwrap(), (thread::current().id(), true));
}

#[test]
fn a_body_whose_drop_panics_can_be_cancelled() {
    struct Grenade;
    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let pool = pool_of(1);
    let first = occupy(&pool);
    let grenade = Grenade;
    let future = pool.submit(move || std::mem::forget(grenade)).unwrap();
    assert!(future.cancel());
    first.gate.open();
    assert_eq!(pool.submit(|| 3).unwrap().result().unwrap(), 3);
}

#[test]
fn a_request_reaches_the_body_that_runs_and_wakes_whoever_registered() {
    let pool = pool_of(1);
    let (started, starts) = mpsc::channel();
    let future = pool
        .submit(move || {
            let context = context();
            let before = context.is_cancelled();
            let (woken, wakes) = mpsc::channel();
            context.on_cancel(&waker_that_sends(woken));
            started.send(()).unwrap();
            wakes.recv().unwrap();
            (before, context.is_cancelled())
        })
        .unwrap();
    starts.recv().unwrap();
    assert!(!future.request_cancel(), "a running closure is only asked");
    assert_eq!(future.result().unwrap(), (false, true));
}

#[test]
fn a_request_on_a_task_that_has_not_started_cancels_it() {
    let pool = pool_of(1);
    let _first = occupy(&pool);
    let future = pool.submit(|| ()).unwrap();
    assert!(future.request_cancel());
    assert!(future.cancelled());
}

#[test]
fn outside_of_a_task_nothing_is_ever_cancelled() {
    assert!(!context().is_cancelled());
}

#[test]
fn a_cancelled_task_never_runs_however_close_the_race() {
    let pool = pool_of(2);
    for _ in 0..2_000 {
        let runs = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&runs);
        let together = Arc::new(Barrier::new(2));
        let meeting = Arc::clone(&together);
        // A task ahead in the queue makes the start and the cancel meet.
        let ahead = pool.submit(move || meeting.wait().is_leader()).unwrap();
        let future = pool
            .submit(move || counter.fetch_add(1, Ordering::Relaxed))
            .unwrap();
        together.wait();
        let cancelled = future.cancel();
        ahead.result().unwrap();
        let outcome = future.result();
        assert_eq!(
            cancelled,
            matches!(outcome, Err(ResultError::Task(TaskError::Cancelled)))
        );
        assert_eq!(runs.load(Ordering::Relaxed), usize::from(!cancelled));
    }
}
