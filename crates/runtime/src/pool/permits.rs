//! Places in a bounded queue.

use crate::sync::{Condvar, Mutex, wait};

use super::Refused;

/// What to do when the queue has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// Block until there is some.
    Wait,
    /// Give the task back.
    Now,
}

/// Counts the tasks that are queued against the capacity.
///
/// A permit is taken when a task is admitted and returned when it leaves the queue, whichever way: started,
/// cancelled, or given up.
pub(crate) struct Permits {
    capacity: usize,
    taken: Mutex<usize>,
    returned: Condvar,
}

impl Permits {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            taken: Mutex::new(0),
            returned: Condvar::new(),
        }
    }

    /// Takes a permit; `admitted` is asked under the lock before each wait, since the pool may be shut down
    /// meanwhile: [`close`](Self::close) comes after that, and takes the lock.
    pub(crate) fn acquire(&self, room: Room, admitted: impl Fn() -> bool) -> Result<(), Refused> {
        let mut taken = self.taken.lock();
        while *taken >= self.capacity {
            if room == Room::Now {
                return Err(Refused::Full);
            }
            if !admitted() {
                return Err(Refused::ShutDown);
            }
            taken = wait(&self.returned, taken);
        }
        *taken += 1;
        Ok(())
    }

    /// Takes a permit beyond the capacity, for a worker that must not wait for itself.
    pub(crate) fn overdraw(&self) {
        *self.taken.lock() += 1;
    }

    pub(crate) fn give_back(&self) {
        let mut taken = self.taken.lock();
        *taken -= 1;
        if *taken < self.capacity {
            self.returned.notify_one();
        }
    }

    /// Lets whoever waits for room see that the pool was shut down.
    pub(crate) fn close(&self) {
        let _taken = self.taken.lock();
        self.returned.notify_all();
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;
