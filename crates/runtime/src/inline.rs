//! The executor that runs each task where it is submitted.

use creel_core::port::Rejected;
use creel_core::{Executor, Run};

use crate::task::Task;

/// Runs each task at once, on the thread that submits it.
///
/// For tests, and for programs that are to run without threads. An async task that suspends goes on where it is
/// woken.
///
/// ```
/// use creel_core::Executor;
/// use creel_runtime::{Inline, Task};
///
/// let here = std::thread::current().id();
/// let (task, future) = Task::from_closure(move || std::thread::current().id() == here);
/// Inline.execute(task)?;
/// assert!(future.result()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Inline;

impl Executor for Inline {
    type Task = Task;

    fn execute(&self, task: Task) -> Result<(), Rejected<Task>> {
        task.run();
        Ok(())
    }
}
