//! Many wakes at a time, by one thread that goes on with others.
//!
//! Async tasks that are woken one by one enter the queue one by one, and each looks whether a worker has to be woken. In a
//! burst they enter together, and that is looked at once.

use std::task::Waker;

use super::{Task, waker};
use crate::guard;

/// Tasks that were woken and are to be queued.
///
/// They are queued at the latest before somebody else's waker is woken, which may take its time. With the hold on a task
/// foreign values may go, as with an executor: what panics there is reported, and the others have their turn.
pub(crate) struct Burst(Vec<Task>);

impl Burst {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn wake(&mut self, waker: Waker) {
        match waker::into_task(waker) {
            Ok(task) if task.home().is_some_and(|home| home.host().is_some()) => {
                guard::run_quietly("a waker", || {
                    if task.is_queued_by_wake() {
                        self.0.push(Task::new(task));
                    }
                });
            }
            Ok(task) => self.wake_apart(task.into_waker()),
            Err(waker) => self.wake_apart(waker),
        }
    }

    fn wake_apart(&mut self, waker: Waker) {
        self.queue();
        guard::run_quietly("a waker", || waker.wake());
    }

    /// Queues those that were woken.
    pub(crate) fn queue(&mut self) {
        let mut tasks = self.0.drain(..).peekable();
        while let Some(first) = tasks.next() {
            guard::run_quietly("a waker", || {
                let home = first
                    .cell()
                    .home()
                    .and_then(|home| Some(home.host()?.clone()));
                let host = home.expect("only those are here that have one");
                let pool = host.pool();
                let is_there =
                    |task: &Task| task.cell().home().is_some_and(|home| home.pool() == pool);
                let others = std::iter::from_fn(|| tasks.next_if(is_there));
                host.requeue_all(&mut std::iter::once(first).chain(others));
            });
        }
    }
}
