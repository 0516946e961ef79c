//! Every interleaving of whoever publishes a task and a worker that falls asleep or leaves, by loom.
//!
//! The queue is a relaxed flag, weaker than any real queue, so that only the protocol's fences order it.

use std::sync::Arc;
use std::time::Duration;

use creel_core::executor::{Found, Limits, Mode, Publish, Shutdown, Snapshot, Terminate};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::{Dormitory, Woken};

const ONE_WORKER: Limits = Limits {
    min_workers: 0,
    max_workers: 1,
    max_spares: 0,
    max_tasks_per_worker: None,
};

struct Pool {
    dormitory: Dormitory,
    queue: AtomicBool,
}

impl Pool {
    /// A pool whose only worker searches.
    fn searching() -> Arc<Self> {
        let pool = Arc::new(Self {
            dormitory: Dormitory::new(),
            queue: AtomicBool::new(false),
        });
        assert_eq!(pool.dormitory.published(ONE_WORKER), Publish::Start);
        pool
    }

    fn publish(&self) -> Publish {
        self.queue.store(true, Ordering::Relaxed);
        self.dormitory.published(ONE_WORKER)
    }

    fn has_work(&self) -> bool {
        self.queue.load(Ordering::Relaxed)
    }

    /// Only one worker takes. It does not write in vain: loom does not know that a read-modify-write stands
    /// right behind what it read, and would let a later task come before it.
    fn take(&self) -> bool {
        let full = self.has_work();
        if full {
            self.queue.store(false, Ordering::Relaxed);
        }
        full
    }

    /// One search and, without success, one sleep; whether the worker holds the task afterwards.
    fn search_once(&self, keep_alive: Option<Duration>) -> (bool, Woken) {
        if self.take() {
            return (true, Woken::Search);
        }
        let woken = self
            .dormitory
            .sleep(Snapshot::fall_asleep, ONE_WORKER, keep_alive, || {
                self.has_work()
            });
        (woken == Woken::Search && self.take(), woken)
    }
}

#[test]
fn a_worker_that_falls_asleep_never_misses_a_task() {
    loom::model(|| {
        let pool = Pool::searching();
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.publish())
        };
        // A lost wake-up leaves this thread parked for ever, which loom reports as a deadlock.
        let (found, _) = pool.search_once(None);
        assert!(found);
        assert_ne!(
            submitter.join().unwrap(),
            Publish::Start,
            "the worker was there all the time"
        );
    });
}

#[test]
fn a_worker_that_leaves_never_strands_a_task() {
    loom::model(|| {
        let pool = Pool::searching();
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.publish())
        };
        let (found, woken) = pool.search_once(Some(Duration::ZERO));
        let mut somebody_comes = found;
        if woken == Woken::Leave {
            somebody_comes |=
                pool.dormitory.look_again(ONE_WORKER, || pool.has_work()) == Publish::Start;
        }
        somebody_comes |= submitter.join().unwrap() == Publish::Start;
        assert!(somebody_comes, "the task is stranded");
    });
}

#[test]
fn the_last_searcher_that_turns_busy_leaves_no_task_to_nobody() {
    loom::model(|| {
        let pool = Pool::searching();
        let limits = Limits {
            max_workers: 2,
            ..ONE_WORKER
        };
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                pool.queue.store(true, Ordering::Relaxed);
                pool.dormitory.published(limits) == Publish::Start
            })
        };
        // This worker found an older task, and will be busy with it for ever.
        let mut helped = false;
        if pool.dormitory.state().advance(Snapshot::work_found) == Found::PassOn {
            helped = pool.dormitory.look_again(limits, || pool.has_work()) == Publish::Start;
        }
        let started = submitter.join().unwrap();
        assert!(
            helped || started,
            "the second task waits behind a busy worker"
        );
        assert!(!(helped && started), "one task, one worker");
    });
}

#[test]
fn a_task_that_races_the_end_is_run_or_taken_back() {
    loom::model(|| {
        let pool = Arc::new(Pool {
            dormitory: Dormitory::new(),
            queue: AtomicBool::new(false),
        });
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.publish())
        };
        let state = pool.dormitory.state();
        assert_eq!(
            state.advance(|life| life.shutdown(Mode::Drain)),
            Shutdown::Drain
        );
        let ended = !pool.has_work() && state.advance(Snapshot::terminate) == Terminate::Ended;
        match submitter.join().unwrap() {
            Publish::Start => assert!(!ended, "a worker comes, so this is not the end"),
            Publish::Reclaim => assert!(ended),
            other => panic!("{other:?}: nobody will look at the queue"),
        }
    });
}

#[test]
fn every_sleeper_sees_the_shutdown() {
    loom::model(|| {
        let pool = Pool::searching();
        let closer = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                let _first = pool
                    .dormitory
                    .state()
                    .advance(|life| life.shutdown(Mode::Drain));
                pool.dormitory.wake_all();
            })
        };
        // Asleep before the shutdown it is woken, and searches in vain; then it leaves.
        let (_, mut woken) = pool.search_once(None);
        while woken == Woken::Search {
            (_, woken) = pool.search_once(None);
        }
        assert_eq!(woken, Woken::Leave);
        closer.join().unwrap();
        assert_eq!(pool.dormitory.state().load().workers(), 0);
    });
}
