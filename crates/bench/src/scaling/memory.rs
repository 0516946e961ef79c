//! What it costs to touch memory that several cores share.
//!
//! A line is held by one core that may write it, or by any number that read it. Whoever has it pays next to nothing;
//! anybody else has it sent over, and a line is sent to one core at a time: the others stand in line for it. That is
//! what contention costs, and all of it that is told here: one socket, no prefetching, no false sharing.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use super::engine::{Actor, Nanoseconds, Time};

/// A read of a line that is there.
pub(super) const HIT: Nanoseconds = 1;
/// An atomic step, or a full fence, on a line that is there. Two were measured to take 2 and 9 ns.
pub(super) const STEP: Nanoseconds = 5;
/// A line sent from one core to another: half of the way there and back on the faster of two machines measured. Virtual
/// processors that are far from each other take four times as long.
const TRANSFER: Nanoseconds = 50;
/// For so long a read of a line that nobody has written since the last read keeps the next reader waiting: it comes from
/// the cache that all share.
const SHARED_READ: Nanoseconds = 4;

/// What the accesses to one kind of line came to.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    /// Lines that were sent from core to core.
    transfers: Cell<u64>,
    /// Time for which a core stood in line behind others.
    queued: Cell<Nanoseconds>,
}

impl Traffic {
    pub(super) fn transfers(&self) -> u64 {
        self.transfers.get()
    }

    pub(super) fn queued(&self) -> Nanoseconds {
        self.queued.get()
    }
}

/// A cache line.
pub(super) struct Line {
    time: Rc<Time>,
    traffic: Rc<Traffic>,
    /// Who may write it, if nobody else reads it.
    owner: Cell<Option<Actor>>,
    readers: RefCell<HashSet<Actor>>,
    free_at: Cell<Nanoseconds>,
}

impl Line {
    pub(super) fn new(time: &Rc<Time>, traffic: &Rc<Traffic>) -> Self {
        Self {
            time: Rc::clone(time),
            traffic: Rc::clone(traffic),
            owner: Cell::new(None),
            readers: RefCell::default(),
            free_at: Cell::new(0),
        }
    }

    /// What a read costs this core.
    pub(super) fn reading(&self, core: Actor) -> Nanoseconds {
        if self.owner.get() == Some(core) || !self.readers.borrow_mut().insert(core) {
            return HIT;
        }
        // Whoever wrote it gives it up; from then on it comes from the cache that all share.
        let occupied = match self.owner.take() {
            Some(owner) => {
                self.readers.borrow_mut().insert(owner);
                TRANSFER
            }
            None => SHARED_READ,
        };
        self.in_line(occupied) + TRANSFER
    }

    pub(super) async fn read(&self, core: Actor) {
        self.time.pass(core, self.reading(core)).await;
    }

    /// A write or an atomic step.
    pub(super) async fn write(&self, core: Actor) {
        if self.owner.get() != Some(core) {
            let turn = self.in_line(TRANSFER);
            // Whoever has it keeps it, and may step on, until it is this core's turn.
            self.time.pass(core, turn).await;
            self.owner.set(Some(core));
            self.readers.borrow_mut().clear();
            self.time.pass(core, TRANSFER).await;
        }
        self.time.pass(core, STEP).await;
    }

    /// How long this core stands in line until the line is sent to it, which keeps the next waiting for that long.
    fn in_line(&self, occupied: Nanoseconds) -> Nanoseconds {
        let now = self.time.now();
        let start = self.free_at.get().max(now);
        self.free_at.set(start + occupied);
        let traffic = &self.traffic;
        traffic.transfers.set(traffic.transfers.get() + 1);
        traffic.queued.set(traffic.queued.get() + start - now);
        start - now
    }
}
