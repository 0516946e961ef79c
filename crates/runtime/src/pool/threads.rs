//! The threads of a pool: their places, and joining them.

use std::collections::HashSet;
use std::io;
use std::time::Instant;

use crate::error::ShutdownError;
use crate::sync::thread::{self, JoinHandle, ThreadId};
use crate::sync::{Condvar, Mutex, MutexGuard, wait, wait_timeout};

/// Who is there, and in which place.
pub(crate) struct Threads {
    roll: Mutex<Roll>,
    changed: Condvar,
}

struct Roll {
    free: Vec<usize>,
    /// Started and not joined.
    handles: Vec<JoinHandle<()>>,
    /// Of every thread that is not joined, also while somebody joins it.
    present: HashSet<ThreadId>,
    /// Threads that are being started: their handles are still to come.
    starting: usize,
    /// Threads that have begun to be workers, and not ended that.
    aboard: usize,
    terminated: bool,
}

/// A thread that was started.
pub(crate) enum Started {
    Joinable(JoinHandle<()>),
    /// Nobody has its handle.
    Loose(ThreadId),
}

impl Threads {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            roll: Mutex::new(Roll {
                free: (0..places).rev().collect(),
                handles: Vec::new(),
                present: HashSet::new(),
                starting: 0,
                aboard: 0,
                terminated: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Starts a thread in a free place, by `spawn`, which is told the place.
    pub(crate) fn start(&self, spawn: impl FnOnce(usize) -> io::Result<Started>) -> io::Result<()> {
        let mut roll = self.lock();
        // A worker that is not counted any more may still be on its way out of its place; it needs only this lock.
        let place = loop {
            match roll.free.pop() {
                Some(place) => break place,
                None => roll = wait(&self.changed, roll),
            }
        };
        roll.starting += 1;
        drop(roll);
        let started = spawn(place);
        let mut roll = self.lock();
        roll.starting -= 1;
        let outcome = match started {
            Ok(Started::Joinable(handle)) => {
                roll.present.insert(handle.thread().id());
                roll.handles.push(handle);
                Ok(())
            }
            Ok(Started::Loose(thread)) => {
                roll.present.remove(&thread);
                Ok(())
            }
            Err(error) => {
                roll.free.push(place);
                Err(error)
            }
        };
        drop(roll);
        self.changed.notify_all();
        outcome
    }

    /// This thread is a worker: it cannot be joined from itself. Whoever starts it may not have said so yet.
    pub(crate) fn arrive(&self) -> Aboard<'_> {
        let mut roll = self.lock();
        roll.present.insert(thread::current().id());
        roll.aboard += 1;
        Aboard(self)
    }

    /// The worker in this place is about to end.
    pub(crate) fn vacate(&self, place: usize) {
        self.lock().free.push(place);
        self.changed.notify_all();
    }

    /// Joins workers that have ended, so that those that come and go leave nothing behind.
    ///
    /// Only a worker at its own end does this: a thread in its last destructors counts as finished, and may still
    /// wait for a task, which must not wait for it.
    pub(crate) fn reap(&self) {
        let mut roll = self.lock();
        let ended = roll
            .handles
            .extract_if(.., |handle| handle.is_finished())
            .collect();
        drop(roll);
        self.join_all(ended);
    }

    /// The pool has come to its end: no thread will be started again.
    pub(crate) fn terminate(&self) {
        self.lock().terminated = true;
        self.changed.notify_all();
    }

    /// Waits for the end of the pool, and joins its threads.
    pub(crate) fn join(&self, deadline: Option<Instant>) -> Result<(), ShutdownError> {
        let mut roll = self.lock();
        if roll.present.contains(&thread::current().id()) {
            return Err(ShutdownError::NotJoined);
        }
        // The pool may end before a thread has run its stop hook, or before the one that starts it has its handle.
        while !roll.terminated || roll.starting > 0 || roll.aboard > 0 {
            roll = self.wait(roll, deadline)?;
        }
        let handles = std::mem::take(&mut roll.handles);
        drop(roll);
        self.join_all(handles);
        let mut roll = self.lock();
        while !roll.present.is_empty() {
            roll = self.wait(roll, deadline)?;
        }
        Ok(())
    }

    fn wait<'a>(
        &self,
        roll: MutexGuard<'a, Roll>,
        deadline: Option<Instant>,
    ) -> Result<MutexGuard<'a, Roll>, ShutdownError> {
        let Some(deadline) = deadline else {
            return Ok(wait(&self.changed, roll));
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ShutdownError::TimedOut);
        }
        Ok(wait_timeout(&self.changed, roll, left))
    }

    fn join_all(&self, handles: Vec<JoinHandle<()>>) {
        if handles.is_empty() {
            return;
        }
        for handle in handles {
            let id = handle.thread().id();
            // A worker catches what its tasks throw; what else ended it was reported by the panic hook.
            let _ended = handle.join();
            self.lock().present.remove(&id);
        }
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Roll> {
        self.roll.lock()
    }
}

/// Ends a thread's being a worker when it is dropped; what is left then are its thread-locals.
pub(crate) struct Aboard<'a>(&'a Threads);

impl Drop for Aboard<'_> {
    fn drop(&mut self) {
        self.0.lock().aboard -= 1;
        self.0.changed.notify_all();
    }
}
