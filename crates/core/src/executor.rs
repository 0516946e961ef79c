//! The life of an executor: its phases and its workers, told as a value.
//!
//! ```text
//!   Accepting ── shutdown ──▶ Draining ── last worker left ──▶ Terminated
//!       │                        │ shutdown_now                   ▲
//!       └───── shutdown_now ─────┴────▶ Stopping ── last worker ──┘
//! ```
//!
//! And of each worker, as counts:
//!
//! ```text
//!   start ──▶ searching ── work_found ──▶ busy ── block ──▶ blocked
//!             ▲  │    ▲                   │  │ ◀─ unblock ──┘
//!       claim │  │    └───── search ──────┘  │
//!             │  ▼ fall_asleep               │ turn_ended
//!             idle ── keep_alive_passed ──▶ gone
//! ```
//!
//! A busy worker falls asleep without a search, by `doze`, where enough others search. Both ways to sleep lead out when the
//! executor does not accept tasks any more.
//!
//! A worker that has something to do before its first task is busy with that, by `work_found`, and searches afterwards;
//! or it is gone, by `hook_failed`.
//!
//! A task is never stranded: whoever publishes one asks [`Snapshot::published`] afterwards, and a worker that
//! falls asleep or leaves publishes that first and looks at the queues again afterwards. Between the two steps of each side
//! stands a full fence, its own or one that the other side makes for both, so at least one of them sees the other.

mod action;

pub use action::{
    Admit, Block, Found, Publish, Search, Shutdown, Sleep, StartFailed, Stay, Terminate,
};

/// Where an executor is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It takes tasks and runs them.
    Accepting,
    /// It takes nothing from outside, and runs what it has.
    Draining,
    /// It takes nothing, and cancels what has not started.
    Stopping,
    /// Its last worker has left; nothing is queued.
    Terminated,
}

/// How many workers there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Idle workers do not leave below this.
    pub min_workers: u16,
    /// At most so many workers that are not blocked.
    pub max_workers: u16,
    /// At most so many more, while others are blocked.
    pub max_spares: u16,
    /// A worker is replaced after so many tasks; `None` for never.
    pub max_tasks_per_worker: Option<u64>,
}

/// Who submits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A thread that is not a worker of this executor.
    Outside,
    /// A task that runs on this executor.
    Worker,
}

/// How to shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Run what is queued.
    Drain,
    /// Cancel what is queued.
    Stop,
}

impl Limits {
    /// The same limits for a caller that must not start a worker.
    pub const fn without_start(self) -> Self {
        Self {
            max_workers: 0,
            ..self
        }
    }
}

/// An executor's life at one instant: its phase and how many workers do what.
///
/// It packs into one 64-bit word ([`bits`](Self::bits)), which a runtime keeps in an atomic and advances by
/// compare-and-swap. Workers that are not idle, searching or blocked are busy.
///
/// ```
/// use creel_core::executor::{Limits, Publish, Snapshot};
///
/// let limits = Limits { min_workers: 0, max_workers: 1, max_spares: 0, max_tasks_per_worker: None };
/// let (action, one) = Snapshot::new().published(limits);
/// assert_eq!((action, one.workers()), (Publish::Start, 1));
/// // The worker that is about to search will find the second task as well.
/// assert_eq!(one.published(limits), (Publish::Leave, one));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Snapshot {
    phase: Phase,
    workers: u16,
    idle: u16,
    searching: u16,
    blocked: u16,
}

/// No executor has more workers than this, spares included.
pub const MAX_WORKERS: u16 = (1 << COUNT_BITS) - 1;
const COUNT_BITS: u32 = 15;

impl Snapshot {
    /// An executor that accepts tasks and has no worker yet.
    pub const fn new() -> Self {
        Self {
            phase: Phase::Accepting,
            workers: 0,
            idle: 0,
            searching: 0,
            blocked: 0,
        }
    }

    /// The value that [`bits`](Self::bits) gave; of any other word the counts mean nothing.
    pub const fn from_bits(bits: u64) -> Self {
        Self {
            phase: match bits & 0b11 {
                0 => Phase::Accepting,
                1 => Phase::Draining,
                2 => Phase::Stopping,
                _ => Phase::Terminated,
            },
            workers: Self::count(bits, 0),
            idle: Self::count(bits, 1),
            searching: Self::count(bits, 2),
            blocked: Self::count(bits, 3),
        }
    }

    /// The value as a word, for storage in an atomic.
    pub const fn bits(self) -> u64 {
        self.phase as u64
            + Self::place(self.workers, 0)
            + Self::place(self.idle, 1)
            + Self::place(self.searching, 2)
            + Self::place(self.blocked, 3)
    }

    /// Somebody wants to queue a task.
    pub const fn admit(self, origin: Origin) -> Admit {
        match (self.phase, origin) {
            (Phase::Accepting, _) | (Phase::Draining, Origin::Worker) => Admit::Accept,
            _ => Admit::Reject,
        }
    }

    /// A task stands in a queue. The caller puts a full fence between the two.
    pub const fn published(self, limits: Limits) -> (Publish, Self) {
        if matches!(self.phase, Phase::Terminated) {
            (Publish::Reclaim, self)
        } else if self.searching > 0 {
            (Publish::Leave, self)
        } else if self.idle > 0 {
            (Publish::Wake, self.claimed())
        } else if self.may_start(limits) {
            (Publish::Start, self.started())
        } else {
            (Publish::Leave, self)
        }
    }

    /// A worker is to be there before there is work for it.
    pub const fn prestart(self, limits: Limits) -> (Publish, Self) {
        if matches!(self.phase, Phase::Accepting) && self.workers < limits.min_workers {
            (Publish::Start, self.started())
        } else {
            (Publish::Leave, self)
        }
    }

    /// A searching worker holds a task.
    pub const fn work_found(self) -> (Found, Self) {
        debug_assert!(self.searching > 0);
        let busy = Self {
            searching: self.searching - 1,
            ..self
        };
        if busy.searching == 0 {
            (Found::PassOn, busy)
        } else {
            (Found::Run, busy)
        }
    }

    /// A busy worker has nothing left of its own.
    ///
    /// At most half of the workers search at a time; each look at the queues takes time from those who fill
    /// them.
    pub const fn search(self) -> (Search, Self) {
        debug_assert!(self.busy() > 0);
        if 2 * self.searching >= self.workers {
            (Search::Enough, self)
        } else {
            (
                Search::Search,
                Self {
                    searching: self.searching + 1,
                    ..self
                },
            )
        }
    }

    /// A searching worker found nothing.
    pub const fn fall_asleep(self) -> (Sleep, Self) {
        debug_assert!(self.searching > 0);
        Self {
            searching: self.searching - 1,
            ..self
        }
        .doze()
    }

    /// A busy worker goes to sleep without a search of its own, since enough others search.
    pub const fn doze(self) -> (Sleep, Self) {
        if matches!(self.phase, Phase::Accepting) {
            (
                Sleep::LookAgain,
                Self {
                    idle: self.idle + 1,
                    ..self
                },
            )
        } else {
            (
                Sleep::Leave,
                Self {
                    workers: self.workers - 1,
                    ..self
                },
            )
        }
    }

    /// An idle worker is woken, by a claim or because it saw work itself: it searches.
    pub const fn claimed(self) -> Self {
        debug_assert!(self.idle > 0);
        Self {
            idle: self.idle - 1,
            searching: self.searching + 1,
            ..self
        }
    }

    /// An idle worker was not needed for as long as it may stay.
    pub const fn keep_alive_passed(self, limits: Limits) -> (Stay, Self) {
        debug_assert!(self.idle > 0);
        if self.workers > limits.min_workers {
            (
                Stay::Leave,
                Self {
                    idle: self.idle - 1,
                    workers: self.workers - 1,
                    ..self
                },
            )
        } else {
            (Stay::Stay, self)
        }
    }

    /// A busy worker has run a task as far as that goes; so many have come to their end in its hands.
    pub const fn turn_ended(self, ended: u64, limits: Limits) -> (Stay, Self) {
        let worn_out = match limits.max_tasks_per_worker {
            Some(max) => ended >= max,
            None => false,
        };
        let surplus = self.workers - self.blocked > limits.max_workers;
        if worn_out || surplus {
            (
                Stay::Leave,
                Self {
                    workers: self.workers - 1,
                    ..self
                },
            )
        } else {
            (Stay::Stay, self)
        }
    }

    /// A busy worker is about to wait for something that is not its own work.
    pub const fn block(self, limits: Limits) -> (Block, Self) {
        let blocked = Self {
            blocked: self.blocked + 1,
            ..self
        };
        if blocked.blocked == self.workers && !blocked.may_start(limits) {
            (Block::Exhausted, self)
        } else {
            (Block::Wait, blocked)
        }
    }

    /// A blocked worker goes on. More than `max_workers` may be unblocked until one of them ends its task.
    pub const fn unblock(self) -> Self {
        debug_assert!(self.blocked > 0);
        Self {
            blocked: self.blocked - 1,
            ..self
        }
    }

    /// A worker that was counted as started could not be.
    pub const fn start_failed(self) -> (StartFailed, Self) {
        debug_assert!(self.searching > 0);
        Self {
            searching: self.searching - 1,
            ..self
        }
        .hook_failed()
    }

    /// A worker that is busy with its start hook cannot go on.
    pub const fn hook_failed(self) -> (StartFailed, Self) {
        debug_assert!(self.workers > 0);
        let without = Self {
            workers: self.workers - 1,
            ..self
        };
        if without.workers == without.blocked {
            (StartFailed::Abandon, without)
        } else {
            (StartFailed::Notify, without)
        }
    }

    /// Somebody shuts the executor down.
    pub const fn shutdown(self, mode: Mode) -> (Shutdown, Self) {
        match (self.phase, mode) {
            (Phase::Accepting, Mode::Drain) => (
                Shutdown::Drain,
                Self {
                    phase: Phase::Draining,
                    ..self
                },
            ),
            (Phase::Accepting | Phase::Draining, Mode::Stop) => (
                Shutdown::Stop,
                Self {
                    phase: Phase::Stopping,
                    ..self
                },
            ),
            _ => (Shutdown::Already, self),
        }
    }

    /// Somebody saw that nothing is queued or suspended.
    pub const fn terminate(self) -> (Terminate, Self) {
        match self.phase {
            Phase::Draining | Phase::Stopping if self.workers == 0 => (
                Terminate::Ended,
                Self {
                    phase: Phase::Terminated,
                    ..self
                },
            ),
            _ => (Terminate::Nothing, self),
        }
    }

    /// Where the executor is in its life.
    pub const fn phase(self) -> Phase {
        self.phase
    }

    /// The threads there are, whatever they do.
    pub const fn workers(self) -> u16 {
        self.workers
    }

    /// The workers that sleep and can be claimed.
    pub const fn idle(self) -> u16 {
        self.idle
    }

    /// The workers that look for work, or are on their way to.
    pub const fn searching(self) -> u16 {
        self.searching
    }

    /// The workers that wait for something that is not their own work.
    pub const fn blocked(self) -> u16 {
        self.blocked
    }

    /// The workers that run a task.
    pub const fn busy(self) -> u16 {
        self.workers - self.idle - self.searching - self.blocked
    }

    const fn may_start(self, limits: Limits) -> bool {
        let ceiling = limits.max_workers.saturating_add(limits.max_spares);
        self.workers - self.blocked < limits.max_workers
            && self.workers < ceiling
            && self.workers < MAX_WORKERS
    }

    const fn started(self) -> Self {
        Self {
            workers: self.workers + 1,
            searching: self.searching + 1,
            ..self
        }
    }

    /// A count where [`count`](Self::count) finds it.
    const fn place(count: u16, field: u32) -> u64 {
        (count as u64) << (2 + field * COUNT_BITS)
    }

    const fn count(bits: u64, field: u32) -> u16 {
        (bits >> (2 + field * COUNT_BITS)) as u16 & MAX_WORKERS
    }
}

impl Default for Snapshot {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
