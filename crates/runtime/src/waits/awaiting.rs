//! What a wait is for.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::sync::Mutex;
use crate::task::{TaskRef, Waiting};

/// The tasks that somebody waits for, looked at when it matters: which they are, and what they wait for in turn, changes.
pub(crate) trait Awaits {
    /// Shows the tasks, one after the other, until `see` has seen enough.
    fn each(&self, dust: &mut Dust, see: &mut dyn FnMut(Waiting) -> ControlFlow<()>);
}

/// Tasks that were looked at under a lock, to be dropped without it: what they hold may be foreign.
pub(crate) type Dust = Vec<TaskRef>;

/// One task, or those on a roll.
pub(crate) enum Awaiting {
    Task(TaskRef),
    Roll(Arc<Roll>),
}

impl Awaits for Awaiting {
    fn each(&self, dust: &mut Dust, see: &mut dyn FnMut(Waiting) -> ControlFlow<()>) {
        match self {
            Self::Task(task) => {
                let _seen = see(root(task, dust));
            }
            Self::Roll(roll) => {
                let calls = roll.0.lock();
                let mut tasks = calls.tasks.iter();
                let _seen = tasks.try_for_each(|(_, task)| see(root(task, dust)));
            }
        }
    }
}

/// The members of a set that are not done, each in a slot of the set's.
pub(crate) struct Roll(Mutex<Calls>);

#[derive(Default)]
struct Calls {
    tasks: Vec<(usize, TaskRef)>,
    /// Where the task of each slot stands among the tasks.
    places: Vec<usize>,
}

impl Roll {
    pub(crate) fn new(tasks: impl IntoIterator<Item = (usize, TaskRef)>) -> Self {
        let roll = Self(Mutex::new(Calls::default()));
        for (slot, task) in tasks {
            roll.add(slot, task);
        }
        roll
    }

    /// Adds a task in a slot that has none.
    pub(crate) fn add(&self, slot: usize, task: TaskRef) {
        let mut calls = self.0.lock();
        let place = calls.tasks.len();
        calls.tasks.push((slot, task));
        if calls.places.len() <= slot {
            calls.places.resize(slot + 1, usize::MAX);
        }
        calls.places[slot] = place;
    }

    /// Takes out the task in a slot.
    pub(crate) fn remove(&self, slot: usize) {
        let mut calls = self.0.lock();
        let place = calls.places[slot];
        let removed = calls.tasks.swap_remove(place);
        if let Some((moved, _)) = calls.tasks.get(place) {
            let moved = *moved;
            calls.places[moved] = place;
        }
        drop(calls);
        drop(removed);
    }
}

/// The task that is waited for in the end: of one that continues others, the first of them that is not done.
fn root(task: &TaskRef, dust: &mut Dust) -> Waiting {
    let mut root = task.clone();
    while let Some(before) = root.before() {
        let is_settled = before.life().is_settled();
        let after = if is_settled {
            before
        } else {
            std::mem::replace(&mut root, before)
        };
        dust.push(after);
        if is_settled {
            break;
        }
    }
    let waiting = root.waiting();
    dust.push(root);
    waiting
}

#[cfg(all(test, not(creel_loom)))]
mod tests;
