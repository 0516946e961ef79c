//! What a pool's handle, its workers and its async tasks share.

use std::cell::Cell;
use std::panic::Location;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use creel_core::executor::{Limits, Mode, Phase, Publish, Shutdown, Snapshot, Terminate};
use creel_core::future::Body;
use creel_core::ledger::Event;
use creel_core::port::Lookout;

use super::book::Book;
use super::census::Census;
use super::directory;
use super::entry::Opened;
use super::hooks::Hooks;
use super::permits::{Capacity, Permits};
use super::queues::Queues;
use super::registry::Registry;
use super::sleep::Dormitory;
use super::submitter;
use super::threads::Threads;
use super::worker;
use crate::dump::Dump;
use crate::error::{Abandoned, ShutdownError};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::task::cell::Requeue;
use crate::task::detached::Detached;
use crate::task::ending;
use crate::task::home::{self, Host, Left};
use crate::task::label::Label;
use crate::task::{Home, Runnable, Task, TaskRef};
use crate::waits;

/// A pool's settings, checked.
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) limits: Limits,
    pub(crate) keep_alive: Option<Duration>,
    pub(crate) stack_size: Option<usize>,
    /// Whether every task is measured and listed.
    pub(crate) diagnostics: bool,
    /// What may be queued; `None` for anything.
    pub(crate) capacity: Option<Capacity>,
    pub(crate) hooks: Hooks,
    /// What idle workers watch.
    pub(crate) lookout: Option<Arc<dyn Lookout>>,
}

pub(crate) struct Shared {
    id: usize,
    /// What a thread that is started holds; steps of tasks make do with a reference, and count nothing.
    me: Weak<Self>,
    settings: Settings,
    dormitory: Dormitory,
    queues: Queues,
    permits: Option<Permits>,
    book: Book,
    /// Of a pool with diagnostics.
    census: Option<Box<Census>>,
    registry: Registry,
    threads: Threads,
    /// The pool's handle was dropped: nobody waits for suspended tasks. Set before the registry is read.
    forsaken: AtomicBool,
    /// A count for `shutdown_now`, which reads it after it has joined the workers.
    cancelled: AtomicUsize,
}

impl Shared {
    pub(crate) fn new(settings: Settings) -> Arc<Self> {
        let places =
            usize::from(settings.limits.max_workers) + usize::from(settings.limits.max_spares);
        Arc::new_cyclic(|me| Self {
            id: home::next_id(),
            me: Weak::clone(me),
            dormitory: Dormitory::new(),
            queues: Queues::new(places),
            permits: settings.capacity.map(Permits::new),
            book: Book::new(places),
            census: settings.diagnostics.then(|| Box::new(Census::new())),
            registry: Registry::new(),
            threads: Threads::new(places),
            forsaken: AtomicBool::new(false),
            cancelled: AtomicUsize::new(0),
            settings,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    pub(crate) fn limits(&self) -> Limits {
        self.settings.limits
    }

    pub(crate) fn stack_size(&self) -> Option<usize> {
        self.settings.stack_size
    }

    pub(crate) fn hooks(&self) -> &Hooks {
        &self.settings.hooks
    }

    pub(crate) fn lookout(&self) -> Option<&Arc<dyn Lookout>> {
        self.settings.lookout.as_ref()
    }

    pub(crate) fn keep_alive(&self) -> Option<Duration> {
        self.settings.keep_alive
    }

    pub(crate) fn life(&self) -> Snapshot {
        self.dormitory.state().load()
    }

    pub(crate) fn dormitory(&self) -> &Dormitory {
        &self.dormitory
    }

    pub(crate) fn queues(&self) -> &Queues {
        &self.queues
    }

    pub(crate) fn permits(&self) -> Option<&Permits> {
        self.permits.as_ref()
    }

    pub(crate) fn book(&self) -> &Book {
        &self.book
    }

    pub(crate) fn threads(&self) -> &Threads {
        &self.threads
    }

    pub(crate) fn queued(&self) -> usize {
        self.queues.len()
    }

    /// What names this pool, and never another one.
    pub(crate) fn id(&self) -> usize {
        self.id
    }

    /// The home of a closure: it need not tell its pool anything, unless its place in the queue is counted.
    #[inline]
    pub(crate) fn home(self: &Arc<Self>) -> Home {
        let home = match self.census {
            None => Home::pool(self.id()),
            Some(_) => Home::host_of(self.clone(), None).listed(),
        };
        self.told_if_counted(home)
    }

    /// Enters an async task into the registry, and gives its home.
    pub(crate) fn register(self: &Arc<Self>, task: &Task) -> Home {
        let ticket = self.registry.enter(task.cell());
        let home = match task.cell().home() {
            Some(_) => Home::of_lodger(self.id(), ticket),
            None => Home::host_of(self.clone(), Some(ticket)),
        };
        let home = match self.census {
            None => home,
            Some(_) => home.listed(),
        };
        self.told_if_counted(home)
    }

    /// The home of a task that says when it leaves the queue, if places there are counted.
    fn told_if_counted(&self, home: Home) -> Home {
        match self.permits {
            None => home,
            Some(_) => home.told(),
        }
    }

    /// Binds an admitted task to this pool, and queues it.
    ///
    /// `location` is where it was handed over, for a task that was not made anywhere else.
    pub(crate) fn take(self: &Arc<Self>, task: Task, location: Option<&'static Location<'static>>) {
        if self.measures_next() {
            task.cell().measure();
        }
        let cell = task.cell().clone();
        self.lodge(task, &cell, location);
    }

    /// The same with a task of which it is settled whether it is measured; somebody holds its cell.
    pub(super) fn lodge(
        self: &Arc<Self>,
        task: Task,
        cell: &TaskRef,
        location: Option<&'static Location<'static>>,
    ) {
        let home = match task.cell().kind() {
            Body::Closure => self.home(),
            Body::Future => self.register(&task),
        };
        self.enter(&**cell, cell.location().or(location));
        task.bind(home);
        if self.publish(task) == Publish::Reclaim && !cell.abandon(Abandoned::ShutDown) {
            cell.cancel();
        }
    }

    /// Whether the task that comes next is measured. Whoever submits one asks, and lets a reader of the ledger go first
    /// when it is.
    #[inline]
    pub(super) fn measures_next(&self) -> bool {
        let is_measured = submitter::is_due() || self.census.is_some();
        if is_measured {
            self.book.give_way();
        }
        is_measured
    }

    /// Enters a task into the books that is about to be queued, before others may see it.
    #[inline]
    pub(super) fn enter(
        &self,
        task: &(impl Runnable + ?Sized),
        location: Option<&'static Location<'static>>,
    ) {
        self.list(task, location);
        if !worker::count(self.id(), Event::Submitted) {
            self.book.count(Event::Submitted);
        }
    }

    /// Lists a task that is about to be queued, if this pool does so.
    #[inline]
    pub(super) fn list(
        &self,
        task: &(impl Runnable + ?Sized),
        location: Option<&'static Location<'static>>,
    ) {
        if let Some(census) = &self.census {
            census.enter(task.waiting(), location);
        }
    }

    pub(super) fn census(&self) -> Option<&Census> {
        self.census.as_deref()
    }

    /// Queues a task that was entered, and sees to it that somebody will run it.
    #[inline]
    pub(crate) fn publish(&self, task: Task) -> Publish {
        if worker::is_current(self) {
            self.publish_on_worker(task)
        } else {
            self.publish_outside(task)
        }
    }

    /// The same for a task that nobody else knows yet, and that is not counted: one look at where this is will do for both.
    #[inline]
    pub(super) fn publish_new(&self, task: Task) -> Publish {
        if worker::is_current(self) {
            worker::count(self.id(), Event::Submitted);
            self.publish_on_worker(task)
        } else {
            self.book.count(Event::Submitted);
            self.publish_outside(task)
        }
    }

    #[inline]
    fn publish_on_worker(&self, task: Task) -> Publish {
        let action = self.dormitory.publish(self.limits(), || {
            if let Err(task) = worker::push_to_own(self, task) {
                self.queues.push(task);
            }
        });
        self.follow_if_any(action)
    }

    #[inline]
    fn publish_outside(&self, task: Task) -> Publish {
        self.queues.push(task);
        let action = self.dormitory.published_by_step(|| self.limits());
        self.follow_if_any(action)
    }

    #[inline]
    fn follow_if_any(&self, action: Publish) -> Publish {
        match action {
            Publish::Leave => Publish::Leave,
            other => self.follow(other),
        }
    }

    /// A task may stand in a queue that nobody looks at: wakes or starts a worker where that is needed.
    pub(crate) fn notify(&self) -> Publish {
        self.follow(self.dormitory.published(self.limits()))
    }

    /// The same for a worker that does so again and again; see [`Dormitory::published_again`].
    #[inline]
    pub(super) fn notify_again(&self, quiet: &Cell<u64>) {
        let action = self.dormitory.published_again(|| self.limits(), quiet);
        if action != Publish::Leave {
            let _somebody_looks = self.follow(action);
        }
    }

    /// A searching worker holds a task: passes the search on, if nobody else searches and there is more.
    pub(crate) fn work_found(&self) {
        let action = self
            .dormitory
            .found(self.limits(), || !self.queues.is_empty());
        let _somebody_looks = self.follow(action);
    }

    /// A worker is gone: somebody else may have to look at the queues.
    pub(crate) fn look_again(&self) {
        let action = self
            .dormitory
            .look_after(self.limits(), || !self.queues.is_empty());
        let _somebody_looks = self.follow(action);
    }

    /// A searching worker turns to its start hook: an idle one looks at the queues in its place.
    pub(crate) fn turn_to_hook(&self) {
        let limits = self.limits().without_start();
        let _somebody_looks = self.dormitory.found(limits, || !self.queues.is_empty());
    }

    /// Does what the dormitory has answered.
    #[cold]
    pub(super) fn follow(&self, action: Publish) -> Publish {
        match action {
            Publish::Start => {
                let me = self.me.upgrade().expect("whoever asks holds the pool");
                me.start_worker();
            }
            // A task may keep its pool, which would keep the task.
            Publish::Reclaim => self.queues.clear(),
            Publish::Wake | Publish::Leave => {}
        }
        action
    }

    /// Closes the pool.
    pub(crate) fn shut_down(&self, mode: Mode) {
        let action = self.dormitory.shut_down(mode);
        self.close_permits();
        if action == Shutdown::Stop {
            self.cancel_queued();
            self.cancel_async();
        }
        self.dormitory.wake_all();
        self.try_terminate();
    }

    /// Gives their tasks back to those who wait for room and are not let in any more.
    fn close_permits(&self) {
        if let Some(permits) = &self.permits {
            permits.close(|origin| self.takes_from(origin));
        }
    }

    fn cancel_queued(&self) {
        while let Some(entry) = self.queues.steal_any() {
            self.cancel_counted(entry.open());
        }
    }

    /// Cancels a queued task because the pool is stopping.
    pub(crate) fn cancel_counted(&self, queued: Opened) {
        let cancelled = match queued {
            Opened::Task(task) => task.cell().cancel(),
            Opened::Detached(detached) => {
                self.end_detached(detached, Event::CancelledQueued);
                true
            }
        };
        if cancelled {
            self.cancelled.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Ends a detached task that has not started.
    pub(super) fn end_detached(&self, detached: Detached, event: Event) {
        if !worker::count(self.id(), event) {
            self.book.count(event);
        }
        let _ending = ending::enter(self.id());
        drop(detached);
    }

    /// How many tasks were cancelled because the pool is stopping; whole once the threads are joined.
    pub(crate) fn cancelled(&self) -> usize {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn cancel_async(&self) {
        let cancelled = self
            .registry
            .tasks()
            .into_iter()
            .filter(|task| task.cancel())
            .count();
        self.cancelled.fetch_add(cancelled, Ordering::Relaxed);
    }

    /// The pool's handle is gone: what is suspended ends, and what would be suspended later.
    pub(crate) fn forsake(&self) {
        self.forsaken.store(true, Ordering::Release);
        self.shut_down(Mode::Drain);
        self.end_suspended();
    }

    fn end_suspended(&self) {
        for task in self.registry.tasks() {
            task.end_at_suspension();
        }
    }

    /// Waits for the end, and joins the threads.
    pub(crate) fn join(&self, deadline: Option<Instant>) -> Result<(), ShutdownError> {
        // The pool cannot end before the task that this thread is ending.
        if ending::is_of(self.id()) {
            return Err(ShutdownError::NotJoined);
        }
        self.threads.join(deadline)
    }

    /// Whether queued tasks are to be cancelled rather than run.
    pub(crate) fn is_stopping(&self) -> bool {
        self.life().phase() == Phase::Stopping
    }

    /// What it is in the middle of.
    pub(crate) fn dump(&self) -> Dump {
        let entries = self.census.as_ref().map(|census| census.entries());
        let blocked = waits::blocked_in(self.id());
        Dump::new(
            self.name(),
            self.life(),
            self.book.ledger(),
            entries,
            blocked,
        )
    }

    /// Ends the pool if it was shut down and nothing is left: no worker, no queued and no suspended task.
    ///
    /// Somebody who publishes meanwhile either starts a worker first, so that core refuses the end, or comes
    /// after it, and takes the task back.
    pub(crate) fn try_terminate(&self) {
        let life = self.life();
        if life.phase() == Phase::Accepting || life.workers() > 0 {
            return;
        }
        if !self.registry.is_empty() {
            // Without workers, what is not queued is suspended.
            if self.forsaken.load(Ordering::Acquire) {
                self.end_suspended();
            }
            return;
        }
        if !self.queues.is_empty() {
            let _somebody_runs_it = self.notify();
            return;
        }
        if self.dormitory.state().advance(Snapshot::terminate) == Terminate::Ended {
            self.close_permits();
            self.threads.terminate();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        directory::leave(self.id());
    }
}

impl Host for Shared {
    fn adopt(self: Arc<Self>, task: Task) {
        if let Some(permits) = &self.permits {
            permits.overdraw(task.cell().weight());
        }
        self.take(task, None);
    }

    fn requeue(&self, task: Task, how: Requeue) {
        if how == Requeue::Yielded {
            self.queues.push(task);
        } else if let Err(task) = worker::push_to_own(self, task) {
            self.queues.push(task);
        }
        let _somebody_runs_it = self.notify();
    }

    fn requeue_all(&self, tasks: &mut dyn Iterator<Item = Task>) {
        tasks.for_each(|task| self.queues.push(task));
        let _somebody_runs_them = self.notify();
    }

    fn count(&self, event: Event) {
        self.book.count(event);
    }

    fn follow(&self, task: usize, event: Event, worker: Option<usize>) {
        if let Some(census) = &self.census {
            census.follow(task, event, worker);
        }
    }

    fn await_task(&self, task: usize, awaited: Label) {
        if let Some(census) = &self.census {
            census.await_task(task, awaited);
        }
    }

    fn left_queue(&self, left: Left, weight: u64) {
        if let Some(permits) = &self.permits {
            permits.give_back(left, weight);
            if left == Left::Task {
                worker::entry_stays(self);
            }
        }
    }

    fn ended(&self, ticket: Option<usize>) {
        if let Some(ticket) = ticket
            && self.registry.leave(ticket)
        {
            self.try_terminate();
        }
    }

    fn pool(&self) -> usize {
        self.id()
    }
}
