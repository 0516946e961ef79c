//! The pool in the simulation: the queues, the word and the list of sleepers, each with the lines it lives on.
//!
//! What is decided is decided by [`Snapshot`], as in the pool itself; only the time that it takes is made up here.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use creel_core::executor::{Limits, Publish, Snapshot};

use super::engine::{Actor, Nanoseconds, Time};
use super::memory::{Line, STEP, Traffic};
use super::rules::{Rules, Wake};

/// What a thread pays to wake another one: a system call.
const WAKE_CALL: Nanoseconds = 1_500;
/// Until the one that is woken runs.
const WAKE_LATENCY: Nanoseconds = 5_000;
/// Positions of the common queue that share a line.
const POSITIONS_PER_LINE: u64 = 8;

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
    injectors: Vec<Injector>,
    deques: Vec<Deque>,
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

/// The queue for what comes from outside: first in, first out.
struct Injector {
    head: Cell<u64>,
    tail: Cell<u64>,
    /// How far the tail had come when somebody who takes looked; it stands beside the head.
    seen: Cell<u64>,
    head_line: Line,
    tail_line: Line,
    /// The lines of the positions, used again and again.
    lines: Vec<Line>,
    /// What was put in; a position that was taken is filled a little later.
    tasks: RefCell<HashMap<u64, Task>>,
}

/// A worker's own queue.
struct Deque {
    tasks: RefCell<VecDeque<Task>>,
    /// Tasks that others took, which is how they notice one another.
    taken: Cell<u64>,
    top: Line,
    bottom: Line,
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
        let deque = || Deque {
            tasks: RefCell::default(),
            taken: Cell::new(0),
            top: Line::new(time, &figures.deques),
            bottom: Line::new(time, &figures.deques),
        };
        let injector = || Injector {
            head: Cell::new(0),
            tail: Cell::new(0),
            seen: Cell::new(0),
            head_line: Line::new(time, &figures.injector),
            tail_line: Line::new(time, &figures.injector),
            lines: (0..1024)
                .map(|_| Line::new(time, &figures.injector))
                .collect(),
            tasks: RefCell::default(),
        };
        let count = usize::from(workers);
        Self {
            rules,
            limits,
            word: Cell::new(life.bits()),
            word_line: Line::new(time, &figures.word),
            flag_line: Line::new(time, &figures.word),
            injectors: (0..count.div_ceil(rules.workers_per_injector))
                .map(|_| injector())
                .collect(),
            deques: (0..count).map(|_| deque()).collect(),
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
        self.deques.len()
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

    /// Puts a task into the common queue.
    pub(super) async fn inject(&self, me: Actor, task: Task) {
        let injector = &self.injectors[me % self.injectors.len()];
        injector.tail_line.read(me).await;
        let position = loop {
            let position = injector.tail.get();
            injector.tail_line.write(me).await;
            if injector.tail.get() == position {
                injector.tail.set(position + 1);
                break position;
            }
            self.retried();
        };
        injector.line(position).write(me).await;
        injector.tasks.borrow_mut().insert(position, task);
    }

    /// Takes the oldest of a common queue, its own first, and as many behind it as the rules let a worker take, into its
    /// own queue.
    pub(super) async fn steal_from_outside(&self, me: Actor) -> Option<Task> {
        let count = self.injectors.len();
        let own = me * count / self.workers();
        for offset in 0..count {
            let injector = &self.injectors[(own + offset) % count];
            if let Some(task) = self.steal_from(me, injector).await {
                return Some(task);
            }
        }
        None
    }

    async fn steal_from(&self, me: Actor, injector: &Injector) -> Option<Task> {
        injector.head_line.read(me).await;
        let (first, count) = loop {
            if injector.head.get() >= injector.seen.get() {
                injector.tail_line.read(me).await;
                injector.seen.set(injector.tail.get());
            }
            let first = injector.head.get();
            let waiting = injector.seen.get().saturating_sub(first);
            if waiting == 0 {
                return None;
            }
            let count = self.rules.batch.min(waiting.div_ceil(2)).max(1);
            injector.head_line.write(me).await;
            if injector.head.get() == first {
                injector.head.set(first + count);
                break (first, count);
            }
            self.retried();
        };
        let task = injector.take(first, me).await;
        // The oldest of the rest comes last, where the owner takes it first.
        for position in (first + 1..first + count).rev() {
            let task = injector.take(position, me).await;
            self.push_own(me, task).await;
        }
        if count > 1 {
            self.published(me, &Cell::new(u64::MAX)).await;
        }
        Some(task)
    }

    pub(super) async fn push_own(&self, me: Actor, task: Task) {
        let deque = &self.deques[me];
        deque.bottom.write(me).await;
        deque.tasks.borrow_mut().push_back(task);
    }

    pub(super) async fn pop_own(&self, me: Actor) -> Option<Task> {
        let deque = &self.deques[me];
        deque.bottom.write(me).await;
        deque.top.read(me).await;
        // The last one is taken as a thief takes it.
        if deque.tasks.borrow().len() == 1 {
            deque.top.write(me).await;
            deque.taken.set(deque.taken.get() + 1);
        }
        deque.tasks.borrow_mut().pop_back()
    }

    /// Looks at the others' queues, one after the other, and takes half of the first that has something.
    pub(super) async fn steal_from_others(&self, me: Actor) -> Option<Task> {
        let count = self.workers();
        loop {
            let mut interfered = false;
            let mut looks = 0;
            for victim in (1..count).map(|offset| (me + offset) % count) {
                let deque = &self.deques[victim];
                looks += deque.top.reading(me) + deque.bottom.reading(me);
                if deque.tasks.borrow().is_empty() {
                    continue;
                }
                self.time.pass(me, looks + STEP).await;
                looks = 0;
                match self.steal_half(me, deque).await {
                    Ok(Some(task)) => return Some(task),
                    Ok(None) => {}
                    Err(Interfered) => interfered = true,
                }
            }
            self.time.pass(me, looks).await;
            if !interfered {
                return None;
            }
        }
    }

    async fn steal_half(&self, me: Actor, deque: &Deque) -> Result<Option<Task>, Interfered> {
        let half = deque.tasks.borrow().len().div_ceil(2).min(32);
        let mut stolen = Vec::new();
        for _ in 0..half {
            let taken = deque.taken.get();
            deque.top.write(me).await;
            if deque.taken.get() != taken {
                self.retried();
                break;
            }
            let Some(task) = deque.tasks.borrow_mut().pop_front() else {
                break;
            };
            deque.taken.set(taken + 1);
            stolen.push(task);
        }
        if stolen.is_empty() && half > 0 {
            return Err(Interfered);
        }
        let newest = stolen.pop();
        for task in stolen {
            self.push_own(me, task).await;
        }
        Ok(newest)
    }

    /// Looks at every queue; whether there is something in one of them.
    pub(super) async fn has_work(&self, me: Actor) -> bool {
        let mut looks = 0;
        for injector in &self.injectors {
            looks += injector.head_line.reading(me) + injector.tail_line.reading(me);
        }
        for deque in &self.deques {
            looks += deque.top.reading(me) + deque.bottom.reading(me);
        }
        self.time.pass(me, looks).await;
        let mut deques = self.deques.iter();
        self.injectors.iter().any(|injector| !injector.is_empty())
            || deques.any(|deque| !deque.tasks.borrow().is_empty())
    }

    fn retried(&self) {
        self.figures.retries.set(self.figures.retries.get() + 1);
    }
}

/// Somebody else took what this thread was about to take.
struct Interfered;

impl Injector {
    fn is_empty(&self) -> bool {
        self.head.get() == self.tail.get()
    }

    async fn take(&self, position: u64, me: Actor) -> Task {
        loop {
            self.line(position).write(me).await;
            if let Some(task) = self.tasks.borrow_mut().remove(&position) {
                return task;
            }
            // Whoever took the position has not filled it yet.
        }
    }

    fn line(&self, position: u64) -> &Line {
        let lines = self.lines.len() as u64;
        let place = position / POSITIONS_PER_LINE % lines;
        &self.lines[usize::try_from(place).unwrap_or_default()]
    }
}
