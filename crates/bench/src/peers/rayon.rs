//! rayon: by `spawn`, by scope, by join.

use rayon::{Scope, ThreadPool, ThreadPoolBuilder};

use crate::peer::{Execute, Join, Pool, Spawn};

/// A rayon pool, used by `spawn` and by `join`.
pub(crate) struct Rayon(pub(crate) ThreadPool);

/// A rayon pool, used by scope.
pub(crate) struct RayonScope(ThreadPool);

impl Pool for Rayon {
    fn start(workers: usize) -> &'static Self {
        Box::leak(Box::new(Self(build(workers))))
    }
}

impl Execute for Rayon {
    fn execute<F>(&'static self, task: F)
    where
        F: FnOnce() + Send + 'static,
    {
        self.0.spawn(task);
    }
}

impl Spawn for Rayon {
    type Context<'scope> = ();

    fn enter<F>(&'static self, first: F)
    where
        F: for<'scope> FnOnce(&()) + Send + 'static,
    {
        self.0.spawn(move || first(&()));
    }

    fn spawn<F>((): &(), task: F)
    where
        F: for<'scope> FnOnce(&()) + Send + 'static,
    {
        rayon::spawn(move || task(&()));
    }
}

impl Join for Rayon {
    type Context<'scope> = ();

    fn enter<T, F>(&'static self, body: F) -> T
    where
        T: Send + 'static,
        F: for<'scope> FnOnce(&mut ()) -> T + Send + 'static,
    {
        self.0.install(|| body(&mut ()))
    }

    fn join<A, B, F, G>((): &mut (), first: F, second: G) -> (A, B)
    where
        A: Send,
        B: Send,
        F: for<'scope> FnOnce(&mut ()) -> A + Send,
        G: for<'scope> FnOnce(&mut ()) -> B + Send,
    {
        rayon::join(|| first(&mut ()), || second(&mut ()))
    }
}

impl Pool for RayonScope {
    fn start(workers: usize) -> &'static Self {
        Box::leak(Box::new(Self(build(workers))))
    }
}

impl Spawn for RayonScope {
    type Context<'scope> = Scope<'scope>;

    fn enter<F>(&'static self, first: F)
    where
        F: for<'scope> FnOnce(&Scope<'scope>) + Send + 'static,
    {
        self.0.scope(|scope| first(scope));
    }

    fn spawn<F>(context: &Scope<'_>, task: F)
    where
        F: for<'scope> FnOnce(&Scope<'scope>) + Send + 'static,
    {
        context.spawn(|scope| task(scope));
    }
}

fn build(workers: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(workers)
        .build()
        .expect("threads can be started")
}
