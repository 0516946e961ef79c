//! Every interleaving of a worker that keeps watch, whoever claims it, and what happens outside, by loom.

use std::sync::Arc;
use std::time::Instant;

use creel_core::executor::{Limits, Publish, Snapshot};
use creel_core::port::{Lookout, Watch, Watcher};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::super::{Dormitory, Sleeper, Woken};
use super::Post;
use crate::sync::{Condvar, Mutex, wait};

const ONE_WORKER: Limits = Limits {
    min_workers: 0,
    max_workers: 1,
    max_spares: 0,
    max_tasks_per_worker: None,
};

/// An outside whose events wait, one for each watch, for whoever keeps watch.
struct Outside {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Default)]
struct Seen {
    events: u32,
    is_roused: bool,
}

impl Outside {
    fn happen(&self) {
        self.seen.lock().events += 1;
        self.changed.notify_one();
    }
}

impl Lookout for Outside {
    fn watch(&self, _: Option<Instant>, watcher: &mut dyn Watcher) -> Watch {
        if watcher.stays() {
            let mut seen = self.seen.lock();
            while seen.events == 0 && !seen.is_roused {
                seen = wait(&self.changed, seen);
            }
            seen.is_roused = false;
            let has_found = seen.events > 0;
            seen.events -= u32::from(has_found);
            drop(seen);
            if has_found {
                watcher.found();
            }
        }
        Watch::Kept
    }

    fn rouse(&self) {
        self.seen.lock().is_roused = true;
        self.changed.notify_one();
    }
}

struct Pool {
    dormitory: Dormitory,
    queue: AtomicBool,
    outside: Arc<Outside>,
}

impl Pool {
    /// A pool whose only worker searches.
    fn searching() -> Arc<Self> {
        let pool = Arc::new(Self {
            dormitory: Dormitory::new(),
            queue: AtomicBool::new(false),
            outside: Arc::new(Outside {
                seen: Mutex::new(Seen::default()),
                changed: Condvar::new(),
            }),
        });
        assert_eq!(pool.dormitory.published(ONE_WORKER), Publish::Start);
        pool
    }

    fn publish(&self) -> Publish {
        self.dormitory
            .publish(ONE_WORKER, || self.queue.store(true, Ordering::Relaxed))
    }

    fn has_work(&self) -> bool {
        self.queue.load(Ordering::Relaxed)
    }

    fn sleeper(&self) -> Arc<Sleeper> {
        Sleeper::of_this_thread(Some(Post::new(self.outside.clone())))
    }

    /// Has the worker keep watch once, unless there is work.
    fn watch(&self, sleeper: &Arc<Sleeper>) {
        let transition = Snapshot::fall_asleep;
        let has_work = || self.has_work();
        let woken = self
            .dormitory
            .sleep(sleeper, transition, ONE_WORKER, None, has_work);
        assert_eq!(woken, Woken::Search);
        // Nobody sleeps any more, in the list and in the word.
        let life = self.dormitory.state().load();
        assert_eq!(self.dormitory.sleepers.lock().len(), 0);
        assert_eq!((life.idle(), life.searching()), (0, 1));
    }
}

#[test]
fn a_worker_that_keeps_watch_never_misses_a_task() {
    loom::model(|| {
        let pool = Pool::searching();
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.publish())
        };
        // A worker that is not called back waits for ever, which loom reports as a deadlock.
        pool.watch(&pool.sleeper());
        assert!(pool.has_work());
        assert_ne!(submitter.join().unwrap(), Publish::Start);
    });
}

#[test]
fn what_is_found_brings_the_worker_back() {
    loom::model(|| {
        let pool = Pool::searching();
        let outside = Arc::clone(&pool.outside);
        let event = thread::spawn(move || outside.happen());
        pool.watch(&pool.sleeper());
        event.join().unwrap();
    });
}

#[test]
fn a_worker_that_is_claimed_as_it_finds_something_is_claimed_for_that_alone() {
    loom::model(|| {
        let pool = Pool::searching();
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.publish())
        };
        let events = {
            let outside = Arc::clone(&pool.outside);
            thread::spawn(move || {
                outside.happen();
                outside.happen();
            })
        };
        let sleeper = pool.sleeper();
        pool.watch(&sleeper);
        if pool.has_work() {
            pool.queue.store(false, Ordering::Relaxed);
        }
        // What ends this one is another event, or a claim for that.
        pool.watch(&sleeper);
        events.join().unwrap();
        assert_ne!(submitter.join().unwrap(), Publish::Start);
    });
}
