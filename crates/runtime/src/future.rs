//! The handle on a task's outcome.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use creel_core::future::{Observe, State};

use crate::driver::{self, Driver};
use crate::error::{ResultError, TaskError, WaitError};
use crate::park::Unparker;
use crate::pool::waiting;
use crate::shared::SharedFuture;
use crate::task::continuation::{self, Chained, Mapped};
use crate::task::{HandleRef, TaskRef, Voucher, Waiter, current};
use crate::waits::{self, Awaiting, Until};

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
    cell: Voucher<T>,
    value: PhantomData<T>,
}

impl<T> TaskFuture<T> {
    pub(crate) fn new(cell: HandleRef<T>) -> Self {
        Self {
            cell: Voucher::new(cell),
            value: PhantomData,
        }
    }

    /// Cancels the task, and says whether this call did so.
    ///
    /// If true, the body never starts (an async task is never polled again), it was dropped, the callbacks have
    /// run and whoever waits was woken before this returns. If false, the task is done, or runs: a closure that
    /// runs is not touched, an async task in the middle of a poll ends after it.
    pub fn cancel(&self) -> bool {
        self.task().cancel()
    }

    /// Cancels the task, or asks its body to stop when it runs; true if the task was cancelled by this call.
    ///
    /// A body reads the request from [`context`](crate::context).
    pub fn request_cancel(&self) -> bool {
        self.task().request_cancel()
    }

    /// Where the future is in its life.
    pub fn state(&self) -> State {
        self.task().life().state()
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
        self.task().name()
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
    #[inline]
    pub fn result(self) -> Result<T, ResultError<T>> {
        match self.wait() {
            Ok(()) => Ok(self.cell.redeem()?),
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
        if !self.is_settled() {
            let awaited = self.task().clone();
            let driver = driver::of([awaited.clone()]);
            let now = driver.as_ref().map_or_else(Instant::now, Driver::now);
            // A time-out past the end of the clock is none.
            let deadline = now.checked_add(timeout);
            self.park(|thread| match driver {
                // Without an end there is nothing to wait for any more; the future is given back all the same.
                Some(driver) => {
                    let enter = || waits::enter(|| Awaiting::Task(awaited.clone()), Until::All);
                    let _in_time =
                        driver.drive_until(thread, deadline, enter, || self.is_settled());
                }
                None => {
                    waiting::blocking(|| thread.park_until(deadline, || self.is_settled()));
                }
            });
        }
        self.cell.take().ok_or(self)
    }

    /// Blocks this thread until the task is done, and leaves the outcome where it is.
    ///
    /// # Errors
    /// [`WaitError`] says, inside a task, that waiting would never end; the task goes on.
    #[inline]
    pub fn wait(&self) -> Result<(), WaitError> {
        if self.is_settled() {
            return Ok(());
        }
        self.go_on_to_wait()
    }

    #[cold]
    fn go_on_to_wait(&self) -> Result<(), WaitError> {
        continuation::take_turns();
        let awaited = self.task().clone();
        waiting::run_in_place(&awaited);
        if self.is_settled() {
            return Ok(());
        }
        self.park(|thread| {
            let enter = || waits::enter(|| Awaiting::Task(awaited.clone()), Until::All);
            if let Some(driver) = driver::of([awaited.clone()]) {
                driver.drive_until(thread, None, enter, || self.is_settled())?;
                return Ok(());
            }
            let _wait = enter()?;
            waiting::block(|| {
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
        Ok(self.task().error())
    }

    /// Calls `callback` once with the outcome by reference, on the thread that completes the task, before the
    /// value can be taken and after the callbacks that were added earlier; at once, on this thread, if the
    /// future is done and those have run.
    ///
    /// A callback that panics is reported through `tracing` and harms nothing else; one that is added after the
    /// outcome was taken by polling panics in that way. A wait of it for its own future is a
    /// [`WaitError::Deadlock`].
    pub fn add_done_callback<F>(&self, callback: F)
    where
        F: FnOnce(Result<&T, &TaskError>) + Send + 'static,
    {
        self.cell.add_callback(Box::new(callback));
    }

    /// The same future, whose drop is a [`request_cancel`](Self::request_cancel) in place of a detachment.
    ///
    /// It stays so in whatever takes it: dropping a [`map`](Self::map) of it that has not started, or cancelling that,
    /// asks this task to stop as well.
    pub fn cancel_on_drop(self) -> Self {
        self.task().cancel_on_drop();
        self
    }

    /// A handle that many can hold.
    pub fn shared(self) -> SharedFuture<T> {
        SharedFuture::new(self)
    }

    /// Takes the outcome of a settled future; `None` before.
    pub(crate) fn take(&mut self) -> Option<Result<T, TaskError>> {
        self.cell.take()
    }

    pub(crate) fn cell(&self) -> &HandleRef<T> {
        &self.cell
    }

    pub(crate) fn task(&self) -> &TaskRef {
        self.cell.task()
    }

    /// Sleeps until the task is done, or for so long. Only for a thread [`outside`](waiting::is_outside), which expects to
    /// sleep for a while.
    pub(crate) fn sleep_for(&self, time: Duration) {
        if !self.is_settled() {
            let deadline = Instant::now() + time;
            self.sleep(|thread| thread.park_until(Some(deadline), || self.is_settled()));
        }
    }

    /// Runs `park` with this thread in the list of those who are woken, unless the outcome comes while it looks on.
    fn park<R>(&self, park: impl FnOnce(&Unparker) -> R) -> Option<R> {
        if waiting::outlasts(|| self.is_settled()) {
            return None;
        }
        self.sleep(park)
    }

    /// Runs `park` with this thread in the list of those who are woken; `None` if the outcome is there already.
    fn sleep<R>(&self, park: impl FnOnce(&Unparker) -> R) -> Option<R> {
        let thread = Unparker::current();
        let waiter = thread.waiter();
        match self.task().wait_with(&thread.waker(), waiter) {
            Observe::Settled => {
                self.task().wait_no_longer(waiter);
                None
            }
            Observe::Registered => {
                let parked = park(&thread);
                self.task().wait_no_longer(waiter);
                Some(parked)
            }
        }
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.task().life().is_settled()
    }

    /// Shows the outcome of a settled future; panics when it was taken by polling.
    pub(crate) fn see<R>(&self, see: impl FnOnce(Result<&T, &TaskError>) -> R) -> R {
        let (mut see, mut seen) = (Some(see), None);
        self.cell.show(&mut |outcome| {
            seen = see.take().map(|see| see(outcome));
        });
        seen.expect("an outcome is shown once")
    }

    /// Takes the outcome of a settled future; panics when it was taken by polling.
    pub(crate) fn into_outcome(self) -> Result<T, TaskError> {
        self.cell.redeem()
    }
}

impl<T: Send + 'static> TaskFuture<T> {
    /// Calls `function` with the value, as a task of its own on the executor of this one.
    ///
    /// It is pending until this task is done, and queued then, whatever room there is. Without a value it ends at once,
    /// in the way this task did: a panic, say, passes through a chain to its last handle. Cancelling the new task does
    /// not cancel this one, unless it was [`cancel_on_drop`](Self::cancel_on_drop). A task that no executor has taken,
    /// and one of [`Inline`](crate::Inline), is continued on the thread that ends it.
    ///
    /// ```
    /// use creel_runtime::ThreadPool;
    ///
    /// let pool = ThreadPool::new()?;
    /// let length = pool.submit(|| "a thread of the pool".to_owned())?.map(|text| text.len());
    /// assert_eq!(length.result()?, 20);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn map<U, F>(self, function: F) -> TaskFuture<U>
    where
        U: Send + 'static,
        F: FnOnce(T) -> U + Send + 'static,
    {
        let before = HandleRef::clone(&self.cell);
        continuation::after(before, Mapped::new(self, function))
    }

    /// Calls `function` with the value, and polls the future that it gives, as an async task of its own on the executor
    /// of this one; otherwise like [`map`](Self::map).
    ///
    /// ```
    /// use creel_runtime::ThreadPool;
    ///
    /// async fn double(number: u32) -> u32 {
    ///     2 * number
    /// }
    ///
    /// let pool = ThreadPool::new()?;
    /// let doubled = pool.submit(|| 21)?.then(double);
    /// assert_eq!(doubled.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn then<N, F>(self, function: F) -> TaskFuture<N::Output>
    where
        N: Future<Output: Send + 'static> + Send + 'static,
        F: FnOnce(T) -> N + Send + 'static,
    {
        let before = HandleRef::clone(&self.cell);
        continuation::after(before, Chained::Function(Mapped::new(self, function)))
    }
}

impl<T> Future for TaskFuture<T> {
    type Output = Result<T, TaskError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if !self.is_settled()
            && self.task().wait_with(context.waker(), Waiter::HANDLE) == Observe::Registered
        {
            current::await_task(&**self.task());
            return Poll::Pending;
        }
        match self.cell.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => Poll::Pending,
        }
    }
}

impl<T> Unpin for TaskFuture<T> {}

impl<T> fmt::Debug for TaskFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskFuture")
            .field("life", &self.task().life())
            .finish()
    }
}
