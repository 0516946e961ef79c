//! The executor that took a task, as the task sees it.

use std::sync::Arc;

use creel_core::Clock;
use creel_core::ledger::Event;

use super::Task;
use super::cell::Requeue;
use super::label::Label;
use crate::clock;
use crate::pool::{directory, worker};
use crate::seeded;
use crate::sync::atomic::{AtomicU8, Ordering};

/// What an executor must be told of some of its tasks.
pub(crate) trait Host: Send + Sync {
    /// Queues an async task to be polled again.
    fn requeue(self: Arc<Self>, task: Task, how: Requeue);

    /// Takes a task in, whatever room there is, and queues it.
    fn adopt(self: Arc<Self>, task: Task);

    /// Something happened to one of its tasks on a thread that is none of its workers.
    fn count(&self, event: Event);

    /// A task that is listed has taken a step, on the worker in that slot or away from all of them.
    fn follow(&self, _task: usize, _event: Event, _worker: Option<usize>) {}

    /// The poll of a task that is listed waits for another one.
    fn await_task(&self, _task: usize, _awaited: Label) {}

    /// A task of that weight has left the queue, or its entry.
    fn left_queue(&self, left: Left, weight: u64);

    /// An async task is done and settled.
    fn ended(self: Arc<Self>, ticket: Option<usize>);

    /// The clock that its tasks' deadlines go by.
    fn clock(&self) -> Arc<dyn Clock> {
        clock::current()
    }

    /// The id of the executor.
    fn pool(&self) -> usize;

    /// The executor, if it has no threads of its own and this thread is the one that drives it.
    fn driver(self: Arc<Self>) -> Option<Arc<seeded::Shared>> {
        None
    }
}

/// An id that no other executor has.
pub(crate) fn next_id() -> usize {
    // Not one of a model's own: it outlives a model.
    static IDS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    IDS.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// Where a task is at home.
pub(crate) enum Home {
    /// A pool that need not be told anything, by its id.
    Pool(usize),
    /// An executor that is told.
    Host(Lodging),
}

/// A task's stay with an executor that is told of its start and its end, once each.
pub(crate) struct Lodging {
    host: Arc<dyn Host>,
    /// Under which the executor keeps the task, or [`NO_TICKET`]; small, since every task has room for it.
    ticket: u32,
    /// Whether the executor follows each step of the task.
    is_listed: bool,
    /// The bits of what has left the queue.
    left: AtomicU8,
}

const NO_TICKET: u32 = u32::MAX;

/// What has left an executor's queue.
///
/// A task leaves when it starts or ends, its entry when somebody takes it out. Usually that is one event; but a task
/// that is cancelled, or run by whoever waits for it, leaves its entry behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Task = 0b01,
    Entry = 0b10,
    Both = 0b11,
}

impl Home {
    pub(crate) fn host_of(host: Arc<dyn Host>, ticket: Option<usize>) -> Self {
        Self::Host(Lodging {
            host,
            ticket: ticket.map_or(NO_TICKET, |ticket| {
                u32::try_from(ticket).expect("no pool has so many tasks at a time")
            }),
            is_listed: false,
            left: AtomicU8::new(0),
        })
    }

    /// Of a task that the executor follows.
    pub(crate) fn listed(mut self) -> Self {
        if let Self::Host(lodging) = &mut self {
            lodging.is_listed = true;
        }
        self
    }

    /// Enters what happened to the task on this thread in the executor's ledger.
    pub(crate) fn count(&self, task: usize, event: Event) {
        if !worker::count(self.pool(), event) {
            match self {
                Self::Host(lodging) => lodging.host.count(event),
                Self::Pool(id) => {
                    if let Some(pool) = directory::find(*id) {
                        pool.count(event);
                    }
                }
            }
        }
        self.follow(task, event, None);
    }

    /// Tells an executor that lists the task of a step that its ledger has.
    pub(crate) fn follow(&self, task: usize, event: Event, worker: Option<usize>) {
        if let Some(host) = self.lister() {
            host.follow(task, event, worker);
        }
    }

    /// The executor, if it lists the task.
    pub(crate) fn lister(&self) -> Option<&Arc<dyn Host>> {
        match self {
            Self::Host(lodging) if lodging.is_listed => Some(&lodging.host),
            Self::Host(_) | Self::Pool(_) => None,
        }
    }

    pub(crate) fn left_queue(&self, left: Left, weight: u64) {
        if let Self::Host(lodging) = self
            && let Some(news) = lodging.note(left)
        {
            lodging.host.left_queue(news, weight);
        }
    }

    pub(crate) fn ended(&self) {
        if let Self::Host(lodging) = self {
            Arc::clone(&lodging.host).ended(lodging.ticket());
        }
    }

    /// The clock that deadlines go by there.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::Host(lodging) => lodging.host.clock(),
            Self::Pool(_) => clock::current(),
        }
    }

    /// The executor, wherever it has to be looked for; `None` once it is gone.
    pub(crate) fn find_host(&self) -> Option<Arc<dyn Host>> {
        match self {
            Self::Host(lodging) => Some(Arc::clone(&lodging.host)),
            Self::Pool(id) => Some(directory::find(*id)?),
        }
    }

    pub(crate) fn host(&self) -> Option<&Arc<dyn Host>> {
        match self {
            Self::Host(lodging) => Some(&lodging.host),
            Self::Pool(_) => None,
        }
    }

    /// The executor that this thread must drive for the task to go on.
    pub(crate) fn driver(&self) -> Option<Arc<seeded::Shared>> {
        Arc::clone(self.host()?).driver()
    }

    /// Under which the executor keeps the task.
    pub(crate) fn ticket(&self) -> Option<usize> {
        match self {
            Self::Pool(_) => None,
            Self::Host(lodging) => lodging.ticket(),
        }
    }

    pub(crate) fn pool(&self) -> usize {
        match self {
            Self::Pool(pool) => *pool,
            Self::Host(lodging) => lodging.host.pool(),
        }
    }
}

impl Lodging {
    fn ticket(&self) -> Option<usize> {
        (self.ticket != NO_TICKET).then_some(self.ticket as usize)
    }

    /// What of it is news.
    fn note(&self, left: Left) -> Option<Left> {
        let before = self.left.fetch_or(left as u8, Ordering::AcqRel);
        match left as u8 & !before {
            0b01 => Some(Left::Task),
            0b10 => Some(Left::Entry),
            0b11 => Some(Left::Both),
            _ => None,
        }
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;
