//! A handle on an outcome that many can hold.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use creel_core::future::{Observe, State};
use thiserror::Error;

use crate::error::{TaskError, WaitError};
use crate::future::TaskFuture;
use crate::task::continuation::{self, Seen};
use crate::task::{Waiter, current};

/// The outcome of a task for everybody who holds a clone of this handle; the value stays where it is.
///
/// Made by [`TaskFuture::shared`]. Each clone can be waited for by a thread and awaited on any async runtime. When the
/// last one is dropped the task is detached, or asked to stop if the future was to be cancelled on drop.
///
/// ```
/// use creel_runtime::ThreadPool;
///
/// let pool = ThreadPool::new()?;
/// let model = pool.submit(|| "weights".to_owned())?.shared();
/// let lengths = pool.map(0..3, {
///     let model = model.clone();
///     move |layer| model.with(|weights| weights.len() + layer)
/// });
/// let lengths: Result<Vec<_>, _> = lengths.map(|length| length.unwrap()).collect();
/// assert_eq!(lengths?, [7, 8, 9]);
/// assert_eq!(model.result()?, "weights");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping every clone detaches the task: nobody will see the outcome"]
pub struct SharedFuture<T> {
    future: Arc<TaskFuture<T>>,
    /// What tells this clone from the others in the task's list, by its address, once it was polled.
    place: Option<Box<u8>>,
}

/// Why a shared future gave no value.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum SharedError {
    /// The task is done, and has no value.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The wait failed, the task did not.
    #[error("waiting for the task would never end")]
    Wait(#[from] WaitError),
}

impl<T> SharedFuture<T> {
    pub(crate) fn new(future: TaskFuture<T>) -> Self {
        Self {
            future: Arc::new(future),
            place: None,
        }
    }

    /// Blocks this thread until the task is done, and calls `see` with the value by reference.
    ///
    /// # Errors
    /// [`SharedError::Task`] says why there is no value, [`SharedError::Wait`], inside a task, that waiting would never
    /// end.
    pub fn with<R>(&self, see: impl FnOnce(&T) -> R) -> Result<R, SharedError> {
        self.future.wait()?;
        Ok(self.see(see)?)
    }

    /// Calls `see` with the value of a future that is settled.
    pub(crate) fn see<R>(&self, see: impl FnOnce(&T) -> R) -> Result<R, TaskError> {
        self.future
            .see(|outcome| outcome.map(see).map_err(TaskError::clone))
    }

    /// Blocks this thread until the task is done, and gives a clone of the value.
    ///
    /// # Errors
    /// As for [`with`](Self::with).
    pub fn result(&self) -> Result<T, SharedError>
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// Blocks this thread until the task is done.
    ///
    /// # Errors
    /// As for [`TaskFuture::wait`].
    pub fn wait(&self) -> Result<(), WaitError> {
        self.future.wait()
    }

    /// Cancels the task for everybody, and says whether this call did so; see [`TaskFuture::cancel`].
    pub fn cancel(&self) -> bool {
        self.future.cancel()
    }

    /// Cancels the task, or asks its body to stop; see [`TaskFuture::request_cancel`].
    pub fn request_cancel(&self) -> bool {
        self.future.request_cancel()
    }

    /// Where the future is in its life.
    pub fn state(&self) -> State {
        self.future.state()
    }

    /// Whether the outcome is there; it never changes again.
    pub fn done(&self) -> bool {
        self.future.done()
    }
}

impl<T: Send + Sync + 'static> SharedFuture<T> {
    /// Calls `function` with the value by reference, as a task of its own; otherwise like [`TaskFuture::map`].
    ///
    /// Any number of tasks can go on from one.
    #[track_caller]
    pub fn map<U, F>(&self, function: F) -> TaskFuture<U>
    where
        U: Send + 'static,
        F: FnOnce(&T) -> U + Send + 'static,
    {
        let before = self.future.cell().clone();
        continuation::after(before, Seen::new(self.clone(), function))
    }
}

impl<T> Clone for SharedFuture<T> {
    fn clone(&self) -> Self {
        Self {
            future: Arc::clone(&self.future),
            place: None,
        }
    }
}

impl<T: Clone> Future for SharedFuture<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let waiter = Waiter::at(&**self.place.get_or_insert_default());
        let cell = self.future.task();
        if !cell.life().is_settled() {
            if cell.wait_with(context.waker(), waiter) == Observe::Registered {
                current::await_task(&**cell);
                return Poll::Pending;
            }
            cell.wait_no_longer(waiter);
        }
        Poll::Ready(self.see(T::clone))
    }
}

impl<T> Drop for SharedFuture<T> {
    fn drop(&mut self) {
        if let Some(place) = &self.place {
            self.future.task().wait_no_longer(Waiter::at(&**place));
        }
    }
}

impl<T> fmt::Debug for SharedFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedFuture").field(&self.future).finish()
    }
}
