//! Tasks that belong together: waited for together, and cancelled together.

mod handle;

use std::fmt;
use std::future::Future;
use std::task::{Context, Poll};
use std::time::Duration;

use creel_core::port::Rejected;

use crate::error::{JoinError, TaskError, TimedOut};
use crate::future::TaskFuture;
use crate::pool::ThreadPool;
use crate::seeded::Seeded;
use crate::set::{self, Item, Members, Set};
use crate::task::TaskBuilder;
use crate::waits::Until;

use handle::Executor;
pub use handle::GroupHandle;

impl ThreadPool {
    /// A group of tasks on this pool, which are waited for and cancelled together.
    pub fn group<T: Send + 'static>(&self) -> TaskGroup<T> {
        TaskGroup(GroupHandle::new(Executor::Pool(self.another())))
    }
}

impl Seeded {
    /// A group of tasks on this executor, which are waited for and cancelled together.
    pub fn group<T: Send + 'static>(&self) -> TaskGroup<T> {
        TaskGroup(GroupHandle::new(Executor::Seeded(self.another())))
    }
}

/// Tasks that belong together; [`ThreadPool::group`] and [`Seeded::group`] make one.
///
/// Their outcomes are taken as they come ([`next`](Self::next)), or all at once, when the first error cancels the rest
/// ([`join_all`](Self::join_all)). Dropping the group asks the tasks that are left to stop, and does not wait for them:
/// those that have not started never do. Tasks of the group add others through a [`handle`](Self::handle).
///
/// ```
/// use creel_runtime::ThreadPool;
///
/// let pool = ThreadPool::new()?;
/// let mut group = pool.group();
/// for number in 1..=3_u32 {
///     group.submit(move || number * number)?;
/// }
/// assert_eq!(group.join_all()?, [1, 4, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping the group cancels its tasks"]
pub struct TaskGroup<T>(GroupHandle<T>);

impl<T: Send + 'static> TaskGroup<T> {
    /// Adds a closure, and gives its number: how many were offered before it.
    ///
    /// # Errors
    /// As for [`ThreadPool::submit`]; a group that was cancelled gives the closure back in [`Rejected::ShutDown`].
    #[track_caller]
    pub fn submit<F>(&self, closure: F) -> Result<usize, Rejected<F>>
    where
        F: FnOnce() -> T + Send + 'static,
    {
        self.0.submit(closure)
    }

    /// Adds a future to be polled by the workers, and gives its number: how many were offered before it.
    ///
    /// # Errors
    /// As for [`ThreadPool::spawn`]; a group that was cancelled gives the future back in [`Rejected::ShutDown`].
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Result<usize, Rejected<F>>
    where
        F: Future<Output = T> + Send + 'static,
    {
        self.0.spawn(future)
    }

    /// A task to be added, which may carry a name and more.
    #[track_caller]
    pub fn task(&self) -> TaskBuilder<&GroupHandle<T>> {
        self.0.task()
    }
}

impl<T> TaskGroup<T> {
    /// What tasks, and others, add tasks with; it does not keep the group.
    pub fn handle(&self) -> GroupHandle<T> {
        self.0.clone()
    }

    /// How many tasks are in the group: those whose outcome was not taken.
    pub fn len(&self) -> usize {
        self.set().look(|members| members.len())
    }

    /// Whether no task is in the group.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the outcome of the task that ends next, with its number, and blocks until it is there; `None` if no task
    /// is in the group.
    ///
    /// On a worker it runs tasks that have not started in place, one at a time. Inside a task, a wait that would never
    /// end is refused: [`ResultError::Wait`](crate::ResultError::Wait) then hands out the future of a task that is not done, which is in the
    /// group no longer.
    #[expect(
        clippy::should_implement_trait,
        reason = "a group that has given `None` may be filled again"
    )]
    pub fn next(&mut self) -> Option<Item<T>> {
        let next = self.set().next(None).into_item();
        next.expect("without a deadline no time is over")
    }

    /// Like [`next`](Self::next), and waits at most so long.
    ///
    /// # Errors
    /// [`TimedOut`] when no task ended in time; the group is as before.
    pub fn next_timeout(&mut self, timeout: Duration) -> Result<Option<Item<T>>, TimedOut> {
        let deadline = self.set().after(timeout);
        self.set().next(deadline).into_item()
    }

    /// Like [`next`](Self::next), for a task: waits without blocking the thread.
    ///
    /// Dropped before it is ready, it has taken nothing.
    pub async fn next_async(&mut self) -> Option<Item<T>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// The outcome of the next task if it is there; if not, wakes the calling task once it is.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        let next = self.set().poll_next(context);
        next.map(|next| next.map(|(number, future)| set::done(number, future)))
    }

    /// Blocks until all tasks are done, and takes their values, in the order in which they were added.
    ///
    /// Tasks that are added meanwhile are waited for as well. The first that has no value cancels the group; its error is
    /// returned once the rest is done.
    ///
    /// # Errors
    /// [`JoinError::Task`] is the first error. [`JoinError::Wait`] says, inside a task, that waiting would never end: the
    /// group keeps its tasks, and nothing was taken.
    pub fn join_all(&mut self) -> Result<Vec<T>, JoinError> {
        self.join(|outcome| outcome.is_err(), Ok)
    }

    /// Like [`join_all`](Self::join_all), for a task: waits without blocking the thread.
    ///
    /// Dropped before it is ready, it has taken nothing.
    ///
    /// # Errors
    /// [`JoinError::Task`], as for [`join_all`](Self::join_all).
    pub async fn join_all_async(&mut self) -> Result<Vec<T>, JoinError> {
        self.join_async(|outcome| outcome.is_err(), Ok).await
    }

    /// Asks the tasks that are left to stop, and takes no more; those that have not started never do.
    ///
    /// Their outcomes can be taken still.
    pub fn cancel(&self) {
        self.set().cancel();
    }

    fn set(&self) -> &Set<T> {
        self.0.set()
    }

    fn join<U, E>(
        &mut self,
        fails: Fails<T>,
        value: fn(T) -> Result<U, E>,
    ) -> Result<Vec<U>, JoinError<E>> {
        let set = self.set();
        set.wait(Until::All, None, until_failure(fails))
            .map_err(JoinError::Wait)?;
        if set.look(|members| members.pending() > 0) {
            self.cancel();
            set.wait(Until::All, None, all_done)
                .map_err(JoinError::Wait)?;
        }
        self.values(value)
    }

    async fn join_async<U, E>(
        &mut self,
        fails: Fails<T>,
        value: fn(T) -> Result<U, E>,
    ) -> Result<Vec<U>, JoinError<E>> {
        let set = self.set();
        let mut failed = until_failure(fails);
        std::future::poll_fn(|context| set.poll(context, &mut failed)).await;
        if set.look(|members| members.pending() > 0) {
            self.cancel();
            std::future::poll_fn(|context| set.poll(context, all_done)).await;
        }
        self.values(value)
    }

    /// Takes the outcomes of all, which are done, in the order in which they ended: the first error is the first.
    fn values<U, E>(&self, value: fn(T) -> Result<U, E>) -> Result<Vec<U>, JoinError<E>> {
        let outcomes = std::iter::from_fn(|| self.set().take_done());
        let mut values = Vec::new();
        let mut first_error = None;
        for (number, future) in outcomes {
            let outcome = future.into_outcome().map_err(JoinError::Task);
            match outcome.and_then(|outcome| value(outcome).map_err(JoinError::Returned)) {
                Ok(value) => values.push((number, value)),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        if let Some(error) = first_error {
            return Err(error);
        }
        values.sort_unstable_by_key(|(number, _)| *number);
        Ok(values.into_iter().map(|(_, value)| value).collect())
    }
}

impl<T, E> TaskGroup<Result<T, E>> {
    /// Like [`join_all`](Self::join_all), where an `Err` that a task returned is an error as well.
    ///
    /// # Errors
    /// [`JoinError::Returned`] or [`JoinError::Task`] is the first error; [`JoinError::Wait`] is as for `join_all`.
    pub fn try_join_all(&mut self) -> Result<Vec<T>, JoinError<E>> {
        self.join(|outcome| !matches!(outcome, Ok(Ok(_))), |value| value)
    }

    /// Like [`try_join_all`](Self::try_join_all), for a task: waits without blocking the thread.
    ///
    /// Dropped before it is ready, it has taken nothing.
    ///
    /// # Errors
    /// [`JoinError::Returned`] or [`JoinError::Task`] is the first error.
    pub async fn try_join_all_async(&mut self) -> Result<Vec<T>, JoinError<E>> {
        self.join_async(|outcome| !matches!(outcome, Ok(Ok(_))), |value| value)
            .await
    }
}

impl<T> Drop for TaskGroup<T> {
    fn drop(&mut self) {
        self.cancel();
        // Handles may live on; what has ended does not.
        drop(self.set().dissolve());
    }
}

impl<T> fmt::Debug for TaskGroup<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup")
            .field("len", &self.len())
            .finish()
    }
}

/// Whether an outcome is an error.
type Fails<T> = fn(Result<&T, &TaskError>) -> bool;

fn all_done<T>(members: &Members<T, TaskFuture<T>>) -> bool {
    members.pending() == 0
}

/// Over when all are done, or one has failed.
fn until_failure<T>(fails: Fails<T>) -> impl FnMut(&Members<T, TaskFuture<T>>) -> bool {
    let mut seen = 0;
    move |members| {
        let mut fresh = members.done().skip(seen);
        seen = members.done().len();
        fresh.any(|future| future.see(fails)) || all_done(members)
    }
}
