//! Creel, and Creel with every task measured.

use creel_runtime::{TaskFuture, ThreadPool};

use crate::peer::{Join, Pool, Spawn, Submit};

/// Creel as it comes.
pub(crate) struct Creel<const DIAGNOSTICS: bool = false>(pub(crate) ThreadPool);

/// Creel with `diagnostics(true)`.
pub(crate) type Diagnosed = Creel<true>;

impl<const DIAGNOSTICS: bool> Pool for Creel<DIAGNOSTICS> {
    fn start(workers: usize) -> &'static Self {
        let pool = ThreadPool::builder()
            .min_workers(workers)
            .max_workers(workers)
            .diagnostics(DIAGNOSTICS)
            .build()
            .expect("the settings are in range");
        Box::leak(Box::new(Self(pool)))
    }
}

/// Creel that starts with two workers, and more when there is work for them.
pub(crate) struct Elastic(ThreadPool);

impl Pool for Elastic {
    fn start(workers: usize) -> &'static Self {
        let pool = ThreadPool::builder()
            .min_workers(2)
            .max_workers(workers)
            .build()
            .expect("the settings are in range");
        Box::leak(Box::new(Self(pool)))
    }
}

impl<const DIAGNOSTICS: bool> Submit for Creel<DIAGNOSTICS> {
    type Handle<T: Send + 'static> = TaskFuture<T>;

    fn submit<T, F>(&'static self, task: F) -> TaskFuture<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        submit(&self.0, task)
    }

    fn wait<T: Send + 'static>(&'static self, handle: TaskFuture<T>) -> T {
        result(handle)
    }
}

impl Submit for Elastic {
    type Handle<T: Send + 'static> = TaskFuture<T>;

    fn submit<T, F>(&'static self, task: F) -> TaskFuture<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        submit(&self.0, task)
    }

    fn wait<T: Send + 'static>(&'static self, handle: TaskFuture<T>) -> T {
        result(handle)
    }
}

impl<const DIAGNOSTICS: bool> Spawn for Creel<DIAGNOSTICS> {
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

impl<const DIAGNOSTICS: bool> Join for Creel<DIAGNOSTICS> {
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

fn submit<T, F>(pool: &ThreadPool, task: F) -> TaskFuture<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let Ok(future) = pool.submit(task) else {
        unreachable!("the pool is open")
    };
    future
}

fn result<T: Send + 'static>(future: TaskFuture<T>) -> T {
    let Ok(value) = future.result() else {
        unreachable!("the task returns")
    };
    value
}
