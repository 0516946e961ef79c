//! rusty_pool.

use std::time::Duration;

use rusty_pool::{JoinHandle, ThreadPool};

use crate::peer::{Pool, Submit};

/// A rusty_pool whose workers all stay.
pub(crate) struct Rusty(ThreadPool);

/// Longer than any sample.
const KEEP_ALIVE: Duration = Duration::from_secs(3600);

impl Pool for Rusty {
    fn start(workers: usize) -> &'static Self {
        let pool = ThreadPool::new(workers, workers, KEEP_ALIVE);
        pool.start_core_threads();
        Box::leak(Box::new(Self(pool)))
    }
}

impl Submit for Rusty {
    type Handle<T: Send + 'static> = JoinHandle<T>;

    fn submit<T, F>(&'static self, task: F) -> JoinHandle<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.0.evaluate(task)
    }

    fn wait<T: Send + 'static>(&'static self, handle: JoinHandle<T>) -> T {
        handle.await_complete()
    }
}
