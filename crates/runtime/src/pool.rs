//! The thread pool.

mod admission;
pub(crate) mod awake;
mod book;
mod builder;
pub(crate) mod census;
pub(crate) mod directory;
mod entry;
mod here;
mod hooks;
mod inbox;
mod lending;
mod permits;
mod queues;
mod registry;
#[cfg(all(test, creel_shuttle))]
mod schedules;
mod shared;
mod sleep;
mod starting;
mod state;
mod stride;
mod submission;
mod submitter;
mod threads;
pub(crate) mod waiting;
pub(crate) mod worker;

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use creel_core::Executor;
use creel_core::executor::Mode;
use creel_core::ledger::Ledger;
use creel_core::port::Rejected;

use crate::dump::Dump;
use crate::error::{BuildError, ShutdownError};
use crate::future::TaskFuture;
use crate::metrics::Metrics;
use crate::task::options::Options;
use crate::task::{Task, TaskBuilder};

pub(crate) use admission::Refused;
pub(crate) use book::{Book, Pen};
pub use builder::Builder;
pub(crate) use permits::Room;
pub(crate) use shared::Shared;
pub use submission::Submission;

/// The most workers a pool can have.
pub(crate) const MAX_WORKERS: usize = 4096;

/// A pool of threads that runs tasks and hands back a future for each.
///
/// Workers start when there is work for them, up to a maximum, and are reused. Each has a queue of its own for
/// what its tasks submit, and takes from the common one, then from others, when it has nothing left. Dropping
/// the pool is [`shutdown`](Self::shutdown) that cancels suspended async tasks.
///
/// What is submitted from outside is taken first in, first out, of short tasks several at a time. So a task may wait for one
/// that was submitted before it by whatever means. One that waits for a later one, at a barrier or a channel without room, does
/// that within [`blocking`](crate::blocking): the other may stand behind it. Futures may be waited for in any order.
///
/// ```
/// use creel_runtime::ThreadPool;
///
/// let pool = ThreadPool::builder().max_workers(4).thread_name("squares").build()?;
/// let futures: Vec<_> = (0..10_u64).map(|n| pool.submit(move || n * n)).collect::<Result<_, _>>()?;
/// let mut sum = 0;
/// for future in futures {
///     sum += future.result()?;
/// }
/// assert_eq!(sum, 285);
/// pool.shutdown()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ThreadPool {
    shared: Arc<Shared>,
    /// Nobody waits for its end, not even its drop.
    detached: bool,
}

impl ThreadPool {
    /// A pool with the defaults: an unbounded queue and at most `min(32, cores + 4)` workers.
    ///
    /// # Errors
    /// [`BuildError`], as for any builder; with the defaults no thread is started before the first task.
    pub fn new() -> Result<Self, BuildError> {
        Self::builder().build()
    }

    /// A pool to be configured.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    fn from_shared(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            detached: false,
        }
    }

    /// A second handle, whose drop closes nothing.
    pub(crate) fn another(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            detached: true,
        }
    }

    /// Queues a closure and hands back the future of what it returns.
    ///
    /// On a pool with a bounded queue this blocks until there is room, except on a worker of the same pool, which
    /// exceeds the capacity rather than wait for itself.
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the closure back.
    #[track_caller]
    #[inline]
    pub fn submit<T, F>(&self, closure: F) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.shared.submit_plain(closure, Location::caller())
    }

    /// Queues a closure that nobody waits for, without a handle.
    ///
    /// It is made for work that spreads: from inside of a task it costs about as much as the queue does. It waits for room
    /// like [`submit`](Self::submit), is counted like any other task, and ends with the others: only
    /// [`shutdown_now`](Self::shutdown_now) cancels it before it starts. Its [`context`](crate::context) is never cancelled.
    /// A panic is reported through `tracing`, and harms nothing.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use creel_runtime::ThreadPool;
    ///
    /// let pool = ThreadPool::new()?;
    /// let sent = Arc::new(AtomicUsize::new(0));
    /// for _ in 0..3 {
    ///     let sent = Arc::clone(&sent);
    ///     pool.submit_detached(move || {
    ///         sent.fetch_add(1, Ordering::Relaxed);
    ///     })?;
    /// }
    /// pool.shutdown()?;
    /// assert_eq!(sent.load(Ordering::Relaxed), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the closure back.
    #[track_caller]
    #[inline]
    pub fn submit_detached<F>(&self, closure: F) -> Result<(), Rejected<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        self.shared.queue_detached(closure, Location::caller())
    }

    /// Queues a closure if there is room, without blocking.
    ///
    /// # Errors
    /// [`Rejected::Full`] and [`Rejected::ShutDown`] give the closure back.
    #[track_caller]
    pub fn try_submit<T, F>(&self, closure: F) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.submit_closure(Options::default(), closure, Room::Now)
    }

    /// Queues a closure as soon as there is room, and blocks at most so long for it.
    ///
    /// On a worker of the same pool it never blocks, like [`submit`](Self::submit).
    ///
    /// # Errors
    /// [`Rejected::Full`] when the time is over and [`Rejected::ShutDown`] give the closure back.
    #[track_caller]
    pub fn submit_timeout<T, F>(
        &self,
        closure: F,
        timeout: Duration,
    ) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.submit_closure(Options::default(), closure, Room::within(timeout))
    }

    /// Queues a closure as soon as there is room, without blocking: to be awaited, on any async runtime.
    ///
    /// Dropped before it is ready, it gives up its place in line, and the closure is dropped.
    ///
    /// An async task of this pool waits as well, suspended: its worker is free, and makes room by starting what is
    /// queued. So a pool whose every task awaits room goes on. Only a closure of this pool that blocks on it would hold
    /// a worker meanwhile; it exceeds the capacity, as in [`submit`](Self::submit).
    ///
    /// ```
    /// use creel_runtime::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().queue_capacity(2).build()?;
    /// # futures_executor::block_on(async {
    /// for n in 0..10 {
    ///     let _detached = pool.submit_async(move || n * n).await?;
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the closure back.
    #[track_caller]
    pub fn submit_async<T, F>(&self, closure: F) -> Submission<F>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.submission(Options::default(), closure)
    }

    pub(crate) fn submission<F>(&self, options: Options, closure: F) -> Submission<F> {
        Submission::new(Arc::clone(&self.shared), options, closure)
    }

    /// A task to be queued here, which may carry a name and more.
    #[track_caller]
    pub fn task(&self) -> TaskBuilder<&Self> {
        TaskBuilder::new(self)
    }

    pub(crate) fn submit_closure<T, F>(
        &self,
        options: Options,
        closure: F,
        room: Room,
    ) -> Result<TaskFuture<T>, Rejected<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        if let Err(refused) = self.shared.admit(options.weight, room) {
            return Err(refused.with(closure));
        }
        let location = options.location;
        self.shared
            .queue_closure(closure, options.into_extras_if_any(), location)
    }

    /// Queues a `std::future::Future` to be polled by the workers, and hands back the handle on its output.
    ///
    /// Each time it is woken it is queued again. A future that blocks its thread holds one worker meanwhile; that
    /// is what the workers of a pool for blocking work are for.
    ///
    /// # Errors
    /// [`Rejected::ShutDown`] gives the future back.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Result<TaskFuture<F::Output>, Rejected<F>>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.spawn_with(Options::default(), future)
    }

    pub(crate) fn spawn_with<F>(
        &self,
        options: Options,
        future: F,
    ) -> Result<TaskFuture<F::Output>, Rejected<F>>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        if let Err(refused) = self.shared.admit(options.weight, Room::Wait) {
            return Err(refused.with(future));
        }
        let location = options.location;
        let extras = options.into_extras_if_any();
        Ok(self.shared.queue_future(future, extras, location))
    }

    /// Takes nothing more from outside, runs what is queued, and waits until every thread is joined.
    ///
    /// Running tasks may still submit. Calling it again, or from several threads, waits for the same end.
    ///
    /// # Errors
    /// [`ShutdownError::NotJoined`] on a worker of this pool: the pool closes, and its last worker finishes the rest.
    pub fn shutdown(&self) -> Result<(), ShutdownError> {
        self.shared.shut_down(Mode::Drain);
        self.shared.join(None)
    }

    /// Like [`shutdown`](Self::shutdown), and waits at most so long.
    ///
    /// # Errors
    /// [`ShutdownError::TimedOut`] when tasks were still running: the pool stays closed, and goes on to its end.
    /// [`ShutdownError::NotJoined`] on a worker of this pool.
    pub fn shutdown_timeout(&self, timeout: Duration) -> Result<(), ShutdownError> {
        self.shared.shut_down(Mode::Drain);
        self.shared.join(Instant::now().checked_add(timeout))
    }

    /// Takes nothing more, cancels what has not started and every suspended async task, waits for what runs, and
    /// returns how many tasks were cancelled.
    ///
    /// # Errors
    /// [`ShutdownError::NotJoined`] on a worker of this pool; the cancelled tasks are cancelled all the same.
    pub fn shutdown_now(&self) -> Result<usize, ShutdownError> {
        self.shared.shut_down(Mode::Stop);
        self.shared.join(None).map(|()| self.shared.cancelled())
    }

    /// Like [`shutdown_now`](Self::shutdown_now), and waits at most so long.
    ///
    /// # Errors
    /// As for [`shutdown_timeout`](Self::shutdown_timeout); the cancelled tasks are cancelled all the same.
    pub fn shutdown_now_timeout(&self, timeout: Duration) -> Result<usize, ShutdownError> {
        self.shared.shut_down(Mode::Stop);
        self.shared.join(Instant::now().checked_add(timeout))?;
        Ok(self.shared.cancelled())
    }

    /// Lets the pool go: what is queued still runs, and nobody waits for it, also at the process's exit.
    pub fn detach(mut self) {
        self.shared.shut_down(Mode::Drain);
        self.detached = true;
    }

    /// How many tasks are where, at one instant between the start of this call and its end.
    ///
    /// ```
    /// use creel_runtime::ThreadPool;
    ///
    /// let pool = ThreadPool::new()?;
    /// pool.submit(|| 6 * 7)?.result()?;
    /// let ledger = pool.ledger();
    /// assert_eq!((ledger.submitted, ledger.succeeded), (1, 1));
    /// assert!(ledger.adds_up());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Each term is counted at its own event, before the future tells of it: once [`result`](TaskFuture::result) or
    /// [`cancel`](TaskFuture::cancel) has returned, the ledger shows it. A pool that is very busy is held up for as long
    /// as the figures take to be read.
    pub fn ledger(&self) -> Ledger {
        self.shared.book().ledger()
    }

    /// The ledger, and how long tasks waited and ran.
    ///
    /// The ledger is true at one instant; the times are those of tasks that had started, or ended, a moment before or
    /// after it.
    pub fn metrics(&self) -> Metrics {
        let (queue_wait, run_time) = self.shared.book().times();
        Metrics {
            ledger: self.ledger(),
            overdraft: self.overdraft(),
            queue_wait,
            run_time,
        }
    }

    /// What the pool is in the middle of: what its workers do and wait for, and, with
    /// [`diagnostics`](Builder::diagnostics), every task that is not done.
    pub fn dump(&self) -> Dump {
        self.shared.dump()
    }

    /// How many worker threads there are.
    pub fn workers(&self) -> usize {
        usize::from(self.shared.life().workers())
    }

    /// How many workers sleep because there is nothing to do.
    pub fn idle_workers(&self) -> usize {
        usize::from(self.shared.life().idle())
    }

    /// The most workers that run tasks at the same time.
    pub fn max_workers(&self) -> usize {
        usize::from(self.shared.limits().max_workers)
    }

    /// How many entries stand in the queues; a figure for display, since it changes while it is read.
    ///
    /// A task that was cancelled, or run by whoever waited for it, may leave its entry there until a worker comes by; how
    /// many tasks wait is in the [`ledger`](Self::ledger).
    pub fn queued(&self) -> usize {
        self.shared.queued()
    }

    /// How many tasks were queued beyond the capacity, ever: by workers of this pool, which do not wait for room, and to
    /// continue others.
    pub fn overdraft(&self) -> u64 {
        self.shared.permits().map_or(0, permits::Permits::overdraft)
    }
}

impl Executor for ThreadPool {
    type Task = Task;

    /// Like [`ThreadPool::submit`]: waits for room on a pool with a bounded queue.
    #[track_caller]
    fn execute(&self, task: Task) -> Result<(), Rejected<Task>> {
        match self.shared.admit(task.cell().weight(), Room::Wait) {
            Ok(()) => {
                self.shared.take(task, Some(Location::caller()));
                Ok(())
            }
            Err(refused) => Err(refused.with(task)),
        }
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        if self.detached {
            return;
        }
        self.shared.forsake();
        // On a worker of this pool nobody can wait: the last worker finishes the rest.
        let _not_joined = self.shared.join(None);
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPool")
            .field("name", &self.shared.name())
            .field("life", &self.shared.life())
            .field("ledger", &self.ledger())
            .finish()
    }
}
