//! A function over many items on a pool, with the results in the items' order.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use crate::error::{Abandoned, ResultError, TaskError};
use crate::future::TaskFuture;
use crate::pool::ThreadPool;

/// The results of [`ThreadPool::map`], in order; each `next` blocks until its own is there.
#[must_use = "items are pulled as results are asked for: nothing runs before the first `next`"]
pub struct Map<'pool, I, F, T> {
    pool: &'pool ThreadPool,
    items: std::iter::Fuse<I>,
    function: Arc<F>,
    buffer: usize,
    ahead: VecDeque<Result<TaskFuture<T>, ResultError<T>>>,
}

impl<'pool, I: Iterator, F, T> Map<'pool, I, F, T> {
    pub(crate) fn new(pool: &'pool ThreadPool, items: I, function: F) -> Self {
        Self {
            pool,
            items: items.fuse(),
            function: Arc::new(function),
            buffer: 2 * pool.max_workers(),
            ahead: VecDeque::new(),
        }
    }

    /// How many items are pulled ahead of the result that is asked for; twice the workers unless it is said, at least 1.
    pub fn buffer(mut self, buffer: usize) -> Self {
        self.buffer = buffer.max(1);
        self
    }
}

impl<I, F, T> Iterator for Map<'_, I, F, T>
where
    I: Iterator<Item: Send + 'static>,
    T: Send + 'static,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
{
    type Item = Result<T, ResultError<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ahead.len() < self.buffer {
            let Some(item) = self.items.next() else { break };
            let function = Arc::clone(&self.function);
            let submitted = self.pool.submit(move || function(item));
            self.ahead
                .push_back(submitted.map_err(|_| TaskError::Abandoned(Abandoned::ShutDown).into()));
        }
        self.ahead
            .pop_front()
            .map(|submitted| submitted.and_then(TaskFuture::result))
    }
}

impl<I, F, T> Drop for Map<'_, I, F, T> {
    fn drop(&mut self) {
        for future in self.ahead.drain(..).flatten() {
            future.cancel();
        }
    }
}

impl<I, F, T> fmt::Debug for Map<'_, I, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("buffer", &self.buffer)
            .field("ahead", &self.ahead.len())
            .finish()
    }
}
