//! What an executor's handle, its tasks and their wakers share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{self, Thread};
use std::time::Instant;

use creel_core::Clock;
use creel_core::executor::{Admit, Mode, Origin, Phase, Snapshot};
use creel_core::future::{Body, State as Life};
use creel_core::ledger::{Event, Ledger};

use super::clock::VirtualClock;
use super::random::Random;
use super::trace::Trace;
use crate::driver;
use crate::pool::Book;
use crate::sync::Mutex;
use crate::task::cell::Requeue;
use crate::task::home::{self, Host, Left};
use crate::task::{Home, Task, TaskRef, Waiting, WeakTask};

pub(crate) struct Shared {
    id: usize,
    seed: u64,
    /// The one that drives: tasks run there only.
    thread: Thread,
    clock: VirtualClock,
    book: Book,
    state: Mutex<State>,
}

/// The driving thread's place in the book.
const SLOT: usize = 0;

/// No foreign code runs, and nothing foreign is dropped, under its lock.
struct State {
    /// What core makes of an executor without workers of its own.
    life: Snapshot,
    random: Random,
    /// In no order: the next one is drawn.
    ready: Vec<Task>,
    /// The async tasks that are not done, by their numbers; one that is suspended is only here.
    tasks: BTreeMap<usize, WeakTask>,
    /// How many tasks there have been; each has its number.
    taken: usize,
    /// How many steps are being made, each from within the one before.
    depth: usize,
    trace: Trace,
}

/// What came of an attempt to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// A task ran, or time passed.
    Step,
    /// Nothing is ready, and time has come to its limit.
    Limit,
    /// Nothing is ready, and no alarm is set.
    Idle,
}

impl Shared {
    pub(super) fn new(seed: u64) -> Self {
        driver::announce();
        Self {
            id: home::next_id(),
            seed,
            thread: thread::current(),
            clock: VirtualClock::new(),
            book: Book::new(1),
            state: Mutex::new(State {
                life: Snapshot::new(),
                random: Random::new(seed),
                ready: Vec::new(),
                tasks: BTreeMap::new(),
                taken: 0,
                depth: 0,
                trace: Trace::default(),
            }),
        }
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    pub(super) fn life(&self) -> Snapshot {
        self.state.lock().life
    }

    pub(super) fn ledger(&self) -> Ledger {
        self.book.ledger()
    }

    pub(super) fn trace(&self) -> Trace {
        self.state.lock().trace.clone()
    }

    /// How many steps are being made, each from within the one before.
    pub(crate) fn depth(&self) -> usize {
        self.state.lock().depth
    }

    /// How many tasks are ready, and how many async ones are not done.
    pub(super) fn counts(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.ready.len(), state.tasks.len())
    }

    /// Whether this thread is the one that drives.
    pub(crate) fn is_driven_here(&self) -> bool {
        self.thread.id() == thread::current().id()
    }

    pub(super) fn admits(self: &Arc<Self>) -> bool {
        let origin = if driver::is_entered(self) {
            Origin::Worker
        } else {
            Origin::Outside
        };
        self.life().admit(origin) == Admit::Accept
    }

    /// Binds an admitted task to this executor, and makes it ready.
    pub(super) fn take(self: &Arc<Self>, task: Task) {
        let number = {
            let mut state = self.state.lock();
            let number = state.taken;
            state.taken += 1;
            if task.cell().kind() == Body::Future {
                state.tasks.insert(number, task.cell().downgrade());
            }
            number
        };
        self.book.give_way();
        self.book.count(Event::Submitted);
        task.bind(Home::host_of(self.clone(), Some(number)));
        self.push(task);
    }

    /// Makes a task ready; one that comes after the end is given up.
    fn push(&self, task: Task) {
        let mut state = self.state.lock();
        let refused = match state.life.phase() {
            Phase::Accepting | Phase::Draining => {
                state.ready.push(task);
                None
            }
            Phase::Stopping | Phase::Terminated => Some(task),
        };
        drop(state);
        drop(refused);
        if !self.is_driven_here() {
            // It may be in the middle of a wait for what other threads do.
            self.thread.unpark();
        }
    }

    /// Makes the next step, but does not move time past the limit.
    pub(crate) fn turn(self: &Arc<Self>, limit: Option<Instant>) -> Turn {
        if let Some(task) = self.draw() {
            self.run(task);
            return Turn::Step;
        }
        let next = self.clock.next_alarm();
        match (next, limit) {
            (Some(next), None) => self.pass_time(next),
            (Some(next), Some(limit)) if next <= limit => self.pass_time(next),
            (_, Some(limit)) => {
                self.clock.advance_to(limit);
                return Turn::Limit;
            }
            (None, None) => return Turn::Idle,
        }
        Turn::Step
    }

    /// Takes one of the tasks that are ready, any of them with the same likelihood.
    fn draw(&self) -> Option<Task> {
        loop {
            let mut state = self.state.lock();
            if state.ready.is_empty() {
                return None;
            }
            let ready = state.ready.len();
            let drawn = state.random.below(ready);
            let task = state.ready.swap_remove(drawn);
            drop(state);
            if matches!(task.cell().state(), Life::Pending | Life::Queued) {
                return Some(task);
            }
            // It has run in place of a wait, or was cancelled. One that is suspended since then is not to be given up.
            task.withdraw();
        }
    }

    fn run(self: &Arc<Self>, task: Task) {
        let cell = task.cell().clone();
        let number = cell.ticket().expect("a task is bound before it is ready");
        let step = self.begin_step(number, cell.waiting());
        let entered = driver::enter(self);
        task.run_on_worker(&self.book.pen(SLOT));
        self.end_step(step, cell.state());
        // The last hold on a task that nobody can wake may be this one: it ends then.
        drop(cell);
        drop(entered);
    }

    /// Runs the task that is waited for, if it is ready here, in the middle of the one that waits.
    pub(crate) fn run_in_place(self: &Arc<Self>, task: TaskRef) {
        let number = task
            .home()
            .filter(|home| home.pool() == self.id)
            .and_then(|home| home.ticket());
        if let Some(number) = number
            && matches!(task.life().state(), Life::Pending | Life::Queued)
        {
            let step = self.begin_step(number, task.waiting());
            let entered = driver::enter(self);
            task.clone().run_in_place(self.id, &self.book.pen(SLOT));
            self.end_step(step, task.life().state());
            drop(task);
            drop(entered);
        }
    }

    fn begin_step(&self, number: usize, task: Waiting) -> u64 {
        let at = self.clock.elapsed();
        let mut state = self.state.lock();
        let depth = state.depth;
        state.depth += 1;
        state.trace.started(at, depth, number, task.label)
    }

    fn end_step(&self, step: u64, became: Life) {
        let mut state = self.state.lock();
        state.depth -= 1;
        state.trace.ended(step, became);
    }

    /// Moves time on to an instant, and wakes those who wait for one on the way.
    pub(super) fn pass_time(self: &Arc<Self>, to: Instant) {
        let _entered = driver::enter(self);
        let mut state = self.state.lock();
        let depth = state.depth;
        let at = self.clock.since_start(to);
        state.trace.time_passed(at, depth);
        drop(state);
        self.clock.advance_to(to);
    }

    /// Takes nothing more from outside.
    pub(super) fn drain(&self) {
        let mut state = self.state.lock();
        let (_drain, life) = state.life.shutdown(Mode::Drain);
        state.life = life;
    }

    /// Comes to the end if nothing is left; false if something is.
    pub(super) fn terminate(&self) -> bool {
        let mut state = self.state.lock();
        if !state.ready.is_empty() || !state.tasks.is_empty() {
            return false;
        }
        let (_ended, life) = state.life.terminate();
        state.life = life;
        true
    }

    /// Takes nothing more, and gives what is left for the caller to end: what is ready, and every async task.
    pub(super) fn stop(&self) -> (Vec<Task>, Vec<TaskRef>) {
        let mut state = self.state.lock();
        let (_stop, life) = state.life.shutdown(Mode::Stop);
        state.life = life;
        let ready = std::mem::take(&mut state.ready);
        let tasks = state.tasks.values().filter_map(WeakTask::upgrade).collect();
        (ready, tasks)
    }
}

impl Host for Shared {
    fn requeue(&self, task: Task, _how: Requeue) {
        self.push(task);
    }

    fn adopt(self: Arc<Self>, task: Task) {
        self.take(task);
    }

    fn count(&self, event: Event) {
        self.book.count(event);
    }

    fn left_queue(&self, _left: Left, _weight: u64) {}

    fn ended(&self, ticket: Option<usize>) {
        if let Some(number) = ticket {
            let left = self.state.lock().tasks.remove(&number);
            drop(left);
        }
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }

    fn pool(&self) -> usize {
        self.id
    }

    fn driver(self: Arc<Self>) -> Option<Arc<Shared>> {
        self.is_driven_here().then_some(self)
    }
}
