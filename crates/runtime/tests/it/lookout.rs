use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use creel_core::port::{Lookout, Watch, Watcher};
use creel_runtime::ThreadPool;
use creel_testkit::ScriptedLookout;

fn watching(workers: usize) -> (ThreadPool, Arc<ScriptedLookout>) {
    let lookout = Arc::new(ScriptedLookout::new());
    (pool_at(lookout.clone(), workers), lookout)
}

fn pool_at(lookout: Arc<dyn Lookout>, workers: usize) -> ThreadPool {
    ThreadPool::builder()
        .min_workers(workers)
        .max_workers(workers)
        .lookout(lookout)
        .build()
        .unwrap()
}

/// A pool of one worker whose time is over after a moment, unless it is one of so many that stay.
fn brief(staying: usize) -> (ThreadPool, Arc<ScriptedLookout>) {
    let lookout = Arc::new(ScriptedLookout::new());
    let pool = ThreadPool::builder()
        .min_workers(staying)
        .max_workers(1)
        .keep_alive(Duration::from_millis(1))
        .lookout(lookout.clone())
        .build()
        .unwrap();
    (pool, lookout)
}

#[test]
fn an_idle_worker_keeps_watch_and_comes_back_for_a_task() {
    let (pool, lookout) = watching(1);
    for _ in 0..100 {
        let watcher = lookout.wait_for_watcher();
        let task = pool.submit(|| thread::current().id()).unwrap();
        assert_eq!(task.result().unwrap(), watcher);
    }
}

#[test]
fn what_is_found_goes_on_on_the_thread_that_found_it_while_others_sleep() {
    const ROUNDS: usize = 100;
    let (pool, lookout) = watching(2);
    let mut stayed = 0;
    for _ in 0..ROUNDS {
        let outside = Arc::clone(&lookout);
        let task = pool
            .spawn(async move {
                outside.event().await;
                thread::current().id()
            })
            .unwrap();
        lookout.wait_for_waiting(1);
        let watcher = lookout.wait_for_watcher();
        // Whoever still searches would take it, which is its right.
        while pool.idle_workers() < 2 {}
        lookout.happen();
        stayed += usize::from(task.result().unwrap() == watcher);
    }
    // One that counts as idle may not sleep yet, and look once more.
    assert!(stayed > ROUNDS / 2, "only {stayed} of {ROUNDS} stayed");
}

#[test]
fn others_take_their_part_of_what_one_worker_found() {
    let (pool, lookout) = watching(2);
    let (arrive, arrived) = mpsc::channel();
    let both = Arc::new(std::sync::Barrier::new(2));
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let (outside, both) = (Arc::clone(&lookout), Arc::clone(&both));
            let arrive = arrive.clone();
            let waiting = async move {
                outside.event().await;
                // Neither ends before the other runs.
                both.wait();
                arrive.send(thread::current().id()).unwrap();
            };
            pool.spawn(waiting).unwrap()
        })
        .collect();
    lookout.wait_for_waiting(2);
    lookout.wait_for_watcher();
    lookout.happen();
    for task in tasks {
        task.result().unwrap();
    }
    assert_ne!(arrived.recv().unwrap(), arrived.recv().unwrap());
}

#[test]
fn a_pool_ends_while_a_worker_keeps_watch() {
    for _ in 0..20 {
        let (pool, lookout) = watching(2);
        lookout.wait_for_watcher();
        pool.shutdown().unwrap();
        lookout.wait_until_left();
    }
}

#[test]
fn a_worker_that_watches_in_vain_leaves_when_its_time_is_over() {
    let (pool, lookout) = brief(0);
    for _ in 0..20 {
        pool.submit(|| ()).unwrap().result().unwrap();
        lookout.wait_until_left();
    }
    pool.shutdown().unwrap();
}

#[test]
fn a_worker_that_stays_keeps_watch_beyond_its_time() {
    let (pool, lookout) = brief(1);
    for _ in 0..20 {
        // The scripted lookout lets nobody wait who watches until a time.
        let watcher = lookout.wait_for_watcher();
        let task = pool.submit(|| thread::current().id()).unwrap();
        assert_eq!(task.result().unwrap(), watcher);
    }
    pool.shutdown().unwrap();
}

/// A lookout at which something of other pools is always ready.
struct OfOthers;

impl Lookout for OfOthers {
    fn watch(&self, _: Option<Instant>, watcher: &mut dyn Watcher) -> Watch {
        if watcher.stays() {
            watcher.found();
        }
        Watch::Kept
    }

    fn rouse(&self) {}
}

#[test]
fn a_pool_ends_whose_lookout_finds_what_is_others_again_and_again() {
    let pool = pool_at(Arc::new(OfOthers), 2);
    pool.submit(|| ()).unwrap().result().unwrap();
    pool.shutdown().unwrap();
}

/// A lookout that panics at the end of its next watch of a kind, if that is asked for.
#[derive(Default)]
struct Faulty {
    inner: ScriptedLookout,
    panics_when_watched: AtomicBool,
    panics_at_glances: AtomicBool,
    panics_when_roused: AtomicBool,
}

impl Lookout for Faulty {
    fn watch(&self, until: Option<Instant>, watcher: &mut dyn Watcher) -> Watch {
        let watch = self.inner.watch(until, watcher);
        let panics = match until {
            None => &self.panics_when_watched,
            Some(_) => &self.panics_at_glances,
        };
        assert!(!panics.swap(false, Ordering::Relaxed), "the lookout panics");
        watch
    }

    fn rouse(&self) {
        self.inner.rouse();
        let panics = self.panics_when_roused.swap(false, Ordering::Relaxed);
        assert!(!panics, "the lookout panics");
    }
}

#[test]
fn a_worker_survives_a_lookout_that_panics_and_keeps_watch_again() {
    let faults: [fn(&Faulty) -> &AtomicBool; 3] = [
        |lookout| &lookout.panics_when_watched,
        |lookout| &lookout.panics_at_glances,
        |lookout| &lookout.panics_when_roused,
    ];
    for fault in faults {
        let lookout = Arc::new(Faulty::default());
        let pool = pool_at(lookout.clone(), 1);
        let watcher = lookout.inner.wait_for_watcher();
        fault(&lookout).store(true, Ordering::Relaxed);
        // One ends the watch, the other what follows the glance.
        for _ in 0..2 {
            let task = pool.submit(|| thread::current().id()).unwrap();
            assert_eq!(task.result().unwrap(), watcher);
        }
        assert_eq!(lookout.inner.wait_for_watcher(), watcher);
        assert!(!fault(&lookout).load(Ordering::Relaxed));
        pool.shutdown().unwrap();
    }
}

#[test]
fn what_a_watch_found_before_it_panicked_goes_on() {
    let lookout = Arc::new(Faulty::default());
    let pool = pool_at(lookout.clone(), 1);
    let outside = Arc::clone(&lookout);
    let task = pool
        .spawn(async move { outside.inner.event().await })
        .unwrap();
    lookout.inner.wait_for_waiting(1);
    lookout.inner.wait_for_watcher();
    lookout.panics_when_watched.store(true, Ordering::Relaxed);
    lookout.inner.happen();
    task.result().unwrap();
    assert!(!lookout.panics_when_watched.load(Ordering::Relaxed));
}
