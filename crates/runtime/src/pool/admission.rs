//! How a task gets into the queue: core says whether tasks are taken, the permits whether there is room.

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;

use creel_core::Run;
use creel_core::executor::{Admit, Origin, Publish};
use creel_core::port::Rejected;

use super::permits::{Entered, Permits, Room};
use super::shared::Shared;
use super::{waiting, worker};
use crate::future::TaskFuture;
use crate::park::Unparker;
use crate::scope::Member;
use crate::task::detached::Detached;
use crate::task::home::Lodging;
use crate::task::options::{Extras, Options, Side, current_span};
use crate::task::{Body, Cell, Closure, Runnable as _, Task, Unwatched, cell, current};

/// Why a task was not admitted, without the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    ShutDown,
}

impl Refused {
    pub(crate) fn with<T>(self, task: T) -> Rejected<T> {
        match self {
            Self::Full => Rejected::Full(task),
            Self::ShutDown => Rejected::ShutDown(task),
        }
    }
}

impl Shared {
    /// Asks for room, and blocks for it if it may; a worker of this pool exceeds the capacity instead.
    pub(crate) fn admit(&self, weight: u64, room: Room) -> Result<(), Refused> {
        let origin = self.origin();
        let Some(permits) = self.try_admit(weight, origin)? else {
            return Ok(());
        };
        let deadline = match room {
            Room::Now => return Err(Refused::Full),
            Room::Wait => None,
            Room::Until(deadline) => Some(deadline),
        };
        if origin == Origin::Worker {
            permits.overdraw(weight);
            return Ok(());
        }
        let thread = Unparker::current();
        let entered = permits.enter(weight, origin, thread.waker(), || self.takes_from(origin))?;
        match entered {
            Entered::Granted => Ok(()),
            // On a worker of another pool, that pool goes on meanwhile.
            Entered::Waits(waiter) => {
                waiting::blocking(|| permits.wait(&waiter, &thread, deadline))
            }
        }
    }

    /// Asks for room, or stands in line with a waker; a thread that would hold this pool up by waiting exceeds the
    /// capacity instead.
    pub(super) fn ask(&self, weight: u64, waker: &Waker) -> Result<Entered, Refused> {
        let origin = self.origin();
        match self.try_admit(weight, origin)? {
            None => Ok(Entered::Granted),
            Some(permits) if self.holds_itself_up() => {
                permits.overdraw(weight);
                Ok(Entered::Granted)
            }
            Some(permits) => {
                permits.enter(weight, origin, waker.clone(), || self.takes_from(origin))
            }
        }
    }

    /// Lets a task in if there is room at once; else gives what hands it out.
    fn try_admit(&self, weight: u64, origin: Origin) -> Result<Option<&Permits>, Refused> {
        if !self.takes_from(origin) {
            return Err(Refused::ShutDown);
        }
        Ok(self.permits().filter(|permits| !permits.try_take(weight)))
    }

    /// Whether what is polled on this thread holds a worker of this pool until it is ready: a closure of the pool's
    /// blocks on it. An async task of the pool is suspended meanwhile, and its worker is free to make room.
    pub(super) fn holds_itself_up(&self) -> bool {
        worker::is_current(self) && !current::is_polling()
    }

    /// Whether core lets in what is submitted there.
    #[inline]
    pub(super) fn takes_from(&self, origin: Origin) -> bool {
        self.life().admit(origin) == Admit::Accept
    }

    #[inline]
    fn origin(&self) -> Origin {
        if worker::is_current(self) {
            Origin::Worker
        } else {
            Origin::Outside
        }
    }

    /// Queues the body of a scope's task, and waits for room; where nobody will run it, it runs here.
    pub(crate) fn queue_member(
        self: &Arc<Self>,
        body: Box<dyn FnOnce() + Send>,
        member: Member,
    ) -> TaskFuture<()> {
        let run_here = |body| {
            let (task, future) = Task::from_closure(body);
            task.run();
            future
        };
        if self.admit(0, Room::Wait).is_err() {
            let future = run_here(body);
            member.leave();
            return future;
        }
        let location = member.location();
        let extras = Some(Extras::of_scope(member));
        match self.queue_closure(body, extras, location) {
            Ok(future) => future,
            // Its task has left the scope; but whoever submits holds the scope up as well.
            Err(rejected) => run_here(rejected.into_inner()),
        }
    }

    /// Lets a closure in that asks for nothing of its own, waits for room, and queues it.
    #[inline]
    pub(super) fn submit_plain<T, F>(
        self: &Arc<Self>,
        closure: F,
        location: &'static Location<'static>,
    ) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        if self.permits().is_some() || current_span().is_some() {
            if let Err(refused) = self.admit(0, Room::Wait) {
                return Err(refused.with(closure));
            }
            let extras = Options::at(location).into_extras_if_any();
            return self.queue_closure(closure, extras, location);
        }
        if !self.takes_from(self.origin()) {
            return Err(Rejected::ShutDown(closure));
        }
        let body = Closure(closure);
        let queued = match self.measures_next() {
            false => self.queue(body, (), location),
            true => self.queue(body, Extras::measured(location), location),
        };
        queued.map_err(|Closure(closure)| Rejected::ShutDown(closure))
    }

    /// Queues a closure that was admitted.
    #[inline]
    pub(super) fn queue_closure<T, F>(
        self: &Arc<Self>,
        closure: F,
        extras: Option<Extras>,
        location: &'static Location<'static>,
    ) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let measured = self.measures_next();
        self.queue_body(Closure(closure), extras, measured, location)
            .map_err(|Closure(closure)| Rejected::ShutDown(closure))
    }

    /// Queues a closure that nobody waits for.
    #[inline]
    pub(super) fn queue_detached<F>(
        self: &Arc<Self>,
        closure: F,
        location: &'static Location<'static>,
    ) -> Result<(), Rejected<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        let measured = self.measures_next();
        // What carries nothing and starts on a worker, where the pool cannot end meanwhile, need not be more than a closure.
        let is_plain = !measured && self.permits().is_none() && current_span().is_none();
        if !is_plain || !worker::is_current(self) {
            return self.queue_detached_task(closure, measured, location);
        }
        if !self.takes_from(Origin::Worker) {
            return Err(Rejected::ShutDown(closure));
        }
        let queued = worker::with_current_or(self, closure, |worker, closure| {
            worker.queue_detached(Detached::new(closure));
        });
        queued.or_else(|closure| self.queue_detached_task(closure, measured, location))
    }

    /// The same with a task like others, whose handle is dropped.
    #[cold]
    fn queue_detached_task<F>(
        self: &Arc<Self>,
        closure: F,
        measured: bool,
        location: &'static Location<'static>,
    ) -> Result<(), Rejected<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        if let Err(refused) = self.admit(0, Room::Wait) {
            return Err(refused.with(closure));
        }
        let extras = Options::at(location).into_extras_if_any();
        self.queue_body(Unwatched(closure), extras, measured, location)
            .map(drop)
            .map_err(|Unwatched(closure)| Rejected::ShutDown(closure))
    }

    /// Queues a future that was admitted.
    pub(super) fn queue_future<F>(
        self: &Arc<Self>,
        future: F,
        extras: Option<Extras>,
        location: &'static Location<'static>,
    ) -> TaskFuture<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let (handle, task) = match (extras, self.measures_next()) {
            (None, false) => cell::of_future(future, Lodging::with(self.clone())),
            (None, true) => cell::of_future(future, Extras::measured(location)),
            (Some(extras), false) => cell::of_future(future, extras),
            (Some(extras), true) => cell::of_future(future, extras.and_measured()),
        };
        self.lodge(Task::new(task), handle.task(), Some(location));
        TaskFuture::new(handle)
    }

    /// Queues what was admitted; gives it back if the pool has ended meanwhile.
    #[inline]
    fn queue_body<B: Body>(
        self: &Arc<Self>,
        body: B,
        extras: Option<Extras>,
        measured: bool,
        location: &'static Location<'static>,
    ) -> Result<TaskFuture<B::Output>, B> {
        match (extras, measured) {
            (None, false) => self.queue(body, (), location),
            (None, true) => self.queue(body, Extras::measured(location), location),
            (Some(extras), false) => self.queue(body, extras, location),
            (Some(extras), true) => self.queue(body, extras.and_measured(), location),
        }
    }

    #[inline]
    fn queue<B: Body>(
        self: &Arc<Self>,
        body: B,
        side: impl Side,
        location: &'static Location<'static>,
    ) -> Result<TaskFuture<B::Output>, B> {
        let (cell, task) = Cell::at_home(body, side, self.home());
        let task = Task::new(task);
        let published = if cell.is_timed() {
            self.enter(&*cell, Some(location));
            task.arm();
            self.publish(task)
        } else {
            self.list(&*cell, Some(location));
            self.publish_new(task)
        };
        if published == Publish::Reclaim
            && let Some(body) = cell.reclaim()
        {
            cell.task().detach();
            return Err(body);
        }
        // Even after a reclaim: the last worker was quicker, and the task has its outcome.
        Ok(TaskFuture::new(cell.into_handle()))
    }
}

#[cfg(all(test, not(creel_loom)))]
mod tests;
