//! Creel, in the ways that it can be set up.

use std::marker::PhantomData;

use creel_runtime::{Builder, TaskFuture, ThreadPool};

use crate::peer::{Join, Pool, Spawn, Submit};

/// Creel, as it comes or in another way.
pub(crate) struct Creel<W = Plain>(pub(crate) ThreadPool, PhantomData<W>);

/// How a pool is set up.
pub(crate) trait Way: Send + Sync + 'static {
    /// A pool that may have so many workers.
    fn builder(workers: usize) -> Builder;
}

/// All workers from the start.
pub(crate) struct Plain;

/// The same with `diagnostics(true)`.
pub(crate) struct WithDiagnostics;

/// Two workers at the start, and more when there is work for them.
pub(crate) struct FromTwo;

pub(crate) type Diagnosed = Creel<WithDiagnostics>;
pub(crate) type Elastic = Creel<FromTwo>;

impl Way for Plain {
    fn builder(workers: usize) -> Builder {
        ThreadPool::builder()
            .min_workers(workers)
            .max_workers(workers)
    }
}

impl Way for WithDiagnostics {
    fn builder(workers: usize) -> Builder {
        Plain::builder(workers).diagnostics(true)
    }
}

impl Way for FromTwo {
    fn builder(workers: usize) -> Builder {
        ThreadPool::builder().min_workers(2).max_workers(workers)
    }
}

impl<W: Way> Pool for Creel<W> {
    fn start(workers: usize) -> &'static Self {
        let pool = W::builder(workers)
            .build()
            .expect("the settings are in range");
        Box::leak(Box::new(Self(pool, PhantomData)))
    }
}

impl<W: Way> Submit for Creel<W> {
    type Handle<T: Send + 'static> = TaskFuture<T>;

    fn submit<T, F>(&'static self, task: F) -> TaskFuture<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let Ok(future) = self.0.submit(task) else {
            unreachable!("the pool is open")
        };
        future
    }

    fn wait<T: Send + 'static>(&'static self, handle: TaskFuture<T>) -> T {
        let Ok(value) = handle.result() else {
            unreachable!("the task returns")
        };
        value
    }
}

impl<W: Way> Spawn for Creel<W> {
    type Context<'scope> = &'static Self;

    fn enter<F>(&'static self, first: F)
    where
        F: for<'scope> FnOnce(&&'static Self) + Send + 'static,
    {
        Self::spawn(&self, first);
    }

    fn spawn<F>(context: &&'static Self, task: F)
    where
        F: for<'scope> FnOnce(&&'static Self) + Send + 'static,
    {
        let pool: &'static Self = context;
        let Ok(()) = pool.0.submit_detached(move || task(&pool)) else {
            unreachable!("the pool is open")
        };
    }
}

impl<W: Way> Join for Creel<W> {
    type Context<'scope> = &'static Self;

    fn enter<T, F>(&'static self, body: F) -> T
    where
        T: Send + 'static,
        F: for<'scope> FnOnce(&mut &'static Self) -> T + Send + 'static,
    {
        self.wait(self.submit(move || body(&mut &*self)))
    }

    fn join<A, B, F, G>(context: &mut &'static Self, first: F, second: G) -> (A, B)
    where
        A: Send,
        B: Send,
        F: for<'scope> FnOnce(&mut &'static Self) -> A + Send,
        G: for<'scope> FnOnce(&mut &'static Self) -> B + Send,
    {
        let pool: &'static Self = context;
        pool.0.join(|| first(&mut &*pool), || second(&mut &*pool))
    }
}
