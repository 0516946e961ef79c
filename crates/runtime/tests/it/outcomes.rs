use std::panic::panic_any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use creel_runtime::{ResultError, State, TaskError};

use crate::gate::{occupy, pool_of};

#[test]
fn a_result_is_what_the_closure_returned() {
    let pool = pool_of(2);
    let future = pool.submit(|| String::from("woven")).unwrap();
    assert_eq!(future.result().unwrap(), "woven");
}

#[test]
fn a_future_is_pending_then_running_then_done() {
    let pool = pool_of(1);
    let mut first = occupy(&pool);
    let second = pool.submit(|| 2).unwrap();
    let running = first.future.take().unwrap();
    assert_eq!(running.state(), State::Running);
    assert!(running.running() && !running.done() && !running.cancelled());
    assert_eq!(second.state(), State::Pending);
    assert!(!second.running() && !second.done());
    first.gate.open();
    running.result().unwrap();
    assert!(second.exception().unwrap().is_none());
    assert!(second.done() && !second.running() && !second.cancelled());
    assert_eq!(second.result().unwrap(), 2);
}

#[test]
fn a_panic_becomes_an_error_with_its_message_and_the_worker_lives_on() {
    let pool = pool_of(1);
    let future = pool.submit(|| panic!("thread {} broke", 7)).unwrap();
    match future.result() {
        Err(ResultError::Task(TaskError::Panicked(panic))) => {
            assert_eq!(panic.message(), "thread 7 broke")
        }
        other => panic!("{other:?}"),
    }
    let worker = pool
        .submit(|| thread::current().id())
        .unwrap()
        .result()
        .unwrap();
    let same = pool
        .submit(|| thread::current().id())
        .unwrap()
        .result()
        .unwrap();
    assert_eq!(worker, same);
    assert_eq!(pool.workers(), 1);
}

#[test]
fn a_panics_payload_can_be_taken_once() {
    let pool = pool_of(1);
    let future = pool.submit(|| panic_any(41_u8)).unwrap();
    let Err(ResultError::Task(TaskError::Panicked(panic))) = future.result() else {
        panic!("it panicked")
    };
    let copy = panic.clone();
    assert_eq!(
        panic.take_payload().unwrap().downcast_ref::<u8>(),
        Some(&41)
    );
    assert!(copy.take_payload().is_none());
}

#[test]
fn a_payload_whose_drop_panics_harms_nobody() {
    struct Grenade;
    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let pool = pool_of(1);
    let future = pool.submit(|| panic_any(Grenade)).unwrap();
    drop(future.result());
    let detached = pool.submit(|| panic_any(Grenade)).unwrap();
    drop(detached);
    assert_eq!(pool.submit(|| 1).unwrap().result().unwrap(), 1);
}

#[test]
fn what_a_payloads_drop_panics_with_is_dropped_as_well() {
    /// Panics with the next one when it is dropped.
    struct Chain {
        left: usize,
        dropped: Arc<AtomicUsize>,
    }
    impl Drop for Chain {
        fn drop(&mut self) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            if self.left > 0 {
                panic_any(Self {
                    left: self.left - 1,
                    dropped: Arc::clone(&self.dropped),
                });
            }
        }
    }
    let pool = pool_of(1);
    let mut drops = Vec::new();
    for left in [2, usize::MAX] {
        let dropped = Arc::new(AtomicUsize::new(0));
        let chain = Chain {
            left,
            dropped: Arc::clone(&dropped),
        };
        let future = pool.submit(|| 5).unwrap();
        future.add_done_callback(move |_| panic_any(chain));
        assert_eq!(future.result().unwrap(), 5);
        drops.push(dropped.load(Ordering::Relaxed));
    }
    assert_eq!(drops[0], 3);
    assert!(drops[1] < 100, "a chain without an end is left alone");
}

#[test]
fn callbacks_run_once_each_in_order_before_the_value_can_be_taken() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let future = pool.submit(|| 5).unwrap();
    let (told, tells) = mpsc::channel();
    for number in 0..3 {
        let told = told.clone();
        future.add_done_callback(move |outcome| told.send((number, *outcome.unwrap())).unwrap());
    }
    drop(told);
    first.gate.open();
    assert_eq!(future.result().unwrap(), 5);
    // Nothing blocks here: the callbacks had run before the value was given away.
    assert_eq!(
        tells.try_iter().collect::<Vec<_>>(),
        [(0, 5), (1, 5), (2, 5)]
    );
}

#[test]
fn a_callback_runs_on_the_completing_thread() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let future = pool.submit(|| thread::current().id()).unwrap();
    let (told, tells) = mpsc::channel();
    future.add_done_callback(move |_| told.send(thread::current().id()).unwrap());
    first.gate.open();
    assert_eq!(future.result().unwrap(), tells.recv().unwrap());
}

#[test]
fn a_callback_added_to_a_done_future_runs_at_once_in_the_caller() {
    let pool = pool_of(1);
    let future = pool.submit(|| 5).unwrap();
    assert!(future.exception().unwrap().is_none());
    let (told, tells) = mpsc::channel();
    future.add_done_callback(move |outcome| {
        told.send((thread::current().id(), outcome.copied().unwrap()))
            .unwrap();
    });
    assert_eq!(tells.try_recv().unwrap(), (thread::current().id(), 5));
}

#[test]
fn a_callback_that_panics_harms_neither_the_others_nor_the_worker() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let future = pool.submit(|| 5).unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    future.add_done_callback(|_| panic!("a broken callback"));
    let counter = Arc::clone(&calls);
    future.add_done_callback(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    first.gate.open();
    assert_eq!(future.result().unwrap(), 5);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(pool.submit(|| 6).unwrap().result().unwrap(), 6);
}

#[test]
fn a_callback_sees_why_there_is_no_value() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let panicking = pool.submit(|| panic!("lost thread")).unwrap();
    let cancelled = pool.submit(|| ()).unwrap();
    let (told, tells) = mpsc::channel();
    let tell = told.clone();
    panicking
        .add_done_callback(move |outcome| tell.send(outcome.unwrap_err().to_string()).unwrap());
    cancelled
        .add_done_callback(move |outcome| told.send(outcome.unwrap_err().to_string()).unwrap());
    assert!(cancelled.cancel());
    first.gate.open();
    assert!(panicking.result().is_err());
    let tells: Vec<_> = tells.iter().collect();
    assert_eq!(
        tells,
        ["the task was cancelled", "the task panicked: lost thread"]
    );
}

#[test]
fn dropping_the_handle_detaches_the_task_which_runs_on() {
    let pool = pool_of(1);
    let (told, tells) = mpsc::channel();
    drop(pool.submit(move || told.send(7).unwrap()).unwrap());
    assert_eq!(tells.recv().unwrap(), 7);
}

#[test]
fn body_value_and_callbacks_are_dropped_once_each() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let counters: [Arc<AtomicUsize>; 3] = Default::default();
    let [body, value, callback] = counters.clone().map(Counted);
    let pool = pool_of(1);
    let first = occupy(&pool);
    let future = pool
        .submit(move || {
            let _body = body;
            value
        })
        .unwrap();
    future.add_done_callback(move |_| drop(callback));
    first.gate.open();
    drop(future.result().unwrap());
    pool.shutdown().unwrap();
    assert_eq!(
        counters.map(|counter| counter.load(Ordering::Relaxed)),
        [1, 1, 1]
    );
}

#[test]
fn a_detached_value_is_dropped_by_the_worker_before_the_pool_ends() {
    struct Told(mpsc::Sender<thread::ThreadId>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.send(thread::current().id()).unwrap();
        }
    }
    let pool = pool_of(1);
    let first = occupy(&pool);
    let (told, tells) = mpsc::channel();
    drop(pool.submit(move || Told(told)).unwrap());
    let worker = pool.submit(|| thread::current().id()).unwrap();
    first.gate.open();
    assert_eq!(tells.recv().unwrap(), worker.result().unwrap());
}

#[test]
fn a_wait_that_is_over_gives_the_future_back() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let future = pool.submit(|| 9).unwrap();
    let future = future
        .wait_timeout(Duration::ZERO)
        .expect_err("the worker is held");
    first.gate.open();
    assert_eq!(future.wait_timeout(Duration::MAX).unwrap().unwrap(), 9);
}

#[test]
fn one_worker_runs_tasks_in_the_order_of_their_submission() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let (told, tells) = mpsc::channel();
    for number in 0..100 {
        let told = told.clone();
        drop(pool.submit(move || told.send(number).unwrap()).unwrap());
    }
    drop(told);
    first.gate.open();
    assert_eq!(
        tells.iter().collect::<Vec<_>>(),
        (0..100).collect::<Vec<_>>()
    );
}
