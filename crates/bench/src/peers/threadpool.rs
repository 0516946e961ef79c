//! threadpool.

use threadpool::ThreadPool;

use crate::peer::{Execute, Pool};

/// A pool behind a lock of its own: `threadpool::ThreadPool` may not be shared by reference.
pub(crate) struct Threadpool(ThreadPool);

impl Pool for Threadpool {
    fn start(workers: usize) -> &'static Self {
        Box::leak(Box::new(Self(ThreadPool::new(workers))))
    }
}

impl Execute for Threadpool {
    fn execute<F>(&'static self, task: F)
    where
        F: FnOnce() + Send + 'static,
    {
        self.0.execute(task);
    }
}
