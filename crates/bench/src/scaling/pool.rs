//! The pool in the simulation: the word and the list of sleepers, each with the lines it lives on.
//!
//! What is decided is decided by [`Snapshot`], as in the pool itself; only the time that it takes is made up here.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use creel_core::executor::{Limits, Publish, Snapshot};

use super::engine::{Actor, Nanoseconds, Time};
use super::memory::{Line, STEP, Traffic};
use super::queues::Queues;
use super::rules::{Rules, Wake};

/// What a thread pays to wake another one: a system call.
const WAKE_CALL: Nanoseconds = 1_500;
/// Until the one that is woken runs.
const WAKE_LATENCY: Nanoseconds = 5_000;

/// A task: how long it runs, and how many generations it begets, two tasks in each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    pub(super) takes: Nanoseconds,
    pub(super) generations: u32,
    /// Where its cell was filled.
    pub(super) made_by: Actor,
    pub(super) submitted_at: Nanoseconds,
}

/// Everything that the threads share.
pub(super) struct Pool {
    pub(super) time: Rc<Time>,
    pub(super) rules: Rules,
    pub(super) limits: Limits,
    pub(super) figures: Figures,
    word: Cell<u64>,
    word_line: Line,
    flag_line: Line,
    pub(super) queues: Queues,
    dormitory: Dormitory,
}

/// What a run came to.
#[derive(Default)]
pub(super) struct Figures {
    pub(super) word: Rc<Traffic>,
    pub(super) injector: Rc<Traffic>,
    pub(super) deques: Rc<Traffic>,
    pub(super) list: Rc<Traffic>,
    pub(super) retries: Cell<u64>,
    pub(super) wakes: Cell<u64>,
    pub(super) done: Cell<u64>,
    pub(super) ended_at: Cell<Nanoseconds>,
    /// When the last of the workers began its first task.
    pub(super) all_at_work_at: Cell<Nanoseconds>,
    pub(super) at_work: Cell<u64>,
    /// How long each task was queued.
    pub(super) waits: RefCell<Vec<Nanoseconds>>,
}

/// The list of sleepers and its lock.
struct Dormitory {
    sleepers: RefCell<Vec<Actor>>,
    is_locked: Cell<bool>,
    in_line: RefCell<VecDeque<Actor>>,
    lock: Line,
    claimed: Vec<Cell<bool>>,
    asleep: Vec<Cell<bool>>,
}

impl Pool {
    /// A pool of that many workers, each of them asleep.
    pub(super) fn asleep(time: &Rc<Time>, workers: u16, rules: Rules) -> Self {
        let limits = Limits {
            min_workers: workers,
            max_workers: workers,
            max_spares: 0,
            max_tasks_per_worker: None,
        };
        let life = (0..workers).fold(Snapshot::new(), |life, _| {
            let (_start, life) = life.prestart(limits);
            life.fall_asleep().1
        });
        let figures = Figures::default();
        let count = usize::from(workers);
        Self {
            rules,
            limits,
            word: Cell::new(life.bits()),
            word_line: Line::new(time, &figures.word),
            flag_line: Line::new(time, &figures.word),
            queues: Queues::new(time, &figures, count, rules),
            dormitory: Dormitory {
                sleepers: RefCell::new((0..count).collect()),
                is_locked: Cell::new(false),
                in_line: RefCell::default(),
                lock: Line::new(time, &figures.list),
                claimed: (0..count).map(|_| Cell::new(false)).collect(),
                asleep: (0..count).map(|_| Cell::new(true)).collect(),
            },
            figures,
            time: Rc::clone(time),
        }
    }

    pub(super) fn workers(&self) -> usize {
        self.dormitory.claimed.len()
    }

    /// Applies a transition to the word, again where somebody else was first.
    pub(super) async fn advance<A>(
        &self,
        me: Actor,
        transition: impl Fn(Snapshot) -> (A, Snapshot),
    ) -> A {
        self.word_line.read(me).await;
        let mut seen = self.word.get();
        loop {
            let (action, next) = transition(Snapshot::from_bits(seen));
            if next.bits() == seen {
                return action;
            }
            self.word_line.write(me).await;
            if self.word.get() == seen {
                self.word.set(next.bits());
                let was_quiet = self.is_quiet(Snapshot::from_bits(seen));
                if self.rules.has_flag && self.is_quiet(next) != was_quiet {
                    self.flag_line.write(me).await;
                }
                return action;
            }
            self.retried();
            seen = self.word.get();
        }
    }

    /// Reads how things stand, to learn whether there is something to do.
    pub(super) async fn glance(&self, me: Actor) -> u64 {
        if self.rules.has_flag {
            self.flag_line.read(me).await;
        } else {
            self.word_line.read(me).await;
        }
        self.word.get()
    }

    /// Whether whoever publishes has nothing to do.
    fn is_quiet(&self, life: Snapshot) -> bool {
        self.answer(life).0 == Publish::Leave
    }

    /// A fence, after which the time is another.
    pub(super) async fn fence(&self, me: Actor) {
        self.time.pass(me, STEP).await;
    }

    /// Answers for a task that stands in a queue. `quiet` is the last word for which nothing was to be done.
    pub(super) async fn published(&self, me: Actor, quiet: &Cell<u64>) {
        self.fence(me).await;
        let word = self.glance(me).await;
        if word == quiet.get() {
            return;
        }
        if self.is_quiet(Snapshot::from_bits(word)) {
            quiet.set(word);
            return;
        }
        self.lock(me).await;
        let action = self.advance(me, |life| self.answer(life)).await;
        let claimed = (action == Publish::Wake)
            .then(|| self.dormitory.sleepers.borrow_mut().pop())
            .flatten();
        self.unlock();
        if let Some(sleeper) = claimed {
            self.wake(me, sleeper).await;
        }
    }

    fn answer(&self, life: Snapshot) -> (Publish, Snapshot) {
        match self.rules.wake {
            Wake::OneSearches => life.published(self.limits),
            Wake::EachTask if life.idle() > 0 => (Publish::Wake, life.claimed()),
            Wake::EachTask => (Publish::Leave, life),
        }
    }

    async fn wake(&self, me: Actor, sleeper: Actor) {
        self.figures.wakes.set(self.figures.wakes.get() + 1);
        self.dormitory.claimed[sleeper].set(true);
        if self.dormitory.asleep[sleeper].replace(false) {
            self.time.rouse(sleeper, WAKE_LATENCY);
        }
        self.time.pass(me, WAKE_CALL).await;
    }

    /// Sleeps until somebody has claimed this worker.
    pub(super) async fn sleep_until_claimed(&self, me: Actor) {
        if !self.dormitory.claimed[me].get() {
            self.dormitory.asleep[me].set(true);
            Time::stop().await;
        }
        self.dormitory.claimed[me].set(false);
    }

    /// Enters the list of sleepers, counted by the transition.
    pub(super) async fn enter(&self, me: Actor, transition: impl Fn(Snapshot) -> Snapshot) {
        self.lock(me).await;
        self.advance(me, |life| ((), transition(life))).await;
        self.dormitory.sleepers.borrow_mut().push(me);
        self.unlock();
    }

    /// Leaves the list, unless somebody has claimed this worker meanwhile.
    pub(super) async fn take_out(&self, me: Actor) -> bool {
        self.lock(me).await;
        let place = {
            let sleepers = self.dormitory.sleepers.borrow();
            sleepers.iter().rposition(|&sleeper| sleeper == me)
        };
        if let Some(place) = place {
            self.advance(me, |life| ((), life.claimed())).await;
            self.dormitory.sleepers.borrow_mut().remove(place);
        }
        self.unlock();
        place.is_some()
    }

    async fn lock(&self, me: Actor) {
        self.dormitory.lock.write(me).await;
        if self.dormitory.is_locked.replace(true) {
            self.dormitory.in_line.borrow_mut().push_back(me);
            // Whoever unlocks hands the lock over.
            Time::stop().await;
            self.dormitory.lock.write(me).await;
        }
    }

    fn unlock(&self) {
        match self.dormitory.in_line.borrow_mut().pop_front() {
            Some(next) => self.time.rouse(next, 0),
            None => self.dormitory.is_locked.set(false),
        }
    }

    /// Somebody else was first.
    pub(super) fn retried(&self) {
        self.figures.retries.set(self.figures.retries.get() + 1);
    }
}
