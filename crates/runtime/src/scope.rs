//! Work that borrows: tasks that end before the call that started them returns.

mod erasure;
mod state;

use std::fmt;
use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe, Location};
use std::sync::Arc;
use std::time::Duration;

use creel_core::future::State as Life;

use crate::error::{Panic, ResultError, TaskError, WaitError};
use crate::future::TaskFuture;
use crate::guard::Abort;
use crate::job;
use crate::pool::{Shared, ThreadPool, worker};
use crate::sync::Mutex;
use state::State;

pub(crate) use state::Member;

impl ThreadPool {
    /// Runs `body`, which may submit closures that borrow from outside of this call, and waits for all of them.
    ///
    /// It returns when the body and every task of the scope are done, and what these borrowed is free again. On a worker
    /// of this pool, tasks that have not started run in place, one after the other; then, as on any other thread, this
    /// blocks, and another worker takes this one's place if there may be one. A scope cannot give its wait up: where
    /// another wait would fail, it goes on waiting.
    ///
    /// # Panics
    /// With the panic of `body`; else with the first of a task whose outcome nobody has asked for. Both only after
    /// every task is done.
    ///
    /// ```
    /// use creel_runtime::ThreadPool;
    ///
    /// let pool = ThreadPool::new()?;
    /// let mut words = ["cast", "on", "twelve", "stitches"];
    /// let (left, right) = words.split_at_mut(2);
    /// let longest = pool.scope(|scope| {
    ///     let sorted = scope.submit(|| {
    ///         left.sort();
    ///         left[0].len()
    ///     });
    ///     right.sort();
    ///     sorted.result().map(|length| length.max(right[1].len()))
    /// })?;
    /// assert_eq!(longest, 6);
    /// assert_eq!(words, ["cast", "on", "stitches", "twelve"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scope<'env, R>(
        &self,
        body: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
    ) -> R {
        let scope = Scope {
            shared: Arc::clone(self.shared()),
            state: Arc::new(State::new()),
            scope: PhantomData,
            env: PhantomData,
        };
        let returned = panic::catch_unwind(AssertUnwindSafe(|| body(&scope)));
        // From here on nobody but the tasks themselves can submit more.
        let no_way_out = Abort;
        scope.state.wait();
        std::mem::forget(no_way_out);
        match returned {
            Err(payload) => panic::resume_unwind(payload),
            Ok(returned) => match scope.state.unseen() {
                Some(panic) => resume(&panic),
                None => returned,
            },
        }
    }

    /// Calls two closures, which may borrow, at the same time if a worker is free, and returns what both return.
    ///
    /// The first one runs on this thread, and the second one too unless a worker has started it by then; otherwise this
    /// waits for it, as [`scope`](Self::scope) does. It is made for work that is divided again and again: on a worker of
    /// this pool a second closure that nobody takes is no task, allocates nothing, and costs a few nanoseconds.
    ///
    /// A second closure that a worker has taken is a task in the ledger, and part of the one that called this: it has its
    /// [`context`](crate::context). A shutdown of any kind leaves both closures alone.
    ///
    /// # Panics
    /// With the panic of the first, else with that of the second; only after both are done.
    ///
    /// ```
    /// use creel_runtime::ThreadPool;
    ///
    /// fn sum(pool: &ThreadPool, numbers: &[u64]) -> u64 {
    ///     if numbers.len() < 1_000 {
    ///         return numbers.iter().sum();
    ///     }
    ///     let (left, right) = numbers.split_at(numbers.len() / 2);
    ///     let (left, right) = pool.join(|| sum(pool, left), || sum(pool, right));
    ///     left + right
    /// }
    ///
    /// let pool = ThreadPool::new()?;
    /// let numbers: Vec<u64> = (0..10_000).collect();
    /// assert_eq!(sum(&pool, &numbers), 49_995_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn join<A, B>(&self, first: impl FnOnce() -> A, second: impl FnOnce() -> B + Send) -> (A, B)
    where
        B: Send,
    {
        let location = Location::caller();
        let joined = worker::with_current_or(self.shared(), (first, second), |worker, both| {
            job::join(worker, location, both.0, both.1)
        });
        joined.unwrap_or_else(|(first, second)| self.join_outside(location, first, second))
    }

    /// A join of a thread that is no worker of this pool: others run the second closure as a task.
    fn join_outside<A, B>(
        &self,
        location: &'static Location<'static>,
        first: impl FnOnce() -> A,
        second: impl FnOnce() -> B + Send,
    ) -> (A, B)
    where
        B: Send,
    {
        // Whoever takes it out calls it.
        let second = Mutex::new(Some(second));
        let take = || second.lock().take();
        self.scope(|scope| {
            let queued = scope.submit_from(location, || take().map(|second| second()));
            let first = first();
            let second = if let Some(second) = take() {
                queued.cancel();
                second()
            } else {
                queued.joined().expect("the task has taken it")
            };
            (first, second)
        })
    }
}

/// Where closures can be submitted that borrow; made by [`ThreadPool::scope`].
///
/// `'scope` is the time in which they run, `'env` that of what they borrow.
pub struct Scope<'scope, 'env: 'scope> {
    shared: Arc<Shared>,
    state: Arc<State>,
    /// Neither may be taken for a longer or a shorter one.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

impl<'scope> Scope<'scope, '_> {
    /// Queues a closure that may borrow what outlives the scope, and hands back the future of what it returns.
    ///
    /// Tasks of the scope may submit more. On a pool with a bounded queue this waits for room like
    /// [`ThreadPool::submit`]. A scope loses no work: on a pool that takes nothing more, the closure runs here.
    #[track_caller]
    pub fn submit<T, F>(&'scope self, closure: F) -> ScopedFuture<'scope, T>
    where
        T: Send + 'scope,
        F: FnOnce() -> T + Send + 'scope,
    {
        self.submit_from(Location::caller(), closure)
    }

    fn submit_from<T, F>(
        &'scope self,
        location: &'static Location<'static>,
        closure: F,
    ) -> ScopedFuture<'scope, T>
    where
        T: Send + 'scope,
        F: FnOnce() -> T + Send + 'scope,
    {
        let type_name = std::any::type_name::<F>();
        let value = Arc::new(Mutex::new(None));
        let (place, state) = (Arc::clone(&value), Arc::clone(&self.state));
        let body = move || match panic::catch_unwind(AssertUnwindSafe(closure)) {
            Ok(value) => *place.lock() = Some(value),
            Err(payload) => {
                let panic = Panic::new(payload);
                state.add_unseen(panic.clone());
                panic::resume_unwind(Box::new(panic));
            }
        };
        let member = Member::enter(&self.state, type_name, location);
        let future = erasure::queue(&self.shared, Box::new(body), member);
        self.state.offer(&future);
        ScopedFuture {
            future,
            value,
            state: Arc::clone(&self.state),
            scope: PhantomData,
        }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// The outcome of a task of a [`Scope`], there or still to come.
///
/// Dropping it detaches the task, which the scope waits for all the same; a panic that nobody saw then goes on from
/// the scope.
#[must_use = "dropping the future detaches its task: nobody will see the value"]
pub struct ScopedFuture<'scope, T> {
    future: TaskFuture<()>,
    value: Arc<Mutex<Option<T>>>,
    state: Arc<State>,
    scope: PhantomData<&'scope mut &'scope ()>,
}

impl<T> ScopedFuture<'_, T> {
    /// Blocks this thread until the outcome is there, and takes it; otherwise like [`TaskFuture::result`].
    ///
    /// A wait that would be refused elsewhere goes on here, since the scope has to wait for the task as well.
    ///
    /// # Errors
    /// [`TaskError`] says why there is no value. A panic that is returned here does not go on from the scope.
    pub fn result(self) -> Result<T, TaskError> {
        let outcome = match self.future.result() {
            Ok(()) => Ok(()),
            Err(ResultError::Task(error)) => Err(error),
            // The scope has to wait for it as well.
            Err(ResultError::Wait(_, future)) => wait_on(future),
        };
        match outcome {
            Ok(()) => Ok(self
                .value
                .lock()
                .take()
                .expect("a body that returned has stored its value")),
            Err(error) => {
                if let TaskError::Panicked(panic) = &error {
                    self.state.see(panic);
                }
                Err(error)
            }
        }
    }

    /// Blocks this thread until the task is done; see [`TaskFuture::wait`].
    ///
    /// # Errors
    /// [`WaitError`] says, inside a task, that waiting would never end; the task goes on.
    pub fn wait(&self) -> Result<(), WaitError> {
        self.future.wait()
    }

    /// Cancels the task, and says whether this call did so; see [`TaskFuture::cancel`].
    pub fn cancel(&self) -> bool {
        self.future.cancel()
    }

    /// Cancels the task, or asks its body to stop; see [`TaskFuture::request_cancel`].
    pub fn request_cancel(&self) -> bool {
        self.future.request_cancel()
    }

    /// Where the future is in its life.
    pub fn state(&self) -> Life {
        self.future.state()
    }

    /// Whether the outcome is there; it never changes again.
    pub fn done(&self) -> bool {
        self.future.done()
    }
}

impl<T> ScopedFuture<'_, Option<T>> {
    /// The value; a panic goes on. There is none if the task came too late, or was cancelled with its pool.
    fn joined(self) -> Option<T> {
        match self.result() {
            Ok(value) => value,
            Err(TaskError::Panicked(panic)) => resume(&panic),
            Err(_ended_unrun) => None,
        }
    }
}

impl<T> fmt::Debug for ScopedFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopedFuture").field(&self.future).finish()
    }
}

/// Waits, whatever comes of it.
fn wait_on(future: TaskFuture<()>) -> Result<(), TaskError> {
    future
        .wait_timeout(Duration::MAX)
        .unwrap_or_else(|_| unreachable!("a time past the end of the clock is never over"))
}

/// Goes on with a panic of another thread.
fn resume(panic: &Panic) -> ! {
    let payload = panic
        .take_payload()
        .unwrap_or_else(|| Box::new(panic.message().to_owned()));
    panic::resume_unwind(payload)
}
