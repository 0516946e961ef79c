//! What a pool may offer to a workload.
//!
//! A peer implements what it has; its pool lives until the process ends, as a `static` would, so that no workload pays
//! for sharing it.

/// A pool that can be started with so many workers.
pub(crate) trait Pool: Sized + Sync + 'static {
    /// Starts the pool and all its workers.
    fn start(workers: usize) -> &'static Self;
}

/// A pool that hands back a handle for each task.
pub(crate) trait Submit: Pool {
    type Handle<T: Send + 'static>: Send + 'static;

    /// Queues a task from any thread.
    fn submit<T, F>(&'static self, task: F) -> Self::Handle<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static;

    /// Blocks the calling thread, none of the pool's, until the task has ended.
    fn wait<T: Send + 'static>(&'static self, handle: Self::Handle<T>) -> T;

    /// Waits for many tasks in the way that is natural to the peer, and sums up what they return.
    fn sum(&'static self, handles: Vec<Self::Handle<u64>>) -> u64 {
        handles.into_iter().map(|handle| self.wait(handle)).sum()
    }
}

/// A pool that runs closures and tells nothing about them; a oneshot channel makes it [`Submit`].
pub(crate) trait Execute: Pool {
    /// Queues a closure from any thread.
    fn execute<F>(&'static self, task: F)
    where
        F: FnOnce() + Send + 'static;
}

impl<P: Execute> Submit for P {
    type Handle<T: Send + 'static> = oneshot::Receiver<T>;

    fn submit<T, F>(&'static self, task: F) -> oneshot::Receiver<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        self.execute(move || {
            // Nobody waits when the receiver is gone.
            let _unwanted = sender.send(task());
        });
        receiver
    }

    fn wait<T: Send + 'static>(&'static self, handle: oneshot::Receiver<T>) -> T {
        handle.recv().expect("the task sends its result")
    }
}

/// A pool whose tasks queue more tasks, without handles.
pub(crate) trait Spawn: Pool {
    /// What a task needs to queue another one.
    type Context<'scope>;

    /// Runs the first task on a worker; it need not wait for what follows.
    fn enter<F>(&'static self, first: F)
    where
        F: for<'scope> FnOnce(&Self::Context<'scope>) + Send + 'static;

    /// Queues a task from within another.
    fn spawn<F>(context: &Self::Context<'_>, task: F)
    where
        F: for<'scope> FnOnce(&Self::Context<'scope>) + Send + 'static;
}

/// A pool that can run two closures at the same time and waits for both.
pub(crate) trait Join: Pool {
    /// What a closure needs to join others.
    type Context<'scope>;

    /// Runs the closure as part of the pool, and waits for it.
    fn enter<T, F>(&'static self, body: F) -> T
    where
        T: Send + 'static,
        F: for<'scope> FnOnce(&mut Self::Context<'scope>) -> T + Send + 'static;

    /// Runs both closures.
    fn join<A, B, F, G>(context: &mut Self::Context<'_>, first: F, second: G) -> (A, B)
    where
        A: Send,
        B: Send,
        F: for<'scope> FnOnce(&mut Self::Context<'scope>) -> A + Send,
        G: for<'scope> FnOnce(&mut Self::Context<'scope>) -> B + Send;
}
