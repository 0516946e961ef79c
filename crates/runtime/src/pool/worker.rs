//! A worker: finds tasks and runs them, until it is to leave.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use creel_core::executor::{Block, Phase, Search, Sleep, Snapshot, Stay};
use creel_core::ledger::Event;

use super::awake::Awake;
use super::book::Pen;
use super::entry::{Entry, Opened};
use super::here;
use super::hooks::HookError;
use super::queues::{Own, looks_elsewhere};
use super::shared::Shared;
use super::sleep::{Glance, NO_WORD, Post, Sleeper, Woken};
use crate::job::JobRef;
use crate::patience::Patience;
use crate::task::detached::Detached;
use crate::task::{Task, Turn};

/// A thread of the pool, as its own tasks see it.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    slot: usize,
    own: Own,
    pen: Pen,
    patience: Patience,
    sleeper: Arc<Sleeper>,
    /// See [`Dormitory::published_again`](super::sleep::Dormitory::published_again).
    quiet: Cell<u64>,
    /// The last word of the pool's life for which this worker was to stay, and to run what it finds: it is so whenever the word
    /// is that, unless workers wear out.
    calm: Cell<u64>,
    /// It is counted as blocked: others go on in its place.
    blocked: Cell<bool>,
    /// How many entries may have been left in its own queue since it was cleared.
    leftovers: Cell<u32>,
}

/// What a worker has done so far.
#[derive(Default)]
struct Done {
    /// Tasks that came to their end in its hands.
    tasks: u64,
    /// How often it ran one; an async task has as many turns as polls.
    turns: u64,
}

impl Done {
    fn add(&mut self, turn: Turn) {
        self.tasks += u64::from(turn == Turn::Ended);
        self.turns += u64::from(turn != Turn::Skipped);
    }
}

/// What a worker runs next.
enum Found {
    Entry(Opened),
    /// A part of a task that another worker runs.
    Job(JobRef),
}

/// So many entries are left behind before they are cleared away: fewer than a bounded queue allows.
const LEFTOVERS_MAX: u32 = 32;

/// The worker's thread from start to end; it is counted as searching. `failed` is told why it never worked.
pub(crate) fn run(shared: Arc<Shared>, slot: usize, failed: Option<Sender<HookError>>) {
    let awake = Awake::new();
    let own = shared.queues().open(slot);
    let pen = shared.book().pen(slot);
    let post = shared.lookout().cloned().map(Post::new);
    let worker = Worker {
        shared,
        slot,
        own,
        pen,
        patience: Patience::new(),
        sleeper: Sleeper::of_this_thread(post),
        quiet: Cell::new(NO_WORD),
        calm: Cell::new(NO_WORD),
        blocked: Cell::new(false),
        leftovers: Cell::new(0),
    };
    let (started, stop) = here::be(&worker, || {
        let started = worker.start();
        let stop = started.is_ok().then(|| Stop(Arc::clone(&worker.shared)));
        if let Err(error) = &started {
            failed.map(|failed| failed.send(Arc::clone(error)));
        } else {
            // Whoever waits for the first workers goes on.
            drop(failed);
        }
        if started.is_ok() && worker.begin() == Woken::Search {
            worker.work();
        }
        (started, stop)
    });
    let Worker {
        shared,
        slot,
        own,
        pen,
        ..
    } = worker;
    shared.queues().close(slot, own);
    drop(pen);
    drop(awake);
    shared.threads().vacate(slot);
    match started {
        Ok(_) => {
            // It is not counted any more. A task that was published before that was seen may have relied on it.
            shared.look_again();
            shared.refill();
        }
        Err(error) => shared.hook_failed(error),
    }
    drop(stop);
    shared.try_terminate();
    shared.threads().reap();
}

/// Runs the stop hook when it is dropped, whatever ends the worker.
struct Stop(Arc<Shared>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.hooks().stop();
    }
}

/// Whether this thread is a worker of that pool.
pub(crate) fn is_current(shared: &Shared) -> bool {
    here::is_of(shared.id())
}

/// Queues a task with the worker that this thread is; gives it back on any other thread.
pub(crate) fn push_to_own(shared: &Shared, task: Task) -> Result<(), Task> {
    let mut task = Some(task);
    here::with_one_of(shared.id(), |worker| {
        worker
            .own
            .tasks
            .push(task.take().expect("it is pushed once").into())
    });
    task.map_or(Ok(()), Err)
}

/// The pool and the slot of the worker that this thread is, if it is one.
pub(crate) fn place() -> Option<(usize, usize)> {
    here::with(|worker| (worker.shared.id(), worker.slot))
}

/// Counts an event of a task of that pool, if this thread is a worker of it; whether it is.
pub(crate) fn count(pool: usize, event: Event) -> bool {
    here::with_one_of(pool, |worker| worker.pen.count(event)).is_some()
}

/// Does something with the pool of that id, if this thread is a worker of it.
pub(crate) fn with_pool<R>(pool: usize, act: impl FnOnce(&Shared) -> R) -> Option<R> {
    here::with_one_of(pool, |worker| act(&worker.shared))
}

/// See [`Worker::entry_stays`], for the worker of that pool that this thread may be.
pub(crate) fn entry_stays(shared: &Shared) {
    here::with_one_of(shared.id(), Worker::entry_stays);
}

/// Does something with the worker of that pool that this thread is; gives the value back on any other thread.
#[inline]
pub(crate) fn with_current_or<V, R>(
    shared: &Shared,
    value: V,
    act: impl FnOnce(&Worker, V) -> R,
) -> Result<R, V> {
    let mut value = Some(value);
    let acted = here::with_one_of(shared.id(), |worker| {
        act(worker, value.take().expect("it is used once"))
    });
    acted.ok_or_else(|| value.expect("it was not used"))
}

impl Worker {
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn pen(&self) -> &Pen {
        &self.pen
    }

    pub(super) fn slot(&self) -> usize {
        self.slot
    }

    pub(super) fn quiet(&self) -> &Cell<u64> {
        &self.quiet
    }

    pub(super) fn own(&self) -> &Own {
        &self.own
    }

    /// Whether it is counted as blocked.
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked.get()
    }

    /// Counts it as blocked, so that somebody else looks at the queues.
    pub(crate) fn block(&self) -> Block {
        let shared = &self.shared;
        let (action, answer) = shared
            .dormitory()
            .block(shared.limits(), || !shared.queues().is_empty());
        self.blocked.set(action == Block::Wait);
        let _somebody_looks = shared.follow(answer);
        action
    }

    /// Counts it as busy again.
    pub(crate) fn unblock(&self) {
        self.blocked.set(false);
        self.advance(|life| ((), life.unblock()));
    }

    /// A task was ended here, or run inside of another one, and may have left its entry in this worker's own queue.
    ///
    /// The worker comes by only when its task has ended: the entries of a long task would pile up. It clears the top of
    /// the queue now and then.
    pub(crate) fn entry_stays(&self) {
        let leftovers = self.leftovers.get() + 1;
        if leftovers < LEFTOVERS_MAX {
            self.leftovers.set(leftovers);
        } else {
            self.leftovers.set(0);
            self.clear_leftovers();
        }
    }

    fn clear_leftovers(&self) {
        while let Some(entry) = self.own.tasks.pop() {
            let entry = match entry.open() {
                Opened::Task(task) if !task.cell().would_run() => {
                    // It may run here at this moment, or be suspended: to drop it would be to give it up.
                    task.withdraw();
                    continue;
                }
                Opened::Task(task) => Entry::from(task),
                Opened::Detached(detached) => Entry::from(detached),
            };
            self.own.tasks.push(entry);
            // Whoever looked meanwhile has not seen it.
            let _somebody_runs_it = self.shared.notify();
            return;
        }
    }

    /// Runs the start hook. It may take long: the worker is busy meanwhile, and others are relied on.
    fn start(&self) -> Result<(), HookError> {
        if !self.shared.hooks().has_start() {
            return Ok(());
        }
        self.shared.turn_to_hook();
        self.shared.hooks().start()
    }

    /// Turns to the queues after the start hook, if there is one.
    fn begin(&self) -> Woken {
        if self.shared.hooks().has_start() {
            self.search()
        } else {
            Woken::Search
        }
    }

    fn work(&self) {
        let mut done = Done::default();
        loop {
            match self.look_everywhere() {
                Some(found) => {
                    self.shared.work_found();
                    if self.run_all(found, &mut done) == Stay::Leave {
                        return;
                    }
                    if self.search() == Woken::Leave {
                        return;
                    }
                }
                None => {
                    if !self.is_worth_another_look()
                        && self.sleep(Snapshot::fall_asleep) == Woken::Leave
                    {
                        return;
                    }
                }
            }
        }
    }

    /// Looks on for what comes at once, from outside or from others.
    fn is_worth_another_look(&self) -> bool {
        let glance = self.sleeper.post().map_or(Glance::Barred, Post::glance);
        let queues = self.shared.queues();
        match glance {
            // What is ready may be another pool's: who only looks on for that would never be told to leave.
            Glance::Found => !queues.is_empty(),
            // What comes next comes from there, and this worker keeps watch.
            Glance::Nothing => false,
            Glance::Barred => self.patience.outlasts(|| !queues.is_empty()),
        }
    }

    /// Counts this busy worker as searching, or lets it sleep if enough others are.
    fn search(&self) -> Woken {
        match self.advance(Snapshot::search) {
            Search::Search => Woken::Search,
            Search::Enough => self.sleep(Snapshot::doze),
        }
    }

    /// A task from wherever there is one, or else a part of one that runs.
    fn look_everywhere(&self) -> Option<Found> {
        let queues = self.shared.queues();
        let task = self.own.tasks.pop();
        let task = task.or_else(|| queues.search(self.slot, &self.own));
        task.map(|entry| Found::Entry(entry.open()))
            .or_else(|| queues.borrow_from_others(self.slot).map(Found::Job))
    }

    /// Runs what was found, and then what is found without searching among the others.
    fn run_all(&self, first: Found, done: &mut Done) -> Stay {
        self.own.stride.begin(done.turns);
        let mut next = Some(first);
        while let Some(found) = next {
            let turn = match found {
                Found::Entry(opened) if !self.is_calm() && self.shared.is_stopping() => {
                    self.shared.cancel_counted(opened);
                    None
                }
                Found::Entry(Opened::Task(task)) => Some(task.run_on_worker(&self.pen)),
                Found::Entry(Opened::Detached(detached)) => {
                    self.run_detached(detached);
                    Some(Turn::Ended)
                }
                // Whoever lends it would run it otherwise, also while the pool is stopping.
                Found::Job(job) => {
                    self.run_lent(job);
                    Some(Turn::Ended)
                }
            };
            if let Some(turn) = turn {
                done.add(turn);
                if self.end_turn(done.tasks) == Stay::Leave {
                    return Stay::Leave;
                }
            }
            if looks_elsewhere(done.turns) {
                self.pen.give_way();
            }
            let queues = self.shared.queues();
            let entry = queues.find_near(self.slot, &self.own, done.turns, || {
                self.shared.notify_again(&self.quiet);
            });
            next = entry.map(|entry| Found::Entry(entry.open()));
        }
        Stay::Stay
    }

    /// Whether nothing has changed in the pool's life since this worker was told to stay.
    #[inline]
    fn is_calm(&self) -> bool {
        self.shared.dormitory().state().word() == self.calm.get()
    }

    /// Says that it has run something, as so many tasks came to their end in its hands; whether it is to leave.
    #[inline]
    fn end_turn(&self, ended: u64) -> Stay {
        if self.is_calm() {
            return Stay::Stay;
        }
        self.ask_to_stay(ended)
    }

    #[cold]
    fn ask_to_stay(&self, ended: u64) -> Stay {
        let limits = self.shared.limits();
        let mut before = Snapshot::new();
        let stay = self.advance(|life| {
            before = life;
            life.turn_ended(ended, limits)
        });
        let runs_all = before.phase() != Phase::Stopping && limits.max_tasks_per_worker.is_none();
        if stay == Stay::Stay && runs_all {
            self.calm.set(before.bits());
        }
        stay
    }

    fn run_detached(&self, detached: Detached) {
        self.pen.count(Event::Started);
        let returned = detached.run();
        self.pen.count(if returned {
            Event::Succeeded
        } else {
            Event::Panicked
        });
    }

    /// Queues a detached task here; the worker's task that submits it is let in before.
    #[inline]
    pub(super) fn queue_detached(&self, detached: Detached) {
        self.pen.count(Event::Submitted);
        self.own.tasks.push(detached.into());
        self.shared.notify_again(&self.quiet);
    }

    fn sleep(&self, transition: fn(Snapshot) -> (Sleep, Snapshot)) -> Woken {
        self.shared.dormitory().sleep(
            &self.sleeper,
            transition,
            self.shared.limits(),
            self.shared.keep_alive(),
            || !self.shared.queues().is_empty(),
        )
    }

    fn advance<A>(&self, transition: impl FnMut(Snapshot) -> (A, Snapshot)) -> A {
        self.shared.dormitory().state().advance(transition)
    }
}

#[cfg(all(test, not(any(creel_loom, creel_shuttle))))]
mod tests;
