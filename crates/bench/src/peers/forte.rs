//! forte, whose pools are statics of at most 32 threads.

use forte::{Task, ThreadPool, Worker};

use crate::peer::{Join, Pool, Spawn, Submit};

static POOL: ThreadPool = ThreadPool::new();

/// A forte pool; what it hands back is a future of the async block that it was given.
pub(crate) struct Forte;

impl Pool for Forte {
    fn start(workers: usize) -> &'static Self {
        let started = POOL.resize_to(workers);
        assert_eq!(started, workers, "all threads can be started");
        &Self
    }
}

impl Submit for Forte {
    type Handle<T: Send + 'static> = Task<T>;

    fn submit<T, F>(&'static self, task: F) -> Task<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        POOL.spawn(async move { task() })
    }

    fn wait<T: Send + 'static>(&'static self, handle: Task<T>) -> T {
        POOL.block_on(handle)
    }

    fn sum(&'static self, handles: Vec<Task<u64>>) -> u64 {
        POOL.block_on(async {
            let mut sum = 0;
            for handle in handles {
                sum += handle.await;
            }
            sum
        })
    }
}

impl Spawn for Forte {
    type Context<'scope> = Worker;

    fn enter<F>(&'static self, first: F)
    where
        F: for<'scope> FnOnce(&Worker) + Send + 'static,
    {
        POOL.spawn(move |worker: &Worker| first(worker));
    }

    fn spawn<F>(context: &Worker, task: F)
    where
        F: for<'scope> FnOnce(&Worker) + Send + 'static,
    {
        context.spawn(move |worker: &Worker| task(worker));
    }
}

impl Join for Forte {
    type Context<'scope> = &'scope Worker;

    fn enter<T, F>(&'static self, body: F) -> T
    where
        T: Send + 'static,
        F: for<'scope> FnOnce(&mut &'scope Worker) -> T + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        POOL.spawn(move |worker: &Worker| {
            let mut context = worker;
            let _unwanted = sender.send(body(&mut context));
        });
        receiver.recv().expect("the body returns")
    }

    fn join<A, B, F, G>(context: &mut &Worker, first: F, second: G) -> (A, B)
    where
        A: Send,
        B: Send,
        F: for<'scope> FnOnce(&mut &'scope Worker) -> A + Send,
        G: for<'scope> FnOnce(&mut &'scope Worker) -> B + Send,
    {
        context.join(
            |worker| {
                let mut context = worker;
                first(&mut context)
            },
            |worker| {
                let mut context = worker;
                second(&mut context)
            },
        )
    }
}
