//! What the tasks of a scope share with the one who waits for their end.

use std::collections::VecDeque;
use std::panic::Location;
use std::sync::Arc;

use crate::error::Panic;
use crate::future::TaskFuture;
use crate::park::Unparker;
use crate::pool::waiting;
use crate::sync::Mutex;
use crate::task::{TaskRef, WeakTask};

pub(crate) struct State(Mutex<Tasks>);

struct Tasks {
    /// Those that are not settled, by the number of their [`Member`]s.
    pending: usize,
    /// Those that may still have to start, for whoever waits on a worker.
    offered: VecDeque<WeakTask>,
    /// Panics whose outcomes nobody has asked for, the first one first.
    unseen: Vec<Panic>,
    waiter: Option<Unparker>,
}

impl State {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Tasks {
            pending: 0,
            offered: VecDeque::new(),
            unseen: Vec::new(),
            waiter: None,
        }))
    }

    /// Lets whoever waits run the task in place.
    pub(super) fn offer(&self, future: &TaskFuture<()>) {
        let mut tasks = self.0.lock();
        // Those that have ended are forgotten now and then, so that a long scope holds what it has pending.
        if tasks.offered.len() > 2 * tasks.pending + 64 {
            tasks.offered.retain(|task| {
                task.upgrade()
                    .is_some_and(|task| !task.life().state().is_done())
            });
        }
        tasks.offered.push_back(future.task().downgrade());
        let waiter = tasks.waiter.clone();
        drop(tasks);
        if let Some(waiter) = waiter {
            waiter.unpark();
        }
    }

    pub(super) fn add_unseen(&self, panic: Panic) {
        self.0.lock().unseen.push(panic);
    }

    /// Somebody has seen this panic.
    pub(super) fn see(&self, panic: &Panic) {
        self.0.lock().unseen.retain(|other| !other.is(panic));
    }

    /// The first panic that nobody has seen.
    pub(super) fn unseen(&self) -> Option<Panic> {
        self.0.lock().unseen.first().cloned()
    }

    /// Blocks until no task is pending, and runs those that have not started in place where that is possible.
    pub(super) fn wait(&self) {
        let thread = Unparker::current();
        loop {
            let runs = waiting::may_run_in_place();
            if runs && let Some(task) = self.next_offer() {
                waiting::run_in_place(&task);
                continue;
            }
            self.0.lock().waiter = Some(thread.clone());
            let is_over = || self.0.lock().pending == 0;
            let has_offer = || runs && !self.0.lock().offered.is_empty();
            waiting::blocking(|| thread.park_until(None, || is_over() || has_offer()));
            if is_over() {
                let waiter = self.0.lock().waiter.take();
                drop(waiter);
                return;
            }
        }
    }

    fn next_offer(&self) -> Option<TaskRef> {
        let mut tasks = self.0.lock();
        std::iter::from_fn(|| tasks.offered.pop_back()).find_map(|task| task.upgrade())
    }

    /// The last thing that a task does which its scope waits for.
    fn leave(&self) {
        let mut tasks = self.0.lock();
        tasks.pending -= 1;
        let waiter = if tasks.pending == 0 {
            tasks.waiter.clone()
        } else {
            None
        };
        drop(tasks);
        if let Some(waiter) = waiter {
            waiter.unpark();
        }
    }
}

/// A task's part in its scope, which waits until it leaves.
pub(crate) struct Member {
    state: Arc<State>,
    /// Of the body that somebody wrote.
    type_name: &'static str,
    /// Where it was submitted.
    location: &'static Location<'static>,
}

impl Member {
    pub(super) fn enter(
        state: &Arc<State>,
        type_name: &'static str,
        location: &'static Location<'static>,
    ) -> Self {
        state.0.lock().pending += 1;
        Self {
            state: Arc::clone(state),
            type_name,
            location,
        }
    }

    pub(crate) fn type_name(&self) -> &'static str {
        self.type_name
    }

    pub(crate) fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// The task is settled, and has dropped what it borrowed. It says so once, and touches nothing of it afterwards.
    pub(crate) fn leave(&self) {
        self.state.leave();
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;
