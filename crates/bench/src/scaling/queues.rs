//! The queues in the simulation, with the lines they live on: what comes from outside, and what each worker has.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use super::engine::{Actor, Nanoseconds, Time};
use super::memory::{HIT, Line, STEP};
use super::pool::{Figures, Pool, Task};
use super::rules::Rules;

/// Positions of the common queue that share a line.
const POSITIONS_PER_LINE: u64 = 8;
/// Positions of a block, the last of which is taken alone.
const BLOCK: u64 = 63;
/// A batch is at most this part of what waits.
const SHARE: u64 = 4;
/// A batch of fewer is not taken.
const FEWEST: u64 = 4;
/// Tasks are short that take no longer.
const SHORT: Nanoseconds = 2_000;
/// A look at what a worker lends: two lines, which nobody writes in these scenes.
const LENT: Nanoseconds = 2 * HIT;
/// So many lines of a common queue are told apart.
const LINES: usize = 1024;

/// Where tasks wait.
pub(super) struct Queues {
    injectors: Vec<Injector>,
    deques: Vec<Deque>,
}

/// A queue for what comes from outside: first in, first out.
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
    /// Top and bottom stand side by side.
    ends: Line,
}

impl Queues {
    pub(super) fn new(time: &Rc<Time>, figures: &Figures, workers: usize, rules: Rules) -> Self {
        let common = workers.div_ceil(rules.workers_per_injector);
        Self {
            injectors: (0..common).map(|_| Injector::new(time, figures)).collect(),
            deques: (0..workers).map(|_| Deque::new(time, figures)).collect(),
        }
    }
}

impl Pool {
    /// Puts a task into the common queue.
    pub(super) async fn inject(&self, me: Actor, task: Task) {
        let injector = &self.queues.injectors[me % self.queues.injectors.len()];
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

    /// Takes the oldest of a common queue, its own first, and as many behind it as the rules let a worker take. In the pool these
    /// stay where they are and are taken by steps on a line of the worker's own; here they go into its own queue, which costs
    /// steps on such a line too.
    pub(super) async fn steal_from_outside(&self, me: Actor) -> Option<Task> {
        let count = self.queues.injectors.len();
        let own = me * count / self.workers();
        for offset in 0..count {
            let injector = &self.queues.injectors[(own + offset) % count];
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
            let several = self.rules.batch.min(waiting / SHARE);
            let several = several.min(BLOCK - 1 - first % BLOCK);
            let count = match injector.is_short(first) {
                true if several >= FEWEST => several,
                _alone => 1,
            };
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
        let deque = &self.queues.deques[me];
        deque.ends.write(me).await;
        deque.tasks.borrow_mut().push_back(task);
    }

    pub(super) async fn pop_own(&self, me: Actor) -> Option<Task> {
        let deque = &self.queues.deques[me];
        deque.ends.write(me).await;
        // The last one is taken as a thief takes it.
        if deque.tasks.borrow().len() == 1 {
            deque.ends.write(me).await;
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
                let deque = &self.queues.deques[victim];
                looks += deque.ends.reading(me);
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
            deque.ends.write(me).await;
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
        for injector in &self.queues.injectors {
            looks += injector.head_line.reading(me) + injector.tail_line.reading(me);
        }
        for deque in &self.queues.deques {
            looks += deque.ends.reading(me) + LENT;
        }
        self.time.pass(me, looks).await;
        let mut deques = self.queues.deques.iter();
        self.queues
            .injectors
            .iter()
            .any(|injector| !injector.is_empty())
            || deques.any(|deque| !deque.tasks.borrow().is_empty())
    }
}

/// Somebody else took what this thread was about to take.
struct Interfered;

impl Injector {
    fn new(time: &Rc<Time>, figures: &Figures) -> Self {
        let line = || Line::new(time, &figures.injector);
        Self {
            head: Cell::new(0),
            tail: Cell::new(0),
            seen: Cell::new(0),
            head_line: line(),
            tail_line: line(),
            lines: std::iter::repeat_with(line).take(LINES).collect(),
            tasks: RefCell::default(),
        }
    }

    fn is_empty(&self) -> bool {
        self.head.get() == self.tail.get()
    }

    /// Whether the task there is a short one. In the pool a worker knows from those that it has run.
    fn is_short(&self, position: u64) -> bool {
        let tasks = self.tasks.borrow();
        tasks.get(&position).is_some_and(|task| task.takes <= SHORT)
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

impl Deque {
    fn new(time: &Rc<Time>, figures: &Figures) -> Self {
        Self {
            tasks: RefCell::default(),
            taken: Cell::new(0),
            ends: Line::new(time, &figures.deques),
        }
    }
}
