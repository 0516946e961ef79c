//! blocking, whose threads come and go as they are needed.

use std::num::NonZero;

use blocking::{Task, unblock};
use futures_lite::future;

use crate::peer::{Pool, Submit};

/// The threads of the crate, of which a process has one set.
pub(crate) struct Blocking;

impl Pool for Blocking {
    fn start(workers: usize) -> &'static Self {
        let workers = NonZero::new(workers).expect("a pool has workers");
        blocking::set_max_blocking_threads(workers);
        &Self
    }
}

impl Submit for Blocking {
    type Handle<T: Send + 'static> = Task<T>;

    fn submit<T, F>(&'static self, task: F) -> Task<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        unblock(task)
    }

    fn wait<T: Send + 'static>(&'static self, handle: Task<T>) -> T {
        future::block_on(handle)
    }

    fn sum(&'static self, handles: Vec<Task<u64>>) -> u64 {
        future::block_on(async {
            let mut sum = 0;
            for handle in handles {
                sum += handle.await;
            }
            sum
        })
    }
}
