//! The handle on a task's outcome.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use creel_core::future::{Observe, State};

use crate::error::TaskError;
use crate::park::Unparker;
use crate::pool::waiting;
use crate::task::{Handle, Waiter};

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

    /// Blocks this thread until the outcome is there, and takes it.
    ///
    /// From a worker of the pool that holds the task, a task that has not started runs in place, so that a pool
    /// of one worker can wait for its own tasks; otherwise another worker takes this one's place meanwhile.
    ///
    /// # Errors
    /// [`TaskError`] says why there is no value.
    ///
    /// # Panics
    /// When the outcome was already taken by polling.
    pub fn result(self) -> Result<T, TaskError> {
        self.wait(None);
        self.cell
            .take()
            .expect("a wait without a deadline ends with the outcome")
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
        self.wait(Instant::now().checked_add(timeout));
        self.cell.take().ok_or(self)
    }

    /// Blocks this thread until the task is done, and shows why it has no value; `None` if it has one.
    ///
    /// # Panics
    /// When the outcome was already taken by polling.
    pub fn exception(&self) -> Option<TaskError> {
        self.wait(None);
        self.cell.error()
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

    fn wait(&self, deadline: Option<Instant>) {
        if self.is_settled() {
            return;
        }
        if deadline.is_none() {
            waiting::run_in_place(&self.cell);
            if self.is_settled() {
                return;
            }
        }
        let thread = Unparker::current();
        if self.cell.wait_with(&thread.waker(), Waiter::Thread) == Observe::Registered {
            waiting::blocking(|| thread.park_until(deadline, || self.is_settled()));
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
            && self.cell.wait_with(context.waker(), Waiter::Poll) == Observe::Registered
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
