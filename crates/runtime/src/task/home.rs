//! The executor that took a task, as the task sees it.

use std::sync::Arc;

use creel_core::Clock;
use creel_core::ledger::Event;

use super::Task;
use super::cell::Requeue;
use super::header::{Address, Header, Mark};
use super::label::Label;
use super::options::Side;
use crate::clock;
use crate::pool::{directory, worker};
use crate::seeded;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// What an executor must be told of some of its tasks.
pub(crate) trait Host: Send + Sync {
    /// Queues an async task to be polled again.
    fn requeue(&self, task: Task, how: Requeue);

    /// Queues async tasks that were woken one after the other.
    fn requeue_all(&self, tasks: &mut dyn Iterator<Item = Task>) {
        tasks.for_each(|task| self.requeue(task, Requeue::Woken));
    }

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
    fn ended(&self, ticket: Option<usize>);

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

/// An id that no other executor has; tasks have room for four bytes less one number.
pub(crate) fn next_id() -> usize {
    // Not one of a model's own: it outlives a model.
    static IDS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let id = IDS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    assert!(
        id < u32::MAX as usize,
        "a process makes fewer than four billion executors"
    );
    id
}

/// The executor that takes a task, and what the task is to tell it.
pub(crate) struct Home {
    pool: usize,
    stay: Stay,
    marks: u32,
}

/// How a task knows its executor.
enum Stay {
    /// By the id.
    Known,
    /// It holds it from here on.
    Lodged(Lodging),
    /// It has held it from the beginning, and is kept under a ticket.
    Kept(usize),
}

/// A task's stay with an executor that it holds.
pub(crate) struct Lodging {
    host: Arc<dyn Host>,
    /// Under which the executor keeps the task. Written before the task's state says that it is bound.
    ticket: AtomicUsize,
}

const NO_TICKET: usize = usize::MAX;

/// Where a task is at home, as the task itself knows it.
#[derive(Clone, Copy)]
pub(crate) struct Residence<'a> {
    header: &'a Header,
    /// None of a task that knows its pool by the id only.
    lodging: Option<&'a Lodging>,
}

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
    /// Of a plain task: its pool need not be told anything.
    pub(crate) fn pool(id: usize) -> Self {
        Self {
            pool: id,
            stay: Stay::Known,
            marks: 0,
        }
    }

    /// Of a task that its executor keeps under a ticket, and that is queued there again and again.
    pub(crate) fn host_of(host: Arc<dyn Host>, ticket: Option<usize>) -> Self {
        Self {
            pool: host.pool(),
            stay: Stay::Lodged(Lodging {
                host,
                ticket: AtomicUsize::new(ticket.unwrap_or(NO_TICKET)),
            }),
            marks: 0,
        }
    }

    /// The same of a task that was made for that executor, and has its [`Lodging`].
    pub(crate) fn of_lodger(id: usize, ticket: usize) -> Self {
        Self {
            pool: id,
            stay: Stay::Kept(ticket),
            marks: 0,
        }
    }

    /// Of a task whose place in the queue is counted.
    pub(crate) fn told(mut self) -> Self {
        self.marks |= Mark::Told as u32;
        self
    }

    /// Of a task that the executor follows.
    pub(crate) fn listed(mut self) -> Self {
        self.marks |= Mark::Listed as u32;
        self
    }

    /// Notes it beside the task, which has room for a lodging if this has one; what the task's header is to say.
    #[inline]
    pub(super) fn enter(self, side: &impl Side) -> Address {
        let pool = match self.stay {
            Stay::Known => Some(self.pool as u32),
            Stay::Lodged(lodging) => {
                let extras = side.extras().expect("only a pool takes plain tasks");
                let Ok(()) = extras.lodging.set(lodging) else {
                    unreachable!("a task is taken by one executor, once");
                };
                None
            }
            Stay::Kept(ticket) => {
                let lodging = side.lodging().expect("it was made with that");
                lodging.ticket.store(ticket, Ordering::Relaxed);
                None
            }
        };
        Address::new(pool, self.marks)
    }
}

impl<'a> Residence<'a> {
    /// Where the task of this header is at home, once an executor took it.
    pub(super) fn of(header: &'a Header, lodging: Option<&'a Lodging>) -> Option<Self> {
        (lodging.is_some() || header.pool().is_some()).then_some(Self { header, lodging })
    }

    /// Enters what happened to the task on this thread in the executor's ledger.
    pub(crate) fn count(&self, task: usize, event: Event) {
        if !worker::count(self.pool(), event) {
            self.tell(|host| host.count(event));
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
    pub(crate) fn lister(&self) -> Option<&'a Arc<dyn Host>> {
        self.host().filter(|_| self.header.has(Mark::Listed))
    }

    #[inline]
    pub(crate) fn left_queue(&self, left: Left, weight: u64) {
        if self.header.has(Mark::Told) {
            self.tell_who_left(left, weight);
        }
    }

    #[inline(never)]
    fn tell_who_left(&self, left: Left, weight: u64) {
        if let Some(news) = self.note(left)
            && worker::with_pool(self.pool(), |shared| shared.left_queue(news, weight)).is_none()
        {
            self.tell(|host| host.left_queue(news, weight));
        }
    }

    /// What of it is news.
    fn note(&self, left: Left) -> Option<Left> {
        let before = self.header.mark(left.marks());
        let news = |part: Left| left.marks() & part.marks() & !before != 0;
        match (news(Left::Task), news(Left::Entry)) {
            (true, true) => Some(Left::Both),
            (true, false) => Some(Left::Task),
            (false, true) => Some(Left::Entry),
            (false, false) => None,
        }
    }

    pub(crate) fn ended(&self) {
        if let Some(lodging) = self.lodging {
            lodging.host.ended(lodging.ticket());
        }
    }

    /// The clock that deadlines go by there.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.host().map_or_else(clock::current, |host| host.clock())
    }

    /// The executor, wherever it has to be looked for; `None` once it is gone.
    pub(crate) fn find_host(&self) -> Option<Arc<dyn Host>> {
        match self.host() {
            Some(host) => Some(Arc::clone(host)),
            None => Some(directory::find(self.pool())?),
        }
    }

    fn tell(&self, news: impl FnOnce(&dyn Host)) {
        match self.host() {
            Some(host) => news(&**host),
            None => {
                if let Some(pool) = directory::find(self.pool()) {
                    news(&*pool);
                }
            }
        }
    }

    pub(crate) fn host(&self) -> Option<&'a Arc<dyn Host>> {
        self.lodging.map(|lodging| &lodging.host)
    }

    /// The executor that this thread must drive for the task to go on.
    pub(crate) fn driver(&self) -> Option<Arc<seeded::Shared>> {
        Arc::clone(self.host()?).driver()
    }

    /// Under which the executor keeps the task.
    pub(crate) fn ticket(&self) -> Option<usize> {
        self.lodging?.ticket()
    }

    pub(crate) fn pool(&self) -> usize {
        match self.lodging {
            Some(lodging) => lodging.host.pool(),
            None => self.header.pool().expect("it was looked at before"),
        }
    }
}

impl Lodging {
    /// With an executor that will take the task, and give it a ticket then.
    pub(crate) fn with(host: Arc<dyn Host>) -> Self {
        Self {
            host,
            ticket: AtomicUsize::new(NO_TICKET),
        }
    }

    fn ticket(&self) -> Option<usize> {
        Some(self.ticket.load(Ordering::Relaxed)).filter(|ticket| *ticket != NO_TICKET)
    }
}

impl Left {
    /// What is marked in a task.
    const fn marks(self) -> u32 {
        match self {
            Self::Task => Mark::TaskLeft as u32,
            Self::Entry => Mark::EntryLeft as u32,
            Self::Both => Mark::TaskLeft as u32 | Mark::EntryLeft as u32,
        }
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;
