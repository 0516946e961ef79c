//! The handle on a task's outcome.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use creel_core::future::{Observe, State};

use crate::error::{ResultError, TaskError, WaitError};
use crate::park::Unparker;
use crate::pool::waiting;
use crate::task::{Handle, Waiter};
use crate::waits::Until;

/// The outcome of a task, there or still to come.
///
/// It can be waited for by a thread ([`result`](Self::result)), by any async runtime (`.await`), and by a
/// callback ([`add_done_callback`](Self::add_done_callback)). Dropping it detaches the task, which runs on.
///
/// ```
/// use creel_runtime::ThreadPool;
///
/// let pool = ThreadPool::new()?;
/// let future = pool.submit(|| "ready".len())?;
/// assert_eq!(future.result()?, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping the future detaches its task: nobody will see the outcome"]
pub struct TaskFuture<T> {
    cell: Arc<dyn Handle<T>>,
    /// The handle reaches the value by reference (callbacks) and moves it: it is as `Send` and `Sync` as `T`.
    value: PhantomData<T>,
}

impl<T> TaskFuture<T> {
    pub(crate) fn new(cell: Arc<dyn Handle<T>>) -> Self {
        Self {
            cell,
            value: PhantomData,
        }
    }

    /// Cancels the task, and says whether this call did so.
    ///
    /// If true, the body never starts (an async task is never polled again), it was dropped, the callbacks have
    /// run and whoever waits was woken before this returns. If false, the task is done, or runs: a closure that
    /// runs is not touched, an async task in the middle of a poll ends after it.
    pub fn cancel(&self) -> bool {
        self.cell.cancel()
    }

    /// Cancels the task, or asks its body to stop when it runs; true if the task was cancelled by this call.
    ///
    /// A body reads the request from [`context`](crate::context).
    pub fn request_cancel(&self) -> bool {
        self.cell.request_cancel()
    }

    /// Where the future is in its life.
    pub fn state(&self) -> State {
        self.cell.life().state()
    }

    /// Whether the task was cancelled.
    pub fn cancelled(&self) -> bool {
        self.state() == State::Cancelled
    }

    /// Whether the task has started and is not done.
    pub fn running(&self) -> bool {
        self.state().is_running()
    }

    /// Whether the outcome is there; it never changes again.
    pub fn done(&self) -> bool {
        self.state().is_done()
    }

    /// The name that the task was given.
    pub fn name(&self) -> Option<&str> {
        self.cell.name()
    }

    /// Blocks this thread until the outcome is there, and takes it.
    ///
    /// From a worker of the pool that holds the task, a task that has not started runs in place, so that a pool
    /// of one worker can wait for its own tasks; otherwise another worker takes this one's place meanwhile.
    ///
    /// # Errors
    /// [`ResultError::Task`] says why there is no value. [`ResultError::Wait`] says, inside a task, that waiting would
    /// never end, and gives the future back.
    ///
    /// # Panics
    /// When the outcome was already taken by polling.
    pub fn result(self) -> Result<T, ResultError<T>> {
        match self.wait() {
            Ok(()) => Ok(self
                .cell
                .take()
                .expect("a wait without a deadline ends with the outcome")?),
            Err(error) => Err(ResultError::Wait(error, self)),
        }
    }

    /// Blocks this thread until the outcome is there or the time is over; gives the future back in that case.
    ///
    /// # Errors
    /// The future itself, when it was not done in time.
    ///
    /// # Panics
    /// When the outcome was already taken by polling.
    pub fn wait_timeout(self, timeout: Duration) -> Result<Result<T, TaskError>, Self> {
        // A time-out past the end of the clock is none.
        let deadline = Instant::now().checked_add(timeout);
        if !self.is_settled() {
            self.park(|thread| {
                waiting::blocking(|| thread.park_until(deadline, || self.is_settled()));
            });
        }
        self.cell.take().ok_or(self)
    }

    /// Blocks this thread until the task is done, and leaves the outcome where it is.
    ///
    /// # Errors
    /// [`WaitError`] says, inside a task, that waiting would never end; the task goes on.
    pub fn wait(&self) -> Result<(), WaitError> {
        if self.is_settled() {
            return Ok(());
        }
        waiting::run_in_place(&self.cell);
        if self.is_settled() {
            return Ok(());
        }
        self.park(|thread| {
            waiting::wait_for(&[self.cell.waiting()], Until::All, || {
                thread.park_until(None, || self.is_settled());
            })
        })
        .unwrap_or(Ok(()))
    }

    /// Blocks this thread until the task is done, and shows why it has no value; `None` if it has one.
    ///
    /// # Errors
    /// [`WaitError`], as for [`wait`](Self::wait).
    ///
    /// # Panics
    /// When the outcome was already taken by polling.
    pub fn exception(&self) -> Result<Option<TaskError>, WaitError> {
        self.wait()?;
        Ok(self.cell.error())
    }

    /// Calls `callback` once with the outcome by reference, on the thread that completes the task, before the
    /// value can be taken and after the callbacks that were added earlier; at once, on this thread, if the
    /// future is done and those have run.
    ///
    /// A callback that panics is reported through `tracing` and harms nothing else; one that is added after the
    /// outcome was taken by polling panics in that way. It must not wait for its own future.
    pub fn add_done_callback<F>(&self, callback: F)
    where
        F: FnOnce(Result<&T, &TaskError>) + Send + 'static,
    {
        self.cell.add_callback(Box::new(callback));
    }

    /// Runs `park` with this thread in the list of those who are woken; `None` if the outcome is there already.
    fn park<R>(&self, park: impl FnOnce(&Unparker) -> R) -> Option<R> {
        let thread = Unparker::current();
        let waiter = thread.waiter();
        match self.cell.wait_with(&thread.waker(), waiter) {
            Observe::Settled => {
                self.cell.wait_no_longer(waiter);
                None
            }
            Observe::Registered => {
                let parked = park(&thread);
                self.cell.wait_no_longer(waiter);
                Some(parked)
            }
        }
    }

    fn is_settled(&self) -> bool {
        self.cell.life().is_settled()
    }
}

impl<T> Future for TaskFuture<T> {
    type Output = Result<T, TaskError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if !self.is_settled()
            && self.cell.wait_with(context.waker(), Waiter::HANDLE) == Observe::Registered
        {
            return Poll::Pending;
        }
        match self.cell.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => Poll::Pending,
        }
    }
}

impl<T> Unpin for TaskFuture<T> {}

impl<T> Drop for TaskFuture<T> {
    fn drop(&mut self) {
        self.cell.detach();
    }
}

impl<T> fmt::Debug for TaskFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskFuture")
            .field("life", &self.cell.life())
            .finish()
    }
}
