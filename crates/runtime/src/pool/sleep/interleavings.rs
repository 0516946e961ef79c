//! Every interleaving of whoever publishes a task and a worker that falls asleep or leaves, by loom.
//!
//! The queue is a relaxed flag, weaker than any real queue, so that only the protocol's fences order it.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use creel_core::executor::{
    Block, Limits, Mode, Phase, Publish, Shutdown, Sleep, Snapshot, StartFailed, Stay, Terminate,
};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::{Dormitory, NO_WORD, Sleeper, Woken};

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

    /// A pool whose only worker runs a task.
    fn busy() -> Arc<Self> {
        let pool = Self::searching();
        assert_eq!(pool.dormitory.found(ONE_WORKER, || false), Publish::Leave);
        pool
    }

    /// The worker that runs a task has run its last one; what it must do then.
    fn retire(&self) -> Publish {
        let worn_out = Limits {
            max_tasks_per_worker: Some(1),
            ..ONE_WORKER
        };
        let state = self.dormitory.state();
        assert_eq!(
            state.advance(|life| life.turn_ended(1, worn_out)),
            Stay::Leave
        );
        self.dormitory.look_after(ONE_WORKER, || self.has_work())
    }

    /// Ends the pool if it was shut down, nobody is there and nothing is queued; whether this did it.
    fn try_terminate(&self) -> bool {
        let state = self.dormitory.state();
        state.load().workers() == 0
            && !self.has_work()
            && state.advance(Snapshot::terminate) == Terminate::Ended
    }

    fn shut_down(&self) {
        let action = self
            .dormitory
            .state()
            .advance(|life| life.shutdown(Mode::Drain));
        assert_eq!(action, Shutdown::Drain);
    }

    fn publish(&self) -> Publish {
        self.publish_within(ONE_WORKER)
    }

    fn publish_within(&self, limits: Limits) -> Publish {
        self.dormitory
            .publish(limits, || self.queue.store(true, Ordering::Relaxed))
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
        self.search_once_as(&Sleeper::of_this_thread(None), keep_alive)
    }

    fn search_once_as(
        &self,
        sleeper: &Arc<Sleeper>,
        keep_alive: Option<Duration>,
    ) -> (bool, Woken) {
        if self.take() {
            return (true, Woken::Search);
        }
        let woken = self.dormitory.sleep(
            sleeper,
            Snapshot::fall_asleep,
            ONE_WORKER,
            keep_alive,
            || self.has_work(),
        );
        (woken == Woken::Search && self.take(), woken)
    }

    /// Nobody sleeps any more, in the list and in the word, and so many workers are there and search.
    #[track_caller]
    fn check_searching(&self, workers: u16) {
        let life = self.dormitory.state().load();
        assert_eq!(self.dormitory.sleepers.lock().len(), 0);
        assert_eq!(
            (life.idle(), life.searching(), life.workers()),
            (0, workers, workers)
        );
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
        pool.check_searching(1);
    });
}

#[test]
fn a_submitter_whose_step_is_a_fence_is_never_missed() {
    loom::model(|| {
        let pool = Pool::searching();
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                pool.queue.swap(true, Ordering::SeqCst);
                pool.dormitory.published_by_step(|| ONE_WORKER)
            })
        };
        let (found, _) = pool.search_once(None);
        assert!(found);
        assert_ne!(submitter.join().unwrap(), Publish::Start);
    });
}

#[test]
fn a_worker_sleeps_each_time_until_it_is_claimed_for_that() {
    loom::model(|| {
        let pool = Pool::searching();
        let sleeper = Sleeper::of_this_thread(None);
        for _ in 0..2 {
            let submitter = {
                let pool = Arc::clone(&pool);
                thread::spawn(move || pool.publish())
            };
            let (found, _) = pool.search_once_as(&sleeper, None);
            assert!(found, "nobody has claimed it");
            let _claimed = submitter.join().unwrap();
            pool.check_searching(1);
        }
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
                pool.dormitory.look_after(ONE_WORKER, || pool.has_work()) == Publish::Start;
        }
        somebody_comes |= submitter.join().unwrap() == Publish::Start;
        assert!(somebody_comes, "the task is stranded");
        pool.check_searching(1);
    });
}

#[test]
fn a_worn_out_worker_never_strands_a_task() {
    loom::model(|| {
        let pool = Pool::busy();
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.publish() == Publish::Start)
        };
        let replaced = pool.retire() == Publish::Start;
        let started = submitter.join().unwrap();
        assert!(replaced || started, "the task is stranded");
        assert!(!(replaced && started), "one task, one worker");
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
            thread::spawn(move || pool.publish_within(limits) == Publish::Start)
        };
        // This worker found an older task, and will be busy with it for ever.
        let helped = pool.dormitory.found(limits, || pool.has_work()) == Publish::Start;
        let started = submitter.join().unwrap();
        assert!(
            helped || started,
            "the second task waits behind a busy worker"
        );
        assert!(!(helped && started), "one task, one worker");
    });
}

#[test]
fn a_worker_at_work_that_fills_its_own_queue_leaves_no_task_to_nobody() {
    loom::model(|| {
        // One worker runs a task, and another one is about to sleep.
        let pool = Pool::busy();
        let limits = Limits {
            max_workers: 2,
            ..ONE_WORKER
        };
        assert_eq!(pool.dormitory.published(limits), Publish::Start);
        let busy = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                pool.queue.store(true, Ordering::Relaxed);
                let quiet = Cell::new(NO_WORD);
                pool.dormitory.published_again(|| limits, &quiet)
            })
        };
        let (found, _) = pool.search_once(None);
        assert!(found, "the task waits behind the one that runs");
        assert_ne!(busy.join().unwrap(), Publish::Start);
    });
}

#[test]
fn who_stops_a_pool_finds_what_a_worker_at_work_has_queued_unless_that_knows() {
    loom::model(|| {
        let pool = Pool::busy();
        let busy = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                pool.queue.store(true, Ordering::Relaxed);
                let quiet = Cell::new(NO_WORD);
                let _nobody_sleeps = pool.dormitory.published_again(|| ONE_WORKER, &quiet);
                let word = pool.dormitory.state().word();
                Snapshot::from_bits(word).phase() == Phase::Stopping
            })
        };
        assert_eq!(pool.dormitory.shut_down(Mode::Stop), Shutdown::Stop);
        let found = pool.has_work();
        let knows = busy.join().unwrap();
        assert!(found || knows, "the task waits behind a body that runs on");
    });
}

#[test]
fn a_worker_that_blocks_leaves_no_task_to_nobody() {
    loom::model(|| {
        let pool = Pool::busy();
        let limits = Limits {
            max_spares: 1,
            ..ONE_WORKER
        };
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.publish_within(limits) == Publish::Start)
        };
        let (blocked, answer) = pool.dormitory.block(limits, || pool.has_work());
        assert_eq!(blocked, Block::Wait);
        let replaced = answer == Publish::Start;
        let started = submitter.join().unwrap();
        assert!(
            replaced || started,
            "the task waits behind a blocked worker"
        );
        assert!(!(replaced && started), "one task, one worker");
    });
}

#[test]
fn whoever_relied_on_a_worker_that_never_came_gets_another() {
    loom::model(|| {
        // One worker runs a task; another one was started, and will not come.
        let pool = Pool::busy();
        let limits = Limits {
            max_workers: 2,
            ..ONE_WORKER
        };
        assert_eq!(pool.dormitory.published(limits), Publish::Start);
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                let relied = pool.publish_within(limits);
                assert_ne!(relied, Publish::Start);
                assert_eq!(
                    pool.dormitory.go_without(Snapshot::start_failed, limits),
                    StartFailed::Notify
                );
            })
        };
        let woken = pool.dormitory.sleep(
            &Sleeper::of_this_thread(None),
            Snapshot::doze,
            limits,
            None,
            || pool.has_work(),
        );
        assert_eq!(woken, Woken::Search);
        assert!(pool.take());
        submitter.join().unwrap();
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
        pool.shut_down();
        let ended = pool.try_terminate();
        match submitter.join().unwrap() {
            Publish::Start => assert!(!ended, "a worker comes, so this is not the end"),
            Publish::Reclaim => assert!(ended),
            other => panic!("{other:?}: nobody will look at the queue"),
        }
    });
}

#[test]
fn a_pool_that_is_shut_down_ends_once_and_leaves_no_task_behind() {
    loom::model(|| {
        let pool = Pool::busy();
        let closer = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                pool.shut_down();
                pool.try_terminate()
            })
        };
        // The last task of the last worker submits another one.
        let _this_worker = pool.publish();
        let action = pool.retire();
        let ended_here = pool.try_terminate();
        let ended_there = closer.join().unwrap();
        assert_eq!(action, Publish::Start, "the task is left behind");
        assert!(!ended_here && !ended_there, "a worker comes");
        // It finds the task, and leaves as the last one.
        assert!(pool.take());
        assert_eq!(
            pool.dormitory.sleep(
                &Sleeper::of_this_thread(None),
                Snapshot::fall_asleep,
                ONE_WORKER,
                None,
                || false
            ),
            Woken::Leave
        );
        assert!(pool.try_terminate());
    });
}

#[test]
fn every_sleeper_sees_the_shutdown() {
    loom::model(|| {
        let pool = Pool::searching();
        let closer = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                pool.shut_down();
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
        pool.check_searching(0);
    });
}

#[test]
fn a_submitter_that_races_the_shutdown_finds_the_worker_that_it_claims() {
    // Three threads have very many interleavings.
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let pool = Pool::searching();
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.publish())
        };
        let closer = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                pool.shut_down();
                pool.dormitory.wake_all();
            })
        };
        let (mut found, mut woken) = pool.search_once(None);
        while !found && woken == Woken::Search {
            (found, woken) = pool.search_once(None);
        }
        let mut somebody_comes = found;
        if woken == Woken::Leave {
            somebody_comes |=
                pool.dormitory.look_after(ONE_WORKER, || pool.has_work()) == Publish::Start;
        }
        somebody_comes |= submitter.join().unwrap() == Publish::Start;
        closer.join().unwrap();
        assert!(somebody_comes, "the task is stranded");
    });
}

#[test]
fn a_task_that_relied_on_a_worker_that_never_came_is_seen() {
    loom::model(|| {
        let pool = Pool::searching();
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.publish())
        };
        assert_eq!(
            pool.dormitory
                .go_without(Snapshot::start_failed, ONE_WORKER),
            StartFailed::Abandon
        );
        let abandoned = pool.has_work();
        let another_comes = submitter.join().unwrap() == Publish::Start;
        assert!(abandoned || another_comes, "the task is stranded");
    });
}

#[test]
fn nobody_relies_on_a_worker_in_its_start_hook_while_another_is_idle() {
    loom::model(|| {
        // One worker sleeps, and another is on its way.
        let pool = Pool::searching();
        let state = pool.dormitory.state();
        let sleeper = Sleeper::of_this_thread(None);
        assert_eq!(state.advance(Snapshot::fall_asleep), Sleep::LookAgain);
        pool.dormitory.sleepers.lock().push(Arc::clone(&sleeper));
        let two = Limits {
            min_workers: 2,
            max_workers: 2,
            ..ONE_WORKER
        };
        assert_eq!(state.advance(|life| life.prestart(two)), Publish::Start);
        let submitter = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.publish_within(two))
        };
        let woken = pool
            .dormitory
            .found(two.without_start(), || pool.has_work());
        assert_ne!(woken, Publish::Start);
        assert_ne!(submitter.join().unwrap(), Publish::Start);
        assert!(sleeper.is_claimed(), "the task waits for a hook");
    });
}
