//! What the threads do: workers as in the pool's own `worker.rs`, and those who submit.

use std::cell::Cell;
use std::rc::Rc;

use creel_core::executor::{Found, Search, Snapshot};

use super::engine::{Actor, Nanoseconds};
use super::patience::Patience;
use super::pool::{Pool, Task};
use super::rules::Searchers;

/// What it takes to make a task and its handle, all that is not shared.
const MAKING: Nanoseconds = 30;
/// The same for running it.
const RUNNING: Nanoseconds = 25;
/// A cell that was filled on another core comes over and goes back.
const CELL: Nanoseconds = 100;
/// Every so many turns a worker looks elsewhere first.
const FAIRNESS: u64 = 61;
/// Between two looks of a worker that found nothing.
const LOOK: Nanoseconds = 250;
/// No word is this one.
const NO_WORD: u64 = u64::MAX;

/// A thread outside of the pool that submits tasks one after the other.
pub(super) struct Submitter {
    pub(super) tasks: u64,
    pub(super) task: Task,
    /// The time from one to the next, beyond what submitting takes.
    pub(super) pause: Nanoseconds,
}

impl Submitter {
    pub(super) async fn run(self, pool: Rc<Pool>, me: Actor) {
        let quiet = Cell::new(NO_WORD);
        for _ in 0..self.tasks {
            pool.time.pass(me, MAKING + self.pause).await;
            // Whether the pool takes tasks.
            pool.glance(me).await;
            let task = Task {
                made_by: me,
                submitted_at: pool.time.now(),
                ..self.task
            };
            pool.inject(me, task).await;
            pool.published(me, &quiet).await;
        }
    }
}

/// A worker, which sleeps at first.
pub(super) async fn work(pool: Rc<Pool>, me: Actor) {
    let worker = Worker {
        pool,
        me,
        turns: Cell::new(0),
        quiet: Cell::new(NO_WORD),
        patience: Patience::default(),
    };
    worker.pool.sleep_until_claimed(me).await;
    loop {
        match worker.look_everywhere().await {
            Some(task) => {
                worker.found().await;
                worker.run_all(task).await;
                worker.search().await;
            }
            None => {
                if !worker.is_patient().await {
                    worker.sleep(|life| life.fall_asleep().1).await;
                }
            }
        }
    }
}

struct Worker {
    pool: Rc<Pool>,
    me: Actor,
    turns: Cell<u64>,
    quiet: Cell<u64>,
    patience: Patience,
}

impl Worker {
    async fn look_everywhere(&self) -> Option<Task> {
        let (pool, me) = (&self.pool, self.me);
        if let Some(task) = pool.pop_own(me).await {
            return Some(task);
        }
        if let Some(task) = pool.steal_from_outside(me).await {
            return Some(task);
        }
        pool.steal_from_others(me).await
    }

    /// Counts itself busy, and wakes the next if nobody searches any more and there is more to do.
    async fn found(&self) {
        let (pool, me) = (&self.pool, self.me);
        if pool.advance(me, Snapshot::work_found).await == Found::PassOn {
            pool.fence(me).await;
            if pool.has_work(me).await {
                pool.published(me, &Cell::new(NO_WORD)).await;
            }
        }
    }

    async fn run_all(&self, first: Task) {
        let (pool, me) = (&self.pool, self.me);
        let mut next = Some(first);
        while let Some(task) = next {
            self.run(task).await;
            // Whether it is to leave.
            pool.glance(me).await;
            next = self.find_near().await;
        }
    }

    async fn find_near(&self) -> Option<Task> {
        let (pool, me) = (&self.pool, self.me);
        if self.turns.get().is_multiple_of(3 * FAIRNESS)
            && let Some(task) = pool.steal_from_outside(me).await
        {
            return Some(task);
        }
        match pool.pop_own(me).await {
            Some(task) => Some(task),
            None => pool.steal_from_outside(me).await,
        }
    }

    async fn run(&self, task: Task) {
        let (pool, me) = (&self.pool, self.me);
        let figures = &pool.figures;
        if self.turns.replace(self.turns.get() + 1) == 0 {
            figures.at_work.set(figures.at_work.get() + 1);
            figures.all_at_work_at.set(pool.time.now());
        }
        let waited = pool.time.now() - task.submitted_at;
        figures.waits.borrow_mut().push(waited);
        let cell = if task.made_by == me { 0 } else { CELL };
        pool.time.pass(me, RUNNING + cell + task.takes).await;
        if task.generations > 0 {
            for _ in 0..2 {
                pool.time.pass(me, MAKING).await;
                let child = Task {
                    generations: task.generations - 1,
                    made_by: me,
                    submitted_at: pool.time.now(),
                    ..task
                };
                pool.push_own(me, child).await;
                pool.published(me, &self.quiet).await;
            }
        }
        figures.done.set(figures.done.get() + 1);
        figures.ended_at.set(pool.time.now());
    }

    async fn search(&self) {
        let (pool, me) = (&self.pool, self.me);
        let search = pool
            .advance(me, |life| match pool.rules.searchers {
                Searchers::Half => life.search(),
                Searchers::Eighth if 8 * life.searching() >= life.workers() => {
                    (Search::Enough, life)
                }
                // Idle and claimed at once: searching.
                Searchers::Eighth => (Search::Search, life.doze().1.claimed()),
            })
            .await;
        if search == Search::Enough {
            self.sleep(|life| life.doze().1).await;
        }
    }

    /// Looks on for as long as that has paid of late; whether something came.
    async fn is_patient(&self) -> bool {
        let (pool, me) = (&self.pool, self.me);
        if pool.has_work(me).await {
            return true;
        }
        let Some(stare) = self.patience.stare() else {
            return false;
        };
        let since = pool.time.now();
        while pool.time.now() - since <= stare {
            pool.time.pass(me, LOOK).await;
            if pool.has_work(me).await {
                self.patience.paid(pool.time.now() - since);
                return true;
            }
        }
        self.patience.wasted();
        false
    }

    /// Sleeps until it is claimed, unless there is work after all.
    async fn sleep(&self, transition: impl Fn(Snapshot) -> Snapshot) {
        let (pool, me) = (&self.pool, self.me);
        pool.enter(me, transition).await;
        pool.fence(me).await;
        if pool.has_work(me).await && pool.take_out(me).await {
            return;
        }
        pool.sleep_until_claimed(me).await;
    }
}
