//! tokio: tasks on its workers, and closures on its blocking threads.

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::peer::{Pool, Spawn, Submit};

/// A runtime whose tasks are async blocks that never wait.
pub(crate) struct Tokio(pub(crate) Runtime);

/// A runtime with so many blocking threads, used by `spawn_blocking`.
pub(crate) struct TokioBlocking(Runtime);

impl Pool for Tokio {
    fn start(workers: usize) -> &'static Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_time()
            .build()
            .expect("threads can be started");
        Box::leak(Box::new(Self(runtime)))
    }
}

impl Submit for Tokio {
    type Handle<T: Send + 'static> = JoinHandle<T>;

    fn submit<T, F>(&'static self, task: F) -> JoinHandle<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.0.spawn(async move { task() })
    }

    fn wait<T: Send + 'static>(&'static self, handle: JoinHandle<T>) -> T {
        self.0.block_on(handle).expect("the task returns")
    }

    fn sum(&'static self, handles: Vec<JoinHandle<u64>>) -> u64 {
        sum(&self.0, handles)
    }
}

impl Spawn for Tokio {
    type Context<'scope> = ();

    fn enter<F>(&'static self, first: F)
    where
        F: for<'scope> FnOnce(&()) + Send + 'static,
    {
        drop(self.0.spawn(async move { first(&()) }));
    }

    fn spawn<F>((): &(), task: F)
    where
        F: for<'scope> FnOnce(&()) + Send + 'static,
    {
        drop(tokio::spawn(async move { task(&()) }));
    }
}

impl Pool for TokioBlocking {
    fn start(workers: usize) -> &'static Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(workers)
            .build()
            .expect("threads can be started");
        Box::leak(Box::new(Self(runtime)))
    }
}

impl Submit for TokioBlocking {
    type Handle<T: Send + 'static> = JoinHandle<T>;

    fn submit<T, F>(&'static self, task: F) -> JoinHandle<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.0.spawn_blocking(task)
    }

    fn wait<T: Send + 'static>(&'static self, handle: JoinHandle<T>) -> T {
        self.0.block_on(handle).expect("the task returns")
    }

    fn sum(&'static self, handles: Vec<JoinHandle<u64>>) -> u64 {
        sum(&self.0, handles)
    }
}

fn sum(runtime: &Runtime, handles: Vec<JoinHandle<u64>>) -> u64 {
    runtime.block_on(async {
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.expect("the task returns");
        }
        sum
    })
}
