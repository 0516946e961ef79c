//! The port to whatever runs tasks.

use std::fmt;

use thiserror::Error;

/// A task: work that is run once.
pub trait Run: Send {
    /// Runs the work to its end, or to its next suspension. A panic of the work does not leave this call.
    fn run(self);
}

impl Run for Box<dyn FnOnce() + Send> {
    fn run(self) {
        if let Err(payload) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(self)) {
            // A payload may panic when it is dropped.
            std::mem::forget(payload);
        }
    }
}

/// Something that runs tasks, on this thread or on others.
///
/// A task that was accepted is run exactly once, or dropped when the executor ends, which its handle tells
/// as an outcome. A task that was not accepted comes back untouched.
#[cfg_attr(any(test, feature = "mock"), mockall::automock(type Task = Box<dyn FnOnce() + Send>;))]
pub trait Executor {
    /// What this executor runs.
    type Task: Run;

    /// Takes a task to run it, or gives it back with the reason.
    ///
    /// Whether this waits for room, and whether the task has run when it returns, is the executor's to say.
    ///
    /// # Errors
    /// [`Rejected`] carries the task and says whether trying again can help.
    fn execute(&self, task: Self::Task) -> Result<(), Rejected<Self::Task>>;
}

/// A task that an executor did not take.
#[derive(Error)]
pub enum Rejected<T> {
    /// The queue has no room; it may have some later.
    #[error("the executor's queue is full")]
    Full(T),
    /// The executor takes nothing more, ever.
    #[error("the executor has been shut down")]
    ShutDown(T),
}

impl<T> Rejected<T> {
    /// The task, untouched.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(task) | Self::ShutDown(task) => task,
        }
    }
}

impl<T> fmt::Debug for Rejected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::ShutDown(_) => "ShutDown(..)",
        })
    }
}

#[cfg(test)]
mod tests;
