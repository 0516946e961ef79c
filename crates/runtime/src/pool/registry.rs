//! The async tasks of a pool that are not done.
//!
//! One that is suspended stands in no queue, and only its wakers know it: shutting down must find it here, and
//! a pool does not end while there is one.

use crate::sync::Mutex;
use crate::task::{TaskRef, WeakTask};

pub(crate) struct Registry(Mutex<Tasks>);

struct Tasks {
    places: Vec<Option<WeakTask>>,
    free: Vec<usize>,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Tasks {
            places: Vec::new(),
            free: Vec::new(),
        }))
    }

    /// Enters a task; the ticket takes it out again.
    pub(crate) fn enter(&self, task: &TaskRef) -> usize {
        let mut tasks = self.0.lock();
        let task = Some(task.downgrade());
        match tasks.free.pop() {
            Some(ticket) => {
                tasks.places[ticket] = task;
                ticket
            }
            None => {
                tasks.places.push(task);
                tasks.places.len() - 1
            }
        }
    }

    /// Takes a task out; true if it was the last one.
    pub(crate) fn leave(&self, ticket: usize) -> bool {
        let mut tasks = self.0.lock();
        tasks.places[ticket] = None;
        tasks.free.push(ticket);
        tasks.free.len() == tasks.places.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        let tasks = self.0.lock();
        tasks.free.len() == tasks.places.len()
    }

    /// The tasks that are there.
    pub(crate) fn tasks(&self) -> Vec<TaskRef> {
        self.0
            .lock()
            .places
            .iter()
            .flatten()
            .filter_map(WeakTask::upgrade)
            .collect()
    }
}
