//! Room in a bounded queue: a permit for each task that is queued, and one line of those who wait for one.

mod counts;
mod line;

use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use creel_core::executor::Origin;

use super::Refused;
use crate::guard;
use crate::park::Unparker;
use crate::sync::Mutex;
use crate::task::home::Left;
use line::Line;

pub(crate) use counts::Capacity;
pub(crate) use line::Waiter;

/// What to do when the queue has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// Block until there is some.
    Wait,
    /// Block until then at most.
    Until(Instant),
    /// Give the task back.
    Now,
}

impl Room {
    /// Waits so long at most; past the end of the clock is for ever.
    pub(crate) fn within(timeout: Duration) -> Self {
        Instant::now()
            .checked_add(timeout)
            .map_or(Self::Wait, Self::Until)
    }
}

/// A fair semaphore that counts what is queued against the capacity.
///
/// Whoever changes the counts grants permits to those at the head of the line that fit by then, and wakes them without the
/// lock. So a permit is never free while the first in line could use it, and nobody overtakes the first in line.
pub(crate) struct Permits(Mutex<Line>);

/// What became of somebody who asked to stand in line.
#[derive(Debug)]
pub(crate) enum Entered {
    /// There was room after all: the permit is the caller's.
    Granted,
    /// The answer will come to the waker.
    Waits(Arc<Waiter>),
}

impl Permits {
    pub(crate) fn new(capacity: Capacity) -> Self {
        Self(Mutex::new(Line::new(capacity)))
    }

    /// Takes a permit if there is room and nobody waits for it.
    pub(crate) fn try_take(&self, weight: u64) -> bool {
        self.0.lock().try_take(weight)
    }

    /// Takes a permit beyond the capacity, for a worker that must not wait for itself.
    pub(crate) fn overdraw(&self, weight: u64) {
        self.0.lock().overdraw(weight);
    }

    /// How many permits were taken beyond the capacity, ever.
    pub(crate) fn overdraft(&self) -> u64 {
        self.0.lock().overdraft()
    }

    /// Takes a permit, or the last place in line.
    ///
    /// `admitted` is asked under the lock, since the pool may be shut down meanwhile: [`close`](Self::close) comes
    /// after that, and takes the lock.
    pub(crate) fn enter(
        &self,
        weight: u64,
        origin: Origin,
        waker: Waker,
        admitted: impl FnOnce() -> bool,
    ) -> Result<Entered, Refused> {
        let mut line = self.0.lock();
        if !admitted() {
            return Err(Refused::ShutDown);
        }
        if line.try_take(weight) {
            return Ok(Entered::Granted);
        }
        Ok(Entered::Waits(line.enter(weight, origin, waker)))
    }

    /// Blocks this thread until its answer is there; [`Refused::Full`] once the deadline has passed.
    pub(crate) fn wait(
        &self,
        waiter: &Waiter,
        thread: &Unparker,
        deadline: Option<Instant>,
    ) -> Result<(), Refused> {
        if !thread.park_until(deadline, || waiter.answer().is_some()) && self.leave(waiter) {
            return Err(Refused::Full);
        }
        waiter
            .answer()
            .expect("who is not in line has been answered")
    }

    /// The answer, or else a promise to wake this waker when it is there.
    pub(crate) fn poll(&self, waiter: &Waiter, waker: &Waker) -> Option<Result<(), Refused>> {
        if waiter.answer().is_none() {
            let waker = waker.clone();
            let replaced = self.0.lock().replace_waker(waiter, waker);
            drop(replaced);
        }
        waiter.answer()
    }

    /// Leaves the line; false if the answer came before.
    pub(crate) fn leave(&self, waiter: &Waiter) -> bool {
        // The waker is dropped without the lock.
        self.change(|line| (line.leave(waiter), Vec::new()))
            .is_some()
    }

    /// Leaves the line, and gives back the permit if it was granted meanwhile.
    pub(crate) fn give_up(&self, waiter: &Waiter) {
        if !self.leave(waiter) && waiter.answer() == Some(Ok(())) {
            self.give_back(Left::Both, waiter.weight());
        }
    }

    /// Returns what a task took.
    pub(crate) fn give_back(&self, left: Left, weight: u64) {
        self.change(|line| (line.give_back(left, weight), Vec::new()));
    }

    /// Refuses those in line who are no longer admitted: the pool was shut down.
    pub(crate) fn close(&self, admitted: impl Fn(Origin) -> bool) {
        self.change(|line| ((), line.refuse(|origin| !admitted(origin))));
    }

    /// Changes the counts or the line, grants what can be granted by then, and wakes whoever has an answer.
    fn change<R>(&self, change: impl FnOnce(&mut Line) -> (R, Vec<Waker>)) -> R {
        let mut line = self.0.lock();
        let (result, mut answered) = change(&mut line);
        line.serve(&mut answered);
        drop(line);
        for waker in answered {
            guard::run_quietly("a waker", || waker.wake());
        }
        result
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;
#[cfg(all(test, not(creel_loom)))]
mod tests;
