//! Waiting for many futures at once, and leaving their outcomes where they are.

use std::fmt;
use std::time::Duration;

use creel_core::future::State;

use crate::error::{TaskError, WaitError};
use crate::future::TaskFuture;
use crate::set::Set;
use crate::waits::Until;

/// When a [`wait`] for many futures is over; each also is when all are done.
#[non_exhaustive]
pub enum WaitFor<T> {
    /// Once all are done.
    All,
    /// Once one is done.
    FirstCompleted,
    /// Once one is done without a value: it panicked, was cancelled, expired or was abandoned.
    ///
    /// What a task returned is not looked at; for tasks that return a `Result` there is
    /// [`FIRST_ERR`](WaitFor::FIRST_ERR).
    FirstError,
    /// Once one is done with an outcome of which the function says so.
    FirstWhere(fn(Result<&T, &TaskError>) -> bool),
}

impl<T, E> WaitFor<Result<T, E>> {
    /// Once one is done without a value, or with an `Err` that its task returned.
    pub const FIRST_ERR: Self = Self::FirstWhere(|outcome| !matches!(outcome, Ok(Ok(_))));
}

/// Blocks this thread until as many futures are done as `until` says, or the time is over.
///
/// Nothing is taken from the futures, and nothing is left registered with them. On a worker, without a time-out, tasks
/// that have not started run in place, one at a time, until the wait is over.
///
/// ```
/// use creel_runtime::{ThreadPool, WaitFor, wait};
///
/// let pool = ThreadPool::new()?;
/// let futures = [pool.submit(|| "warp".len())?, pool.submit(|| "weft".len())?];
/// let waited = wait(&futures, WaitFor::All, None)?;
/// assert_eq!(waited.done, [0, 1]);
/// assert_eq!(waited.not_done, []);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`WaitError`] says, inside a task and without a time-out, that waiting would never end; the tasks go on.
///
/// # Panics
/// With [`WaitFor::FirstWhere`], when an outcome that it must look at was taken by polling before.
pub fn wait<'a, T: 'a>(
    futures: impl IntoIterator<Item = &'a TaskFuture<T>>,
    until: WaitFor<T>,
    timeout: Option<Duration>,
) -> Result<Waited, WaitError> {
    let futures: Vec<_> = futures.into_iter().collect();
    let set = Set::of(futures.iter().copied());
    // A time-out past the end of the clock is none.
    let deadline = timeout.and_then(|timeout| set.after(timeout));
    let rule = match until {
        WaitFor::All => Until::All,
        _ => Until::Any,
    };
    let mut seen = 0;
    set.wait(rule, deadline, |members| {
        // Those who end late stand behind those that were looked at.
        let fresh = members.done().skip(seen);
        seen = members.done().len();
        members.pending() == 0 || fresh.into_iter().any(|future| until.is_met_by(future))
    })?;
    let (done, not_done) = (0..futures.len()).partition(|place| futures[*place].is_settled());
    Ok(Waited { done, not_done })
}

/// Which of the futures are done, as their places in the order given, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waited {
    /// Those that are done, cancelled ones included, the lowest place first.
    pub done: Vec<usize>,
    /// The others, the lowest place first.
    pub not_done: Vec<usize>,
}

impl<T> WaitFor<T> {
    fn is_met_by(&self, done: &TaskFuture<T>) -> bool {
        match self {
            Self::All => false,
            Self::FirstCompleted => true,
            Self::FirstError => done.state() != State::Succeeded,
            Self::FirstWhere(is_it) => done.see(is_it),
        }
    }
}

impl<T> Clone for WaitFor<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for WaitFor<T> {}

impl<T> fmt::Debug for WaitFor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "All",
            Self::FirstCompleted => "FirstCompleted",
            Self::FirstError => "FirstError",
            Self::FirstWhere(_) => "FirstWhere",
        })
    }
}
