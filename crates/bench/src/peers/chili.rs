//! chili, which joins and does nothing else.

use std::num::NonZero;

use chili::{Config, Scope, ThreadPool};

use crate::peer::{Join, Pool};

/// A chili pool; the calling thread is one of its workers.
pub(crate) struct Chili(ThreadPool);

impl Pool for Chili {
    fn start(workers: usize) -> &'static Self {
        let config = Config {
            thread_count: NonZero::new(workers),
            ..Config::default()
        };
        Box::leak(Box::new(Self(ThreadPool::with_config(config))))
    }
}

impl Join for Chili {
    type Context<'scope> = Scope<'scope>;

    fn enter<T, F>(&'static self, body: F) -> T
    where
        T: Send + 'static,
        F: for<'scope> FnOnce(&mut Scope<'scope>) -> T + Send + 'static,
    {
        body(&mut self.0.scope())
    }

    fn join<A, B, F, G>(context: &mut Scope<'_>, first: F, second: G) -> (A, B)
    where
        A: Send,
        B: Send,
        F: for<'scope> FnOnce(&mut Scope<'scope>) -> A + Send,
        G: for<'scope> FnOnce(&mut Scope<'scope>) -> B + Send,
    {
        context.join(|scope| first(scope), |scope| second(scope))
    }
}
