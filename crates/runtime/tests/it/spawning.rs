//! Threads that are started by the user's hand, and threads that do not start.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use creel_runtime::{Abandoned, ShutdownError, ThreadPool};

use crate::gate::{Gate, occupy};
use crate::hooks::{Log, Place, abandoned, build_at, logged, pool_of, run};

/// A pool of one worker, some of whose threads are refused; the first is number 0.
fn refused(is_refused: impl Fn(usize) -> bool + Send + Sync + 'static) -> ThreadPool {
    let number = AtomicUsize::new(0);
    ThreadPool::builder()
        .max_workers(1)
        .spawn_with(move |thread, body| {
            if is_refused(number.fetch_add(1, Ordering::Relaxed)) {
                return Err(io::Error::from(io::ErrorKind::WouldBlock));
            }
            thread.spawn(body)
        })
        .build()
        .unwrap()
}

#[test]
fn a_task_whose_thread_is_refused_is_abandoned_and_the_next_submit_tries_again() {
    let pool = refused(|number| number < 2);
    for _ in 0..2 {
        let Abandoned::NoWorker(source) = abandoned(pool.submit(|| ()).unwrap().result()) else {
            panic!("there was no thread")
        };
        assert_eq!(source.kind(), io::ErrorKind::WouldBlock);
    }
    assert_eq!(pool.submit(|| 7).unwrap().result().unwrap(), 7);
    pool.shutdown().unwrap();
}

#[test]
fn a_task_runs_on_another_worker_when_its_own_thread_is_refused() {
    let (sends, receives) = mpsc::channel::<bool>();
    let refuse = Mutex::new(receives);
    let pool = ThreadPool::builder()
        .max_workers(2)
        .spawn_with(move |thread, body| match refuse.lock().unwrap().recv() {
            Ok(false) => thread.spawn(body),
            _ => Err(io::Error::from(io::ErrorKind::WouldBlock)),
        })
        .build()
        .unwrap();
    sends.send(false).unwrap();
    let occupied = occupy(&pool);
    sends.send(true).unwrap();
    let waiting = pool.submit(|| 7).unwrap();
    assert_eq!(pool.workers(), 1);
    drop(sends);
    drop(occupied);
    assert_eq!(waiting.result().unwrap(), 7);
}

#[test]
fn what_waits_behind_a_blocked_worker_is_abandoned_when_no_other_can_be_started() {
    let pool = refused(|number| number > 0);
    let occupied = occupy(&pool);
    let (sends, receives) = mpsc::channel();
    let blocked = pool
        .submit(move || creel_runtime::blocking(|| receives.recv().unwrap()))
        .unwrap();
    let behind = pool.submit(|| ()).unwrap();
    drop(occupied);
    let why = abandoned(behind.result());
    assert!(matches!(why, Abandoned::NoWorker(_)), "{why:?}");
    sends.send(7).unwrap();
    assert_eq!(blocked.result().unwrap(), 7);
}

#[test]
fn a_panic_of_whoever_spawns_counts_as_a_thread_that_is_missing() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .spawn_with(|_, _| panic!("no idea how"))
        .build()
        .unwrap();
    let Abandoned::NoWorker(source) = abandoned(pool.submit(|| ()).unwrap().result()) else {
        panic!("there was no thread")
    };
    assert_eq!(source.to_string(), "no idea how");
    pool.shutdown().unwrap();
}

#[test]
fn a_body_that_is_dropped_before_its_thread_is_there_is_a_missing_thread() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .spawn_with(|thread, body| {
            drop(body);
            thread.spawn(|| ())
        })
        .build()
        .unwrap();
    let why = abandoned(pool.submit(|| ()).unwrap().result());
    assert!(matches!(why, Abandoned::NoWorker(_)), "{why:?}");
    pool.shutdown().unwrap();
}

#[test]
fn a_body_that_its_thread_drops_is_a_missing_thread() {
    let gate = Gate::closed();
    let inner = gate.clone();
    let pool = ThreadPool::builder()
        .max_workers(1)
        .spawn_with(move |thread, body| {
            let gate = inner.clone();
            thread.spawn(move || {
                gate.pass();
                drop(body);
            })
        })
        .build()
        .unwrap();
    let future = pool.submit(|| ()).unwrap();
    gate.open();
    let why = abandoned(future.result());
    assert!(matches!(why, Abandoned::NoWorker(_)), "{why:?}");
    pool.shutdown().unwrap();
}

#[test]
fn a_thread_that_runs_although_its_handle_is_missing_is_a_worker() {
    let (told, tells) = mpsc::channel();
    let told = Mutex::new(told);
    let tells = Mutex::new(tells);
    let pool = ThreadPool::builder()
        .max_workers(1)
        .on_start(move || {
            told.lock().unwrap().send(()).unwrap();
            Ok::<_, io::Error>(())
        })
        .spawn_with(move |thread, body| {
            thread.spawn(body)?;
            tells.lock().unwrap().recv().unwrap();
            Err(io::Error::other("it could not be pinned"))
        })
        .build()
        .unwrap();
    assert_eq!(pool.submit(|| 7).unwrap().result().unwrap(), 7);
    pool.shutdown().unwrap();
}

#[test]
fn a_worker_whose_handle_is_not_there_yet_does_not_wait_for_itself() {
    let place = Place::default();
    let inner = Arc::clone(&place);
    let (told, tells) = mpsc::channel();
    let tells = Mutex::new(tells);
    let builder = ThreadPool::builder()
        .max_workers(1)
        .spawn_with(move |thread, body| {
            let handle = thread.spawn(body)?;
            assert_eq!(
                tells.lock().unwrap().recv().unwrap(),
                Err(ShutdownError::NotJoined)
            );
            Ok(handle)
        });
    let pool = build_at(&place, builder);
    let future = pool.submit(move || {
        let pool = pool_of(&inner).unwrap();
        told.send(pool.shutdown()).unwrap();
    });
    future.unwrap().result().unwrap();
    pool.shutdown().unwrap();
}

#[test]
fn a_body_that_comes_after_its_error_does_not_run() {
    let (late, comes_late) = mpsc::channel();
    let pool = ThreadPool::builder()
        .max_workers(1)
        .spawn_with(move |_, body| {
            late.send(body).unwrap();
            Err(io::Error::from(io::ErrorKind::WouldBlock))
        })
        .build()
        .unwrap();
    abandoned(pool.submit(|| ()).unwrap().result());
    comes_late.recv().unwrap()();
    assert_eq!(pool.workers(), 0);
    pool.shutdown().unwrap();
}

#[test]
fn code_around_the_body_runs_on_the_workers_thread() {
    let log = Log::default();
    let around = log.clone();
    let pool = logged(&log)
        .spawn_with(move |thread, body| {
            let around = around.clone();
            thread.spawn(move || {
                around.note("before");
                body();
                around.note("after");
            })
        })
        .build()
        .unwrap();
    run(&pool, &log);
    pool.shutdown().unwrap();
    assert_eq!(log.words(), ["before", "start", "task", "stop", "after"]);
}
