//! What runs where threads start and end.

use std::cell::RefCell;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread::{self, ThreadId};
use std::time::Duration;

use creel_runtime::{
    Abandoned, BuildError, Builder, Panic, ResultError, ShutdownError, TaskError, ThreadPool,
};

use crate::gate::{Gate, occupy};

/// What happened on which thread, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<(&'static str, ThreadId)>>>);

impl Log {
    pub(crate) fn note(&self, what: &'static str) {
        self.0.lock().unwrap().push((what, thread::current().id()));
    }

    pub(crate) fn words(&self) -> Vec<&'static str> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .map(|(what, _)| *what)
            .collect()
    }

    pub(crate) fn threads(&self) -> Vec<ThreadId> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .map(|(_, thread)| *thread)
            .collect()
    }
}

/// A pool of one worker that logs its hooks.
pub(crate) fn logged(log: &Log) -> Builder {
    let (starts, stops) = (log.clone(), log.clone());
    ThreadPool::builder()
        .max_workers(1)
        .on_start(move || {
            starts.note("start");
            Ok::<_, io::Error>(())
        })
        .on_stop(move || stops.note("stop"))
}

pub(crate) fn run(pool: &ThreadPool, log: &Log) {
    let log = log.clone();
    pool.submit(move || log.note("task"))
        .unwrap()
        .result()
        .unwrap();
}

/// A hook that fails so many times, and counts its runs.
fn failing(
    times: usize,
) -> (
    impl Fn() -> Result<(), io::Error> + Send + Sync + 'static,
    Arc<AtomicUsize>,
) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let hook = move || match counted.fetch_add(1, Ordering::Relaxed) {
        run if run < times => Err(io::Error::other(format!("no device {run}"))),
        _ => Ok(()),
    };
    (hook, runs)
}

pub(crate) fn abandoned<T: std::fmt::Debug>(outcome: Result<T, ResultError<T>>) -> Abandoned {
    match outcome {
        Err(ResultError::Task(TaskError::Abandoned(why))) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_start_hook_runs_before_the_first_task_of_its_thread_and_a_stop_hook_after_the_last() {
    let log = Log::default();
    let pool = logged(&log).build().unwrap();
    assert_eq!(log.words(), [""; 0], "there is no worker yet");
    run(&pool, &log);
    run(&pool, &log);
    pool.shutdown().unwrap();
    assert_eq!(log.words(), ["start", "task", "task", "stop"]);
    let threads = log.threads();
    assert!(
        threads.iter().all(|thread| *thread == threads[1]),
        "{threads:?}"
    );
}

#[test]
fn a_worker_that_is_replaced_stops_and_the_next_one_starts() {
    let log = Log::default();
    let pool = logged(&log).max_tasks_per_worker(1).build().unwrap();
    run(&pool, &log);
    run(&pool, &log);
    pool.shutdown().unwrap();
    let mut words = log.words();
    let first = log.threads()[0];
    let stop = log
        .0
        .lock()
        .unwrap()
        .iter()
        .position(|entry| *entry == ("stop", first))
        .unwrap();
    assert!(stop > 1, "after its task: {words:?}");
    words.sort_unstable();
    assert_eq!(words, ["start", "start", "stop", "stop", "task", "task"]);
}

#[test]
fn a_worker_that_is_not_needed_any_more_stops() {
    let (stopped, stops) = mpsc::channel();
    let pool = ThreadPool::builder()
        .max_workers(1)
        .keep_alive(Duration::from_micros(50))
        .on_stop(move || stopped.send(thread::current().id()).unwrap())
        .build()
        .unwrap();
    let thread = pool
        .submit(|| thread::current().id())
        .unwrap()
        .result()
        .unwrap();
    assert_eq!(stops.recv().unwrap(), thread);
    pool.shutdown().unwrap();
}

#[test]
fn a_start_hook_that_fails_is_run_again_as_often_as_it_may() {
    let (hook, runs) = failing(2);
    let pool = ThreadPool::builder()
        .max_workers(1)
        .on_start(hook)
        .start_retries(2)
        .build()
        .unwrap();
    assert_eq!(pool.submit(|| 7).unwrap().result().unwrap(), 7);
    assert_eq!(runs.load(Ordering::Relaxed), 3);
}

#[test]
fn when_the_start_hook_of_the_last_worker_fails_every_pending_future_says_why() {
    let (hook, runs) = failing(2);
    let (begin, gate) = (Gate::closed(), Gate::closed());
    let (inner, entered) = (gate.clone(), begin.clone());
    let pool = ThreadPool::builder()
        .max_workers(1)
        .on_start(move || {
            entered.open();
            inner.pass();
            hook()
        })
        .start_retries(1)
        .build()
        .unwrap();
    let futures: Vec<_> = (0..3)
        .map(|number| pool.submit(move || number).unwrap())
        .collect();
    begin.pass();
    gate.open();
    for future in futures {
        let Abandoned::StartHook(source) = abandoned(future.result()) else {
            panic!("the hook failed")
        };
        assert_eq!(source.to_string(), "no device 1", "the last error is told");
    }
    assert_eq!(
        pool.submit(|| 7).unwrap().result().unwrap(),
        7,
        "the next submit tries again"
    );
    assert_eq!(runs.load(Ordering::Relaxed), 3);
    pool.shutdown().unwrap();
}

#[test]
fn what_is_submitted_because_a_start_hook_failed_is_not_abandoned_for_it() {
    let (hook, _) = failing(1);
    let [begin, fail, gone] = [(); 3].map(|()| Gate::closed());
    let (entered, inner) = (begin.clone(), fail.clone());
    let number = AtomicUsize::new(0);
    let pool = ThreadPool::builder()
        .max_workers(1)
        .on_start(move || {
            entered.open();
            inner.pass();
            hook()
        })
        .spawn_with(move |thread, body| {
            let gone = gone.clone();
            let is_first = number.fetch_add(1, Ordering::Relaxed) == 0;
            thread.spawn(move || {
                if is_first {
                    body();
                    gone.open();
                } else {
                    gone.pass();
                    body();
                }
            })
        })
        .build()
        .unwrap();
    let pool = Arc::new(pool);
    let again = Arc::clone(&pool);
    let (told, tells) = mpsc::channel();
    let future = pool.submit(|| ()).unwrap();
    begin.pass();
    future.add_done_callback(move |_| told.send(again.submit(|| 7).unwrap()).unwrap());
    fail.open();
    abandoned(future.result());
    assert_eq!(tells.recv().unwrap().result().unwrap(), 7);
}

#[test]
fn a_start_hook_that_panics_has_failed() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .on_start(|| -> Result<(), io::Error> { panic!("no licence") })
        .build()
        .unwrap();
    let Abandoned::StartHook(source) = abandoned(pool.submit(|| ()).unwrap().result()) else {
        panic!("the hook panicked")
    };
    let source: &dyn std::error::Error = &*source;
    assert_eq!(
        source.downcast_ref::<Panic>().unwrap().message(),
        "no licence"
    );
    pool.shutdown().unwrap();
}

#[test]
fn a_worker_without_start_hook_is_not_stopped_either() {
    let stops = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&stops);
    let (hook, _) = failing(1);
    let pool = ThreadPool::builder()
        .max_workers(1)
        .on_start(hook)
        .on_stop(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .unwrap();
    abandoned(pool.submit(|| ()).unwrap().result());
    pool.shutdown().unwrap();
    assert_eq!(stops.load(Ordering::Relaxed), 0);
}

#[test]
fn the_others_carry_on_when_the_start_hook_of_one_worker_fails() {
    let started = AtomicUsize::new(0);
    let (failed, fails) = mpsc::channel();
    let pool = ThreadPool::builder()
        .max_workers(2)
        .on_start(move || match started.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(()),
            _ => {
                failed.send(()).unwrap();
                Err("only one device")
            }
        })
        .build()
        .unwrap();
    let occupied = occupy(&pool);
    let waiting = pool.submit(|| 7).unwrap();
    fails.recv().unwrap();
    drop(occupied);
    assert_eq!(waiting.result().unwrap(), 7);
}

#[test]
fn nobody_waits_for_a_worker_in_its_start_hook_while_another_is_idle() {
    let (first, gate) = (AtomicUsize::new(0), Gate::closed());
    let (entered, enters) = mpsc::channel();
    let inner = gate.clone();
    let pool = ThreadPool::builder()
        .max_workers(2)
        .on_start(move || {
            if first.fetch_add(1, Ordering::Relaxed) == 1 {
                entered.send(()).unwrap();
                inner.pass();
            }
            Ok::<_, io::Error>(())
        })
        .build()
        .unwrap();
    let occupied = occupy(&pool);
    let second = pool.submit(|| ()).unwrap();
    enters.recv().unwrap();
    drop(occupied);
    second.result().unwrap();
    for number in 0..100 {
        assert_eq!(
            pool.submit(move || number).unwrap().result().unwrap(),
            number
        );
    }
    assert_eq!(pool.workers(), 2, "the other one still starts");
    gate.open();
}

#[test]
fn the_minimum_has_started_when_the_pool_is_built() {
    let log = Log::default();
    let starts = log.clone();
    let pool = ThreadPool::builder()
        .min_workers(2)
        .max_workers(2)
        .on_start(move || {
            starts.note("start");
            Ok::<_, io::Error>(())
        })
        .build()
        .unwrap();
    assert_eq!(log.words(), ["start", "start"]);
    drop(pool);
}

#[test]
fn a_pool_whose_first_worker_fails_to_start_is_not_built() {
    let starts = AtomicUsize::new(0);
    let log = Log::default();
    let stops = log.clone();
    let built = ThreadPool::builder()
        .min_workers(2)
        .max_workers(2)
        .on_start(move || match starts.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(()),
            _ => Err("only one device"),
        })
        .on_stop(move || stops.note("stop"))
        .build();
    let Err(BuildError::StartHook(source)) = built else {
        panic!("the second worker did not start")
    };
    assert_eq!(source.to_string(), "only one device");
    assert_eq!(log.words(), ["stop"], "the first one was joined");
}

#[test]
fn a_stop_hook_that_panics_harms_nobody() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .max_tasks_per_worker(1)
        .on_stop(|| panic!("nothing to stop"))
        .build()
        .unwrap();
    for number in 0..3 {
        assert_eq!(
            pool.submit(move || number).unwrap().result().unwrap(),
            number
        );
    }
    pool.shutdown().unwrap();
    assert_eq!(pool.workers(), 0);
}

/// Where hooks find the pool, which is made after them.
pub(crate) type Place = Arc<OnceLock<Weak<ThreadPool>>>;

pub(crate) fn pool_of(place: &Place) -> Option<Arc<ThreadPool>> {
    place.get()?.upgrade()
}

/// Builds a pool, and lets its hooks find it.
pub(crate) fn build_at(place: &Place, builder: Builder) -> Arc<ThreadPool> {
    let pool = Arc::new(builder.build().unwrap());
    place.set(Arc::downgrade(&pool)).unwrap();
    pool
}

#[test]
fn a_start_hook_may_submit_to_its_own_pool_and_wait() {
    let place = Place::default();
    let inner = Arc::clone(&place);
    let (told, tells) = mpsc::channel();
    let builder = ThreadPool::builder()
        .max_workers(1)
        .max_spares(0)
        .queue_capacity(1)
        .on_start(move || {
            let pool = pool_of(&inner).unwrap();
            let futures = [1, 2, 3].map(|number| pool.submit(move || number).unwrap());
            told.send(futures.map(|future| future.result().unwrap()))
                .unwrap();
            Ok::<_, io::Error>(())
        });
    let pool = build_at(&place, builder);
    assert_eq!(pool.submit(|| 7).unwrap().result().unwrap(), 7);
    assert_eq!(tells.recv().unwrap(), [1, 2, 3]);
}

#[test]
fn what_a_start_hook_submitted_before_it_failed_is_abandoned() {
    let place = Place::default();
    let inner = Arc::clone(&place);
    let (told, tells) = mpsc::channel();
    let builder = ThreadPool::builder().max_workers(1).on_start(move || {
        let pool = pool_of(&inner).unwrap();
        told.send(pool.submit(|| ()).unwrap()).unwrap();
        Err("no device")
    });
    let pool = build_at(&place, builder);
    abandoned(pool.submit(|| 7).unwrap().result());
    let why = abandoned(tells.recv().unwrap().result());
    assert!(matches!(why, Abandoned::StartHook(_)), "{why:?}");
}

#[test]
fn a_stop_hook_may_submit_to_its_own_pool() {
    let place = Place::default();
    let inner = Arc::clone(&place);
    let (told, tells) = mpsc::channel();
    let builder = ThreadPool::builder()
        .max_workers(1)
        .max_spares(0)
        .max_tasks_per_worker(2)
        .on_stop(move || {
            if let Some(pool) = pool_of(&inner)
                && let Ok(future) = pool.submit(|| 7)
            {
                told.send(future.result().unwrap()).unwrap();
            }
        });
    let pool = build_at(&place, builder);
    for _ in 0..2 {
        pool.submit(|| ()).unwrap().result().unwrap();
    }
    assert_eq!(tells.recv().unwrap(), 7);
}

#[test]
fn a_pool_that_is_shut_down_during_a_start_hook_runs_what_was_queued() {
    let (begin, gate) = (Gate::closed(), Gate::closed());
    let (inner, entered) = (gate.clone(), begin.clone());
    let pool = ThreadPool::builder()
        .max_workers(1)
        .on_start(move || {
            entered.open();
            inner.pass();
            Ok::<_, io::Error>(())
        })
        .build()
        .unwrap();
    let future = pool.submit(|| 7).unwrap();
    begin.pass();
    assert_eq!(
        pool.shutdown_timeout(Duration::ZERO),
        Err(ShutdownError::TimedOut)
    );
    gate.open();
    pool.shutdown().unwrap();
    assert_eq!(future.result().unwrap(), 7);
}

#[test]
fn a_hook_that_shuts_its_pool_down_does_not_wait_for_itself() {
    let place = Place::default();
    let [starting, stopping] = [(); 2].map(|()| Arc::clone(&place));
    let (told, tells) = mpsc::channel();
    let tell = told.clone();
    let builder = ThreadPool::builder()
        .max_workers(1)
        .on_start(move || {
            tell.send(pool_of(&starting).unwrap().shutdown()).unwrap();
            Ok::<_, io::Error>(())
        })
        .on_stop(move || told.send(pool_of(&stopping).unwrap().shutdown()).unwrap());
    let pool = build_at(&place, builder);
    let future = pool.submit(|| 7).unwrap();
    for _ in 0..2 {
        assert_eq!(tells.recv().unwrap(), Err(ShutdownError::NotJoined));
    }
    assert_eq!(future.result().unwrap(), 7);
}

/// Tells that its thread has done with the pool.
struct Gone(Sender<()>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.send(()).unwrap();
    }
}

#[test]
fn a_shutdown_waits_for_stop_hooks_and_not_beyond_its_time() {
    thread_local! {
        static GONE: RefCell<Option<Gone>> = const { RefCell::new(None) };
    }
    let (gone, goes) = mpsc::channel();
    let gate = Gate::closed();
    let inner = gate.clone();
    let pool = ThreadPool::builder()
        .max_workers(2)
        .on_stop(move || {
            // One of the two has nothing to tell, and waits.
            if GONE.with_borrow(Option::is_none) {
                inner.pass();
            }
        })
        .build()
        .unwrap();
    let both = Arc::new(std::sync::Barrier::new(2));
    let other = Arc::clone(&both);
    let first = pool.submit(move || {
        GONE.set(Some(Gone(gone)));
        both.wait();
    });
    let second = pool.submit(move || other.wait().is_leader());
    first.unwrap().result().unwrap();
    second.unwrap().result().unwrap();
    assert_eq!(
        pool.shutdown_timeout(Duration::ZERO),
        Err(ShutdownError::TimedOut)
    );
    goes.recv().unwrap();
    assert_eq!(
        pool.shutdown_timeout(Duration::ZERO),
        Err(ShutdownError::TimedOut)
    );
    gate.open();
    pool.shutdown().unwrap();
}
