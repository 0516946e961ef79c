//! async-executor on threads of its own, as smol runs it.

use std::thread;

use async_executor::{Executor, Task};
use futures_lite::future;

use crate::peer::{Pool, Submit};

/// An executor and the threads that run it.
pub(crate) struct AsyncExecutor(pub(crate) Executor<'static>);

impl Pool for AsyncExecutor {
    fn start(workers: usize) -> &'static Self {
        let executor: &'static Self = Box::leak(Box::new(Self(Executor::new())));
        for _ in 0..workers {
            thread::spawn(|| future::block_on(executor.0.run(future::pending::<()>())));
        }
        executor
    }
}

impl Submit for AsyncExecutor {
    type Handle<T: Send + 'static> = Task<T>;

    fn submit<T, F>(&'static self, task: F) -> Task<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.0.spawn(async move { task() })
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
