//! A set of futures, and the one who waits for them to be done.
//!
//! Everything that waits for many futures stands on it: [`as_completed`](crate::as_completed),
//! [`wait`](crate::wait), [`TaskGroup`](crate::TaskGroup) and [`Map`](crate::Map).

mod members;
mod ready;

use std::borrow::Borrow;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::driver::{self, Driver};
use crate::error::{ResultError, TimedOut, WaitError};
use crate::future::TaskFuture;
use crate::park::Unparker;
use crate::pool::waiting;
use crate::sync::Mutex;
use crate::task::{HandleRef, continuation};
use crate::waits::{self, Awaiting, Entered, Until};

pub(crate) use members::Members;
use ready::Ready;

/// Futures, owned or borrowed; any thread may add some, one at a time waits for them.
pub(crate) struct Set<T, M: Borrow<TaskFuture<T>> = TaskFuture<T>> {
    ready: Arc<Ready>,
    members: Mutex<Members<T, M>>,
}

/// What came of the member of that number.
pub(crate) type Item<T> = (usize, Result<T, ResultError<T>>);

/// Who is next to be taken from a set.
pub(crate) enum Next<M> {
    /// The member of that number, which is done.
    Done(usize, M),
    /// One that is not done: waiting would never end.
    Refused(WaitError, usize, M),
    /// Nobody: no member is left.
    Empty,
    /// Nobody was done when the time was over.
    TimedOut,
}

impl<T, M: Borrow<TaskFuture<T>>> Set<T, M> {
    pub(crate) fn new() -> Self {
        Self {
            ready: Arc::new(Ready::new()),
            members: Mutex::new(Members::new()),
        }
    }

    /// A set of these futures, numbered in their order.
    pub(crate) fn of(futures: impl IntoIterator<Item = M>) -> Self {
        let set = Self::new();
        for future in futures {
            let (_number, _open) = set.insert(future);
        }
        set
    }

    /// Adds a future, and gives its number, counted from 0; a set that was closed gives it back as well.
    pub(crate) fn insert(&self, future: M) -> (usize, Option<M>) {
        let mut members = self.members.lock();
        let number = members.reserve();
        (number, members.insert(number, future, &self.ready))
    }

    /// A number for the future that is about to be made: it may have ended, and added others, before it is inserted.
    pub(crate) fn reserve(&self) -> usize {
        self.members.lock().reserve()
    }

    /// Adds the future of that number; a set that was closed gives it back.
    pub(crate) fn insert_as(&self, number: usize, future: M) -> Option<M> {
        self.members.lock().insert(number, future, &self.ready)
    }

    /// Looks at the members, with those that are done in their place.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&mut Members<T, M>) -> R) -> R {
        let mut members = self.members.lock();
        members.collect(&self.ready);
        look(&mut members)
    }

    /// Blocks this thread until `over` says so, or the deadline has passed; whether `over` said so.
    ///
    /// It is asked whenever members are done. Without a deadline, a worker runs members that have not started in place,
    /// one at a time, before it blocks; `until` tells the graph of waits when it could never be over.
    pub(crate) fn wait(
        &self,
        until: Until,
        deadline: Option<Instant>,
        mut over: impl FnMut(&Members<T, M>) -> bool,
    ) -> Result<bool, WaitError> {
        loop {
            if self.look(|members| over(members)) {
                return Ok(true);
            }
            continuation::take_turns();
            let offer = if deadline.is_none() && waiting::may_run_in_place() {
                self.members.lock().next_offer()
            } else {
                None
            };
            if let Some(task) = offer {
                waiting::run_in_place(&task);
            } else if let Some(is_over) = self.sleep(until, deadline, &mut over)? {
                return Ok(is_over);
            }
        }
    }

    /// Like [`wait`](Self::wait), for a task.
    pub(crate) fn poll(
        &self,
        context: &mut Context<'_>,
        mut over: impl FnMut(&Members<T, M>) -> bool,
    ) -> Poll<()> {
        loop {
            if self.look(|members| over(members)) {
                return Poll::Ready(());
            }
            if !self.ready.listen(context.waker()) {
                return Poll::Pending;
            }
        }
    }

    /// Takes the member that ended first and was not taken, and waits for it until the deadline.
    pub(crate) fn next(&self, deadline: Option<Instant>) -> Next<M> {
        loop {
            match self.wait(Until::Any, deadline, has_next) {
                Ok(false) => return Next::TimedOut,
                Ok(true) => {
                    return match self.take_done() {
                        Some((number, member)) => Next::Done(number, member),
                        None => Next::Empty,
                    };
                }
                Err(error) => {
                    if let Some((number, member)) = self.look(Members::take_pending) {
                        return Next::Refused(error, number, member);
                    }
                }
            }
        }
    }

    /// Like [`next`](Self::next), for a task.
    pub(crate) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<(usize, M)>> {
        self.poll(context, has_next).map(|()| self.take_done())
    }

    /// Takes the member that ended first and was not taken, if there is one.
    pub(crate) fn take_done(&self) -> Option<(usize, M)> {
        self.look(Members::take_done)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.members.lock().is_closed()
    }

    /// Takes nobody in any more, and asks those that are not done to stop.
    pub(crate) fn cancel(&self) {
        let cells = self.look(|members| {
            members.close();
            members.cells()
        });
        cancel_all(&cells);
    }

    /// Takes all members with their numbers, whether done or not, and takes nobody in any more.
    pub(crate) fn dissolve(&self) -> Vec<(usize, M)> {
        self.look(Members::dissolve)
    }

    /// Sleeps until `over` says so or the deadline has passed, and gives what `over` said; `None` when a member was added
    /// that may be run in place.
    fn sleep(
        &self,
        until: Until,
        deadline: Option<Instant>,
        over: &mut impl FnMut(&Members<T, M>) -> bool,
    ) -> Result<Option<bool>, WaitError> {
        // Since `over` was asked nothing may be taken from the list: what is pushed meanwhile must be found there.
        let roll = || Awaiting::Roll(self.members.lock().roll());
        let enter = || waits::enter(roll, until);
        let driver = self.driver();
        let _wait = match (deadline, &driver) {
            (None, None) => Some(enter()?),
            _ => None,
        };
        loop {
            let in_time = match &driver {
                Some(driver) => self.drive(driver, deadline, enter)?,
                None => self.park(deadline)?,
            };
            let is_over = self.look(|members| over(members));
            if is_over || !in_time {
                return Ok(Some(is_over));
            }
            if deadline.is_none() && waiting::may_run_in_place() && self.members.lock().has_offer()
            {
                return Ok(None);
            }
        }
    }

    /// Sleeps until a member is done, or until the deadline; false when that passed first.
    fn park(&self, deadline: Option<Instant>) -> Result<bool, WaitError> {
        let thread = Unparker::current();
        let waker = thread.waker();
        // It is left again after each wake-up, which may have been for a push that was seen before.
        let park = || thread.park_until(deadline, || self.ready.listen(&waker));
        let woken = match deadline {
            Some(deadline) if deadline <= Instant::now() => Ok(false),
            Some(_) => Ok(waiting::blocking(park)),
            None => waiting::block(park),
        };
        self.ready.listen_no_longer();
        woken
    }

    /// Drives an executor until a member is done, or until the deadline; false when that passed first.
    fn drive(
        &self,
        driver: &Driver,
        deadline: Option<Instant>,
        enter: impl Fn() -> Result<Entered, WaitError>,
    ) -> Result<bool, WaitError> {
        let thread = Unparker::current();
        let waker = thread.waker();
        let done = driver.drive_until(&thread, deadline, enter, || self.ready.listen(&waker));
        self.ready.listen_no_longer();
        done
    }

    /// The executor that this thread must drive for members to be done.
    fn driver(&self) -> Option<Driver> {
        if !driver::drives() {
            return None;
        }
        let awaited: Vec<_> = self.members.lock().awaited().collect();
        driver::of(awaited)
    }

    /// When so much time will have passed by the clock that the members go by; `None` past its end.
    pub(crate) fn after(&self, time: Duration) -> Option<Instant> {
        let driver = self.driver();
        let now = driver.as_ref().map_or_else(Instant::now, Driver::now);
        now.checked_add(time)
    }
}

impl<T, M: Borrow<TaskFuture<T>>> Drop for Set<T, M> {
    fn drop(&mut self) {
        self.ready.listen_no_longer();
    }
}

/// Cancels what has not started, and then asks what runs to stop: a worker that is free for that reason finds nothing.
pub(crate) fn cancel_all<'a, T: 'a>(
    cells: impl IntoIterator<Item = &'a HandleRef<T>, IntoIter: Clone>,
) {
    let cells = cells.into_iter();
    for cell in cells.clone() {
        cell.task().cancel();
    }
    for cell in cells {
        cell.task().request_cancel();
    }
}

impl<T> Next<TaskFuture<T>> {
    /// The outcome of who is next, if somebody is left.
    pub(crate) fn into_item(self) -> Result<Option<Item<T>>, TimedOut> {
        match self {
            Self::Done(number, future) => Ok(Some(done(number, future))),
            Self::Refused(error, number, future) => {
                Ok(Some((number, Err(ResultError::Wait(error, future)))))
            }
            Self::Empty => Ok(None),
            Self::TimedOut => Err(TimedOut),
        }
    }
}

/// The outcome of a member that is done.
pub(crate) fn done<T>(number: usize, future: TaskFuture<T>) -> Item<T> {
    (number, future.into_outcome().map_err(ResultError::Task))
}

fn has_next<T, M: Borrow<TaskFuture<T>>>(members: &Members<T, M>) -> bool {
    members.done().len() > 0 || members.is_empty()
}

#[cfg(all(test, creel_loom))]
mod interleavings;
#[cfg(all(test, not(creel_loom)))]
mod tests;
