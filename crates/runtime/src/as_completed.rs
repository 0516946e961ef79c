//! The outcomes of many futures, as they come.

use std::fmt;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::error::{ResultError, TimedOut};
use crate::future::TaskFuture;
use crate::set::{self, Item, Set};

/// Gives the outcomes of futures in the order in which their tasks end.
///
/// Each comes with the place that its future had among those that were given, counted from 0. Futures that are done come
/// first, in the order given.
///
/// ```
/// use creel_runtime::{ThreadPool, as_completed};
///
/// let pool = ThreadPool::new()?;
/// let words = ["a", "creel", "holds", "bobbins"];
/// let futures = words.map(|word| pool.submit(move || word.len())).into_iter();
/// let futures = futures.collect::<Result<Vec<_>, _>>()?;
/// for (place, length) in as_completed(futures) {
///     assert_eq!(length?, words[place].len());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn as_completed<T>(futures: impl IntoIterator<Item = TaskFuture<T>>) -> AsCompleted<T> {
    AsCompleted(Set::of(futures))
}

/// The outcomes of many futures, as they come; [`as_completed`] makes it.
///
/// `next` blocks until one is there; on a worker it runs tasks that have not started in place, one at a time. A task
/// awaits [`next_async`](Self::next_async). Dropping this drops the futures that are left, and so detaches their tasks.
///
/// Inside a task, a wait that would never end is refused: the item is then [`ResultError::Wait`], which hands out one
/// future that is not done. The iteration goes on with the others; like the outcomes, what is handed out so comes once
/// for each future.
///
/// # Panics
/// `next` and its kin, when the outcome of a future was taken by polling before.
#[must_use = "the outcomes come when they are asked for"]
pub struct AsCompleted<T>(Set<T>);

impl<T> AsCompleted<T> {
    /// Like `next`, and waits at most so long.
    ///
    /// # Errors
    /// [`TimedOut`] when no task ended in time; the futures stay, and `next` goes on.
    pub fn next_timeout(&mut self, timeout: Duration) -> Result<Option<Item<T>>, TimedOut> {
        // A time-out past the end of the clock is none.
        self.0.next(self.0.after(timeout)).into_item()
    }

    /// Waits for the next outcome without blocking the thread; `None` when there is none left.
    ///
    /// Dropped before it is ready, it has taken nothing.
    pub async fn next_async(&mut self) -> Option<Item<T>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// The next outcome if it is there; if not, wakes the task once it is. As in a stream of the `futures` crates.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        self.0
            .poll_next(context)
            .map(|next| next.map(|(place, future)| set::done(place, future)))
    }

    /// The futures that are left, with their places, to be waited for or cancelled in another way.
    pub fn into_futures(self) -> Vec<(usize, TaskFuture<T>)> {
        self.0.dissolve()
    }
}

impl<T> Iterator for AsCompleted<T> {
    type Item = (usize, Result<T, ResultError<T>>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0
            .next(None)
            .into_item()
            .expect("without a deadline no time is over")
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.0.look(|futures| futures.len());
        (left, Some(left))
    }
}

impl<T> ExactSizeIterator for AsCompleted<T> {}

impl<T> fmt::Debug for AsCompleted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("left", &self.len())
            .finish()
    }
}
