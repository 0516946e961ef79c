//! A function over many items on a pool.

mod ahead;
mod attempt;
mod chunk;
mod pace;

use std::collections::VecDeque;
use std::fmt;
use std::iter::Fuse;
use std::mem;
use std::panic::Location;
use std::sync::Arc;

use crate::error::JoinError;
use crate::pool::{Room, ThreadPool};
use crate::set::Set;
use crate::task::Task;
use crate::task::options::Options;
use ahead::{Ahead, Batch, Sent};
use chunk::Results;
use pace::Pace;

pub use attempt::TryMap;

impl ThreadPool {
    /// Calls `function` with each item on the pool; an iterator over the results, in the items' order.
    ///
    /// Items are pulled as the results are asked for, at most [`buffer`](Map::buffer) ahead, so that an endless
    /// iterator costs constant memory. Dropping the iterator cancels what has not started.
    ///
    /// ```
    /// use creel_runtime::ThreadPool;
    ///
    /// let pool = ThreadPool::new()?;
    /// let squares = pool.map(0_u64.., |n| n * n);
    /// let even: Result<Vec<_>, _> = squares.filter(|square| !matches!(square, Ok(n) if n % 2 == 1)).take(4).collect();
    /// assert_eq!(even?, [0, 4, 16, 36]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn map<I, T, F>(&self, items: I, function: F) -> Map<'_, I::IntoIter, F, T>
    where
        I: IntoIterator<Item: Send + 'static>,
        T: Send + 'static,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
    {
        Map::new(self, items, function, Ahead::InOrder(VecDeque::new()))
    }

    /// Like [`map`](Self::map), with the results as they finish.
    ///
    /// ```
    /// use creel_runtime::ThreadPool;
    ///
    /// let pool = ThreadPool::new()?;
    /// let mut lengths: Vec<_> = pool.map_unordered(["warp", "of", "silk"], str::len).collect::<Result<_, _>>()?;
    /// lengths.sort();
    /// assert_eq!(lengths, [2, 4, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn map_unordered<I, T, F>(&self, items: I, function: F) -> Map<'_, I::IntoIter, F, T>
    where
        I: IntoIterator<Item: Send + 'static>,
        T: Send + 'static,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
    {
        Map::new(self, items, function, Ahead::AsCompleted(Set::new()))
    }

    /// Like [`map`](Self::map), for a function that may fail: the first `Err`, or the first task without a value, is the
    /// last result, and cancels what is ahead.
    ///
    /// It is `pool.map(items, function).fail_fast()`: so does a map with other settings fail fast.
    ///
    /// ```
    /// use creel_runtime::{JoinError, ThreadPool};
    ///
    /// let pool = ThreadPool::new()?;
    /// let numbers = pool.try_map(["1", "2", "three", "4"], str::parse::<u32>);
    /// let results: Vec<_> = numbers.collect();
    /// assert!(matches!(results[..], [Ok(1), Ok(2), Err(JoinError::Returned(_))]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn try_map<I, T, E, F>(
        &self,
        items: I,
        function: F,
    ) -> TryMap<'_, I::IntoIter, F, Result<T, E>>
    where
        I: IntoIterator<Item: Send + 'static>,
        T: Send + 'static,
        E: Send + 'static,
        F: Fn(I::Item) -> Result<T, E> + Send + Sync + 'static,
    {
        self.map(items, function).fail_fast()
    }
}

/// The results of a function over many items; [`ThreadPool::map`] and [`ThreadPool::map_unordered`] make it.
///
/// Each `next` blocks until a result is there; inside a task of the same pool it runs tasks that have not started in
/// place. On a thread of no pool the results of short tasks, if they come in order, are waited for several at a time: to
/// wake a thread for each would take as long as such a task. That delays a result by a millisecond at most, or by four where
/// all are taken in one go, as `collect`, `sum` and `for_each` do.
///
/// Each item has one result. [`JoinError::Task`] says why there is none: what the function panics with is the
/// error of its own item only. [`JoinError::Wait`] says, inside a task, that waiting would never end; that item is then
/// given up. Once the pool is shut down, the items that are left have been abandoned.
///
/// Dropping it asks the tasks that are left to stop: items that have not started never do.
#[must_use = "items are pulled as results are asked for: nothing runs before the first `next`"]
pub struct Map<'pool, I, F, T> {
    pool: &'pool ThreadPool,
    /// Where the map was made: its tasks are submitted in the name of that place.
    location: &'static Location<'static>,
    items: Fuse<I>,
    function: Arc<F>,
    chunk: usize,
    buffer: Option<usize>,
    ahead: Ahead<T>,
    /// How many items the tasks ahead are for.
    items_ahead: usize,
    pace: Pace,
    /// What came of the last task and was not given.
    batch: Results<T>,
}

impl<'pool, I: Iterator, F, T> Map<'pool, I, F, T> {
    #[track_caller]
    fn new(
        pool: &'pool ThreadPool,
        items: impl IntoIterator<IntoIter = I>,
        function: F,
        ahead: Ahead<T>,
    ) -> Self {
        Self {
            pool,
            location: Location::caller(),
            items: items.into_iter().fuse(),
            function: Arc::new(function),
            chunk: 1,
            buffer: None,
            ahead,
            items_ahead: 0,
            pace: Pace::new(pool.max_workers()),
            batch: Results::none(),
        }
    }

    /// How many items are pulled ahead of the result that is asked for, at least one chunk.
    ///
    /// Unless it is said these are the items of two tasks a worker, and, of tasks that turn out to be short, of what all
    /// workers do in two milliseconds, at most of 64 tasks a worker. Where all results are taken in one go it is what they do
    /// in eight, and eight chunks a worker from the start.
    pub fn buffer(mut self, buffer: usize) -> Self {
        self.buffer = Some(buffer);
        self
    }

    /// How many items each task is for; 1 unless it is said, and at least 1.
    ///
    /// The last tasks are for fewer if the iterator [tells](Iterator::size_hint) how many items are left: so the workers come
    /// to their ends at about the same time.
    ///
    /// A task costs some hundred nanoseconds, and what passes between threads for it: items that are quickly done go faster
    /// several at a time, so many that a task takes 50 to 500 µs. Each item still has a result of its own, also when the
    /// function panics with another one of its chunk.
    pub fn chunk(mut self, items: usize) -> Self {
        self.chunk = items.max(1);
        self
    }
}

impl<'pool, I, F, T, E> Map<'pool, I, F, Result<T, E>> {
    /// Ends at the first `Err` that the function returns, or at the first item without a result, and cancels what is
    /// ahead; see [`ThreadPool::try_map`].
    ///
    /// The first is that of the first item in order, or, of a map that is not in order, the one that comes first.
    pub fn fail_fast(self) -> TryMap<'pool, I, F, Result<T, E>> {
        TryMap::new(self)
    }
}

impl<I, F, T> Iterator for Map<'_, I, F, T>
where
    I: Iterator<Item: Send + 'static>,
    T: Send + 'static,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
{
    type Item = Result<T, JoinError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.batch.next().or_else(|| self.next_of_tasks())
    }

    /// Takes the results of each task in one go.
    fn fold<A, G>(mut self, init: A, mut with: G) -> A
    where
        G: FnMut(A, Self::Item) -> A,
    {
        self.pace.take_all(self.chunk);
        let batch = mem::replace(&mut self.batch, Results::none());
        let mut folded = batch.fold(init, &mut with);
        while let Some(batch) = self.next_batch() {
            folded = match batch {
                Batch::One(value) => with(folded, Ok(value)),
                Batch::Many(results) => results.fold(folded, &mut with),
            };
        }
        folded
    }
}

impl<I, F, T> Map<'_, I, F, T>
where
    I: Iterator<Item: Send + 'static>,
    T: Send + 'static,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
{
    /// The first result of the next task.
    fn next_of_tasks(&mut self) -> Option<Result<T, JoinError>> {
        loop {
            match self.next_batch()? {
                Batch::One(value) => return Some(Ok(value)),
                Batch::Many(results) => self.batch = results,
            }
            if let Some(result) = self.batch.next() {
                return Some(result);
            }
        }
    }

    /// What came of the next task.
    fn next_batch(&mut self) -> Option<Batch<T>> {
        self.pull();
        let (items, outcome) = self.ahead.next(&mut self.pace)?;
        self.items_ahead -= items;
        Some(outcome.unwrap_or_else(|error| Batch::Many(Results::all(items, &error))))
    }

    /// Submits tasks for as many items as may be ahead.
    fn pull(&mut self) {
        let buffer = self
            .buffer
            .unwrap_or_else(|| self.pace.tasks_ahead().saturating_mul(self.chunk))
            .max(self.chunk);
        loop {
            let chunk = self.items_of_next_task();
            if self.items_ahead + chunk > buffer {
                break;
            }
            let Some(sent) = self.send(chunk) else {
                self.pace.nothing_follows();
                break;
            };
            self.items_ahead += sent.items;
            self.ahead.push(sent);
        }
    }

    /// How many items the next task is for: fewer towards the end, if that is known.
    fn items_of_next_task(&self) -> usize {
        match self.items.size_hint() {
            (left, Some(most)) if left == most => {
                let share = left.div_ceil(2 * self.pool.max_workers());
                share.clamp(1, self.chunk)
            }
            _ => self.chunk,
        }
    }

    /// Submits a task for so many of the next items, if there are any.
    fn send(&mut self, chunk: usize) -> Option<Sent<T>> {
        let function = Arc::clone(&self.function);
        if chunk == 1 {
            let item = self.items.next()?;
            return Some(self.submit(1, move || Batch::One(function(item))));
        }
        let items: Vec<_> = self.items.by_ref().take(chunk).collect();
        (!items.is_empty()).then(|| {
            self.submit(items.len(), move || {
                Batch::Many(chunk::run(items, &*function))
            })
        })
    }

    fn submit(&self, items: usize, body: impl FnOnce() -> Batch<T> + Send + 'static) -> Sent<T> {
        let options = Options::at(self.location);
        let submitted = self.pool.submit_closure(options, body, Room::Wait);
        let future = submitted.unwrap_or_else(|refused| {
            // A task that no executor takes is abandoned when it is dropped.
            let (_task, future) = Task::from_closure(refused.into_inner());
            future
        });
        Sent { future, items }
    }
}

impl<I, F, T> Drop for Map<'_, I, F, T> {
    fn drop(&mut self) {
        self.ahead.cancel();
    }
}

impl<I, F, T> fmt::Debug for Map<'_, I, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("chunk", &self.chunk)
            .field("buffer", &self.buffer)
            .field("items_ahead", &self.items_ahead)
            .finish_non_exhaustive()
    }
}
