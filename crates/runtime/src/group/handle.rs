//! What adds tasks to a group without keeping it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use creel_core::port::Rejected;

use crate::future::TaskFuture;
use crate::pool::{Room, ThreadPool};
use crate::seeded::Seeded;
use crate::set::Set;
use crate::task::TaskBuilder;
use crate::task::options::Options;

/// Adds tasks to a [`TaskGroup`](super::TaskGroup), for as long as that takes any; clones add to the same group.
///
/// ```
/// use creel_runtime::ThreadPool;
///
/// let pool = ThreadPool::new()?;
/// let mut group = pool.group();
/// let handle = group.handle();
/// group.submit(move || {
///     handle.submit(|| "found on the way").expect("the group takes tasks until it is cancelled");
///     "found at first"
/// })?;
/// assert_eq!(group.join_all()?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct GroupHandle<T>(Arc<Shared<T>>);

struct Shared<T> {
    executor: Executor,
    set: Set<T>,
}

/// Where the tasks of a group go.
pub(super) enum Executor {
    Pool(ThreadPool),
    Seeded(Seeded),
}

impl Executor {
    fn submit<T, F>(&self, options: Options, closure: F) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        match self {
            Self::Pool(pool) => pool.submit_closure(options, closure, Room::Wait),
            Self::Seeded(seeded) => seeded.submit_with(options, closure),
        }
    }

    fn spawn<F>(&self, options: Options, future: F) -> Result<TaskFuture<F::Output>, Rejected<F>>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        match self {
            Self::Pool(pool) => pool.spawn_with(options, future),
            Self::Seeded(seeded) => seeded.spawn_with(options, future),
        }
    }
}

impl<T: Send + 'static> GroupHandle<T> {
    /// Adds a closure, as [`TaskGroup::submit`](super::TaskGroup::submit) does.
    ///
    /// # Errors
    /// As for [`TaskGroup::submit`](super::TaskGroup::submit).
    #[track_caller]
    pub fn submit<F>(&self, closure: F) -> Result<usize, Rejected<F>>
    where
        F: FnOnce() -> T + Send + 'static,
    {
        self.task().submit(closure)
    }

    /// Adds a future, as [`TaskGroup::spawn`](super::TaskGroup::spawn) does.
    ///
    /// # Errors
    /// As for [`TaskGroup::spawn`](super::TaskGroup::spawn).
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Result<usize, Rejected<F>>
    where
        F: Future<Output = T> + Send + 'static,
    {
        self.task().spawn(future)
    }

    /// A task to be added, which may carry a name and more.
    #[track_caller]
    pub fn task(&self) -> TaskBuilder<&Self> {
        TaskBuilder::new(self)
    }

    /// Hands a body to the executor by `submit`, and takes its future in.
    fn add<B>(
        &self,
        body: B,
        submit: impl FnOnce(&Executor, B) -> Result<TaskFuture<T>, Rejected<B>>,
    ) -> Result<usize, Rejected<B>> {
        if self.0.set.is_closed() {
            return Err(Rejected::ShutDown(body));
        }
        let number = self.0.set.reserve();
        if let Some(future) = self
            .0
            .set
            .insert_as(number, submit(&self.0.executor, body)?)
        {
            // The group was cancelled meanwhile, and its tasks with it.
            future.request_cancel();
        }
        Ok(number)
    }
}

impl<T> GroupHandle<T> {
    pub(super) fn new(executor: Executor) -> Self {
        let set = Set::new();
        Self(Arc::new(Shared { executor, set }))
    }

    pub(super) fn set(&self) -> &Set<T> {
        &self.0.set
    }
}

impl<T: Send + 'static> TaskBuilder<&GroupHandle<T>> {
    /// Adds a closure to the group; see [`TaskGroup::submit`](super::TaskGroup::submit).
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the closure back.
    #[track_caller]
    pub fn submit<F>(self, closure: F) -> Result<usize, Rejected<F>>
    where
        F: FnOnce() -> T + Send + 'static,
    {
        let (group, options) = self.into_parts();
        group.add(closure, |executor, closure| {
            executor.submit(options, closure)
        })
    }

    /// Adds a future to the group; see [`TaskGroup::spawn`](super::TaskGroup::spawn).
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the future back.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> Result<usize, Rejected<F>>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (group, options) = self.into_parts();
        group.add(future, |executor, future| executor.spawn(options, future))
    }
}

impl<T> Clone for GroupHandle<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for GroupHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupHandle").finish_non_exhaustive()
    }
}
