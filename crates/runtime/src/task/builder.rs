//! A task with a name, a weight or a parent, before it is made.

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use creel_core::port::Rejected;

use super::deadline::Due;
use super::options::Options;
use super::{Cell, Closure, Task, cell};
use crate::future::TaskFuture;
use crate::pool::{Room, Submission, ThreadPool};
use crate::seeded::Seeded;

/// A task to be made: what it carries is said first, its body last.
///
/// [`ThreadPool::task`] and [`Seeded::task`] make one whose task goes to that executor; [`Task::builder`] one whose task
/// is handed to an executor through the port.
///
/// ```
/// use creel_runtime::ThreadPool;
///
/// let pool = ThreadPool::new()?;
/// let future = pool.task().name("the answer").submit(|| 6 * 7)?;
/// assert_eq!(future.name(), Some("the answer"));
/// assert_eq!(future.result()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is made before the body is given"]
pub struct TaskBuilder<E> {
    executor: E,
    options: Options,
}

impl<E> TaskBuilder<E> {
    #[track_caller]
    pub(crate) fn new(executor: E) -> Self {
        Self {
            executor,
            options: Options::default(),
        }
    }

    /// The executor, and what the task is to carry that is submitted here.
    #[track_caller]
    pub(crate) fn into_parts(mut self) -> (E, Options) {
        self.options.location = Location::caller();
        (self.executor, self.options)
    }

    /// A name for the task, shown where it must be told from others; the type of the body unless it is said.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.options.name = Some(name.into());
        self
    }

    /// What the task counts for in a pool that is bounded by weight, in units of the caller's, bytes mostly; 0 unless it
    /// is said.
    pub fn weight(mut self, weight: u64) -> Self {
        self.options.weight = weight;
        self
    }

    /// The time past which the task does not start: it ends as [`TaskError::Expired`](crate::TaskError::Expired) when
    /// that comes, not when a worker finds it.
    ///
    /// Its body and callbacks are then dropped and called on the clock's thread, which all deadlines share: they must not
    /// block. A task that has started runs on; it reads the deadline from its [`context`](crate::context).
    ///
    /// ```
    /// use std::time::Instant;
    /// use creel_runtime::{ResultError, TaskError, ThreadPool};
    ///
    /// let pool = ThreadPool::new()?;
    /// let late = pool.task().deadline(Instant::now()).submit(|| "too late")?;
    /// assert!(matches!(late.result(), Err(ResultError::Task(TaskError::Expired))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.options.due = Some(Due::At(deadline));
        self
    }

    /// A [`deadline`](Self::deadline) that far from the moment in which an executor takes the task.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.due = Some(Due::After(timeout));
        self
    }

    /// Passes a request to stop on from the task that this one is submitted from.
    ///
    /// Asked to stop, that task asks this one: its [`context`](crate::context) is cancelled, and if it has not started
    /// it never does. Outside of a task there is nothing to inherit.
    pub fn inherit_cancel(mut self) -> Self {
        self.options.inherit_cancel = true;
        self
    }
}

impl TaskBuilder<&ThreadPool> {
    /// Queues a closure; see [`ThreadPool::submit`].
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the closure back.
    #[track_caller]
    pub fn submit<T, F>(self, closure: F) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (pool, options) = self.into_parts();
        pool.submit_closure(options, closure, Room::Wait)
    }

    /// Queues a closure if there is room; see [`ThreadPool::try_submit`].
    ///
    /// # Errors
    /// [`Rejected::Full`] and [`Rejected::ShutDown`] give the closure back.
    #[track_caller]
    pub fn try_submit<T, F>(self, closure: F) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (pool, options) = self.into_parts();
        pool.submit_closure(options, closure, Room::Now)
    }

    /// Queues a closure, and waits at most so long for room; see [`ThreadPool::submit_timeout`].
    ///
    /// # Errors
    /// [`Rejected::Full`] when the time is over and [`Rejected::ShutDown`] give the closure back.
    #[track_caller]
    pub fn submit_timeout<T, F>(
        self,
        closure: F,
        timeout: Duration,
    ) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (pool, options) = self.into_parts();
        pool.submit_closure(options, closure, Room::within(timeout))
    }

    /// Queues a closure as soon as there is room, without blocking; see [`ThreadPool::submit_async`].
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the closure back.
    #[track_caller]
    pub fn submit_async<T, F>(self, closure: F) -> Submission<F>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (pool, options) = self.into_parts();
        pool.submission(options, closure)
    }

    /// Queues a future to be polled by the workers; see [`ThreadPool::spawn`].
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the future back.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> Result<TaskFuture<F::Output>, Rejected<F>>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let (pool, options) = self.into_parts();
        pool.spawn_with(options, future)
    }
}

impl TaskBuilder<&Seeded> {
    /// Makes a closure ready; see [`Seeded::submit`].
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the closure back.
    pub fn submit<T, F>(self, closure: F) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.executor.submit_with(self.options, closure)
    }

    /// Makes a future ready to be polled; see [`Seeded::spawn`].
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the future back.
    pub fn spawn<F>(self, future: F) -> Result<TaskFuture<F::Output>, Rejected<F>>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.executor.spawn_with(self.options, future)
    }
}

impl TaskBuilder<()> {
    /// Makes a task that calls a closure; see [`Task::from_closure`].
    #[track_caller]
    pub fn closure<T, F>(self, closure: F) -> (Task, TaskFuture<T>)
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let ((), options) = self.into_parts();
        let (cell, task) = Cell::with_options(Closure(closure), options);
        (Task::new(task), TaskFuture::new(cell.into_handle()))
    }

    /// Makes a task that polls a future; see [`Task::from_future`].
    #[track_caller]
    pub fn future<F>(self, future: F) -> (Task, TaskFuture<F::Output>)
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let ((), options) = self.into_parts();
        let (handle, task) = cell::of_future(future, options.into_extras());
        (Task::new(task), TaskFuture::new(handle))
    }
}
