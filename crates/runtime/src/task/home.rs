//! The executor that took a task, as the task sees it.

use std::sync::Arc;

use super::Task;
use super::cell::Requeue;

/// What an executor must be told of some of its tasks.
pub(crate) trait Host: Send + Sync {
    /// Queues an async task to be polled again.
    fn requeue(self: Arc<Self>, task: Task, how: Requeue);

    /// A task that was queued has started, or will not.
    fn departed(&self);

    /// An async task is done and settled.
    fn ended(self: Arc<Self>, ticket: Option<usize>);

    /// The address that names the executor.
    fn pool(&self) -> usize;
}

/// Where a task is at home.
pub(crate) enum Home {
    /// A pool that need not be told anything, named by its address.
    Pool(usize),
    /// An executor that is told, with the ticket under which it keeps the task.
    Host(Arc<dyn Host>, Option<usize>),
}

impl Home {
    pub(crate) fn departed(&self) {
        if let Self::Host(host, _) = self {
            host.departed();
        }
    }

    pub(crate) fn ended(&self) {
        if let Self::Host(host, ticket) = self {
            Arc::clone(host).ended(*ticket);
        }
    }

    pub(crate) fn host(&self) -> Option<&Arc<dyn Host>> {
        match self {
            Self::Host(host, _) => Some(host),
            Self::Pool(_) => None,
        }
    }

    pub(crate) fn is_pool(&self, pool: usize) -> bool {
        match self {
            Self::Pool(own) => *own == pool,
            Self::Host(host, _) => host.pool() == pool,
        }
    }
}
