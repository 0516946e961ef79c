//! An executor whose tasks a test runs.

use std::collections::VecDeque;
use std::sync::Arc;

use creel_core::port::Rejected;
use creel_core::{Executor, Run};

use crate::Watched;

/// An executor that holds its tasks until a test runs them, on the test's own thread.
///
/// Clones are the same executor.
///
/// ```
/// use creel_core::Executor;
/// use creel_testkit::ManualExecutor;
///
/// let executor = ManualExecutor::new();
/// executor.execute(Box::new(|| {}) as Box<dyn FnOnce() + Send>).unwrap();
/// assert_eq!(executor.queued(), 1);
/// assert_eq!(executor.run_all(), 1);
/// ```
#[derive(Debug)]
pub struct ManualExecutor<Task = Box<dyn FnOnce() + Send>> {
    state: Arc<Watched<State<Task>>>,
}

#[derive(Debug)]
struct State<Task> {
    queue: VecDeque<Task>,
    room: Option<usize>,
    is_shut_down: bool,
}

impl<Task: Run> ManualExecutor<Task> {
    /// An executor without tasks.
    pub fn new() -> Self {
        Self {
            state: Arc::new(Watched::new(State {
                queue: VecDeque::new(),
                room: None,
                is_shut_down: false,
            })),
        }
    }

    /// The same executor with a queue of so many tasks; behind them it rejects as [`Rejected::Full`].
    #[must_use]
    pub fn bounded(self, tasks: usize) -> Self {
        self.state.change(|state| state.room = Some(tasks));
        self
    }

    /// Runs the task that has waited longest; false when there is none.
    pub fn run_next(&self) -> bool {
        let task = self.state.change(|state| state.queue.pop_front());
        let found = task.is_some();
        if let Some(task) = task {
            task.run();
        }
        found
    }

    /// Runs tasks until none is left, those included that tasks hand in, and says how many.
    pub fn run_all(&self) -> usize {
        std::iter::repeat_with(|| self.run_next())
            .take_while(|found| *found)
            .count()
    }

    /// Takes nothing more, and drops what is queued.
    pub fn shut_down(&self) {
        let queue = self.state.change(|state| {
            state.is_shut_down = true;
            std::mem::take(&mut state.queue)
        });
        drop(queue);
    }

    /// How many tasks wait to be run.
    pub fn queued(&self) -> usize {
        self.state.read(|state| state.queue.len())
    }

    /// Blocks until so many tasks wait to be run.
    pub fn wait_until_queued(&self, count: usize) {
        self.state.wait_until(|state| state.queue.len() >= count);
    }
}

impl<Task> Clone for ManualExecutor<Task> {
    fn clone(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
        }
    }
}

impl<Task: Run> Default for ManualExecutor<Task> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Task: Run> Executor for ManualExecutor<Task> {
    type Task = Task;

    fn execute(&self, task: Task) -> Result<(), Rejected<Task>> {
        self.state.change(|state| {
            if state.is_shut_down {
                return Err(Rejected::ShutDown(task));
            }
            if state.room.is_some_and(|room| state.queue.len() >= room) {
                return Err(Rejected::Full(task));
            }
            state.queue.push_back(task);
            Ok(())
        })
    }
}
