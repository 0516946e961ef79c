//! Where tasks wait: one queue for what comes from outside, and one for each worker. Beside it each worker has one for the
//! jobs that it lends: it takes them back from the top, and others the oldest, one at a time.
//!
//! A worker takes the newest of its own first (what was started is finished before something else begins), the
//! oldest of the common queue, and the oldest of another worker's. What comes from outside therefore starts in
//! the order in which it was submitted. Of short tasks a worker takes several at a time from the common queue, its batch, and
//! others may begin later ones before those: one that is busy with longer tasks takes what is left of other workers' batches
//! before it takes from the common queue.
//!
//! While something is in its batch a worker takes nothing else that came from outside. So what stands behind a task of a batch is
//! newer, and of all that came from outside and has not ended the first is at work, or next: such a task may wait for earlier
//! ones by whatever means.

use std::cell::Cell;
use std::sync::Arc;

use crossbeam_deque::{Steal, Stealer, Worker as Deque};
use once_cell::sync::OnceCell;

use super::entry::{Entry, Opened};
use super::inbox::{Batch, BatchTakers, Inbox};
use super::stride::Stride;
use crate::job::{JobRef, Row, Takers};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// Every so many turns a worker looks elsewhere first: at the common queue, at the oldest of its own, at the other
/// workers', in turn. Otherwise work that begets work would keep what waits there waiting for ever.
const FAIRNESS: u64 = 61;
/// After so many turns a worker looks at another's batch before it takes from the common queue, also if all tasks are short and
/// nobody stays away from its batch for long.
const LOOK_EVERY: u64 = 3 * FAIRNESS;

/// Whether a worker that has had so many turns looks elsewhere first.
#[inline]
pub(crate) const fn looks_elsewhere(turns: u64) -> bool {
    turns.is_multiple_of(FAIRNESS)
}

pub(crate) struct Queues {
    inbox: Arc<Inbox>,
    slots: Box<[OnceCell<Slot>]>,
    /// Slots below this were used at some time. Raised before the first task is in a new slot's queue, and
    /// read after the fence of whoever looks for work.
    used: AtomicUsize,
}

/// A worker's queues, kept for the next worker in its place when one leaves.
struct Slot {
    stealer: Stealer<Entry>,
    batch: BatchTakers,
    lent: Takers,
    resting: Mutex<Option<Own>>,
}

/// What one worker alone puts things into.
pub(crate) struct Own {
    pub(super) tasks: Deque<Entry>,
    /// What it has taken from the common queue, and not come to.
    batch: Batch,
    /// How many it takes from there at a time.
    pub(super) stride: Stride,
    /// How often it has looked at another's batch, and after how many turns.
    looked: Cell<usize>,
    looked_at: Cell<u64>,
    /// What it lends while it runs something else: see [`job`](crate::job).
    pub(super) lent: Row,
}

impl Queues {
    pub(crate) fn new(slots: usize) -> Self {
        Self {
            inbox: Arc::new(Inbox::new()),
            slots: (0..slots).map(|_| OnceCell::new()).collect(),
            used: AtomicUsize::new(0),
        }
    }

    /// Takes the queues of a slot for a worker that starts there.
    pub(crate) fn open(&self, slot: usize) -> Own {
        let entry = self.slots[slot].get_or_init(|| {
            let own = Own {
                tasks: Deque::new_lifo(),
                batch: Batch::new(&self.inbox),
                stride: Stride::new(),
                looked: Cell::new(0),
                looked_at: Cell::new(0),
                lent: Row::new(),
            };
            Slot {
                stealer: own.tasks.stealer(),
                batch: own.batch.takers(),
                lent: own.lent.takers(),
                resting: Mutex::new(Some(own)),
            }
        });
        self.used.fetch_max(slot + 1, Ordering::AcqRel);
        entry
            .resting
            .lock()
            .take()
            .expect("a slot has one worker at a time")
    }

    /// Gives the queues back; what is still in them can be stolen.
    pub(crate) fn close(&self, slot: usize, own: Own) {
        own.batch.settle();
        let entry = self.slots[slot].get().expect("the slot was opened");
        *entry.resting.lock() = Some(own);
    }

    #[inline]
    pub(crate) fn push(&self, entry: impl Into<Entry>) {
        self.inbox.put(entry.into());
    }

    /// The next task for the worker of `slot`, which has had so many turns: mostly of its own, or of the common queue.
    ///
    /// `took_more` is called if the worker has taken others with it, which are in no queue on their way: whoever fell asleep
    /// meanwhile has missed them.
    pub(crate) fn find_near(
        &self,
        slot: usize,
        own: &Own,
        turns: u64,
        took_more: impl FnOnce(),
    ) -> Option<Entry> {
        let elsewhere = match looks_elsewhere(turns) {
            true => self.find_elsewhere(slot, own, turns),
            false => None,
        };
        elsewhere
            .or_else(|| own.tasks.pop())
            .or_else(|| own.batch.take())
            .or_else(|| {
                let most = own.stride.choose(turns);
                let is_due = turns.wrapping_sub(own.looked_at.get()) >= LOOK_EVERY;
                let taken = if most == 1 || is_due {
                    self.find_oldest(slot, own, turns)
                } else {
                    own.batch.refill(most, took_more)
                };
                taken.inspect(|_| own.stride.took(turns))
            })
    }

    #[cold]
    fn find_elsewhere(&self, slot: usize, own: &Own, turns: u64) -> Option<Entry> {
        match turns / FAIRNESS % 3 {
            0 => own
                .batch
                .take()
                .or_else(|| self.find_oldest(slot, own, turns)),
            1 => self.steal_oldest(slot),
            _ => self.steal_one_from_others(slot),
        }
    }

    /// Takes one task from outside, for a worker with nothing in its batch: what another worker has taken with others and not
    /// come to, or else the oldest of the common queue. It looks at one worker each time.
    fn find_oldest(&self, slot: usize, own: &Own, turns: u64) -> Option<Entry> {
        own.looked_at.set(turns);
        let looked = own.looked.replace(own.looked.get().wrapping_add(1));
        let used = self.used.load(Ordering::Acquire);
        looked
            .checked_rem(used - 1)
            .and_then(|offset| self.slots[(slot + 1 + offset) % used].get())
            .and_then(|slot| slot.batch.take())
            .or_else(|| self.inbox.take())
    }

    /// Looks at the common queue, then at the other workers', each once and again where somebody interfered.
    pub(crate) fn search(&self, slot: usize, own: &Own) -> Option<Entry> {
        own.batch
            .take()
            .or_else(|| self.inbox.take())
            .or_else(|| self.steal_from_others(slot, &own.tasks))
            .or_else(|| self.take_from_batches())
    }

    fn take_from_batches(&self) -> Option<Entry> {
        self.slots().find_map(|slot| slot.batch.take())
    }

    fn steal_oldest(&self, slot: usize) -> Option<Entry> {
        let stealer = &self.slots[slot].get()?.stealer;
        std::iter::repeat_with(|| stealer.steal())
            .find(|steal| !steal.is_retry())?
            .success()
    }

    /// Takes the oldest of another worker's.
    ///
    /// Several would be in no queue on their way, where a worker that falls asleep at that moment misses them; and a worker
    /// that is busy already looks at nobody's sleep once it has them.
    fn steal_one_from_others(&self, slot: usize) -> Option<Entry> {
        let used = self.used.load(Ordering::Acquire);
        (1..used.max(1)).find_map(|offset| self.steal_oldest((slot + offset) % used))
    }

    /// Takes several from another worker, for one that is counted as searching: when it turns busy it looks whether it was
    /// the last.
    fn steal_from_others(&self, slot: usize, own: &Deque<Entry>) -> Option<Entry> {
        let used = self.used.load(Ordering::Acquire);
        loop {
            let mut interfered = false;
            for offset in 1..used.max(1) {
                match self.slots[(slot + offset) % used]
                    .get()
                    .map(|slot| slot.stealer.steal_batch_and_pop(own))
                {
                    Some(Steal::Success(task)) => return Some(task),
                    Some(Steal::Retry) => interfered = true,
                    Some(Steal::Empty) | None => {}
                }
            }
            if !interfered {
                return None;
            }
        }
    }

    /// Takes the oldest job that another worker lends.
    pub(crate) fn borrow_from_others(&self, slot: usize) -> Option<JobRef> {
        let used = self.used.load(Ordering::Acquire);
        (1..used.max(1)).find_map(|offset| self.borrow_from((slot + offset) % used))
    }

    /// Takes the oldest job that the worker of that slot lends.
    pub(crate) fn borrow_from(&self, slot: usize) -> Option<JobRef> {
        self.slots[slot].get()?.lent.take()
    }

    /// Takes one task from wherever there is one, for a caller that is no worker.
    pub(crate) fn steal_any(&self) -> Option<Entry> {
        self.inbox
            .take()
            .or_else(|| self.take_from_batches())
            .or_else(|| {
                self.stealers().find_map(|stealer| {
                    std::iter::repeat_with(|| stealer.steal())
                        .find(|steal| !steal.is_retry())?
                        .success()
                })
            })
    }

    /// Takes out what came after the pool's end. Whoever queued it has to end it, and still holds it.
    pub(crate) fn clear(&self) {
        while let Some(entry) = self.steal_any() {
            match entry.open() {
                Opened::Task(task) => task.withdraw(),
                Opened::Detached(_) => {
                    unreachable!("only a worker queues one, and a pool has no end before it")
                }
            }
        }
    }

    /// Whether nobody waits, and nothing is lent.
    ///
    /// What goes from the common queue to a batch meanwhile is missed; whoever takes it there answers for it.
    pub(crate) fn is_empty(&self) -> bool {
        self.inbox.is_empty()
            && self.slots().all(|slot| {
                slot.batch.is_empty() && slot.stealer.is_empty() && slot.lent.is_empty()
            })
    }

    pub(crate) fn len(&self) -> usize {
        self.inbox.len()
            + self
                .slots()
                .map(|slot| slot.batch.len() + slot.stealer.len())
                .sum::<usize>()
    }

    fn stealers(&self) -> impl Iterator<Item = &Stealer<Entry>> {
        self.slots().map(|slot| &slot.stealer)
    }

    fn slots(&self) -> impl Iterator<Item = &Slot> {
        let used = self.used.load(Ordering::Acquire);
        self.slots[..used].iter().filter_map(OnceCell::get)
    }
}

#[cfg(all(test, not(any(creel_loom, creel_shuttle))))]
mod tests;
