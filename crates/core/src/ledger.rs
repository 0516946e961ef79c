//! The ledger of an executor: how many tasks are where, in figures that add up at every instant.
//!
//! ```text
//!              ┌───────── yield ─────────┐
//!              ▼                         │
//! submit ──▶ queued ──── start ────▶ running ── succeed ──▶ succeeded
//!   ▲        │ │ ▲                    │ │ └──── panic ────▶ panicked
//!   │        │ │ └─ wake ─ suspended ◀┘ │
//!   └reclaim─┘ │               │        │
//!              └───── end ─────┴────────┴─▶ cancelled; from queued alone: expired, abandoned
//! ```
//!
//! Every step of a task is one [`Event`]. Events are counted, each in a figure of its own that only grows, and the
//! terms of the [`Ledger`] are sums and differences of those figures: so the terms add up to what was submitted
//! whatever the figures are, and no two of them have to be changed together. What can go wrong is only that the
//! figures were not true at the same instant; how a runtime reads them so is its business.
//!
//! The state of a future is finer in one place: `Pending` and `Queued` are both *queued* here.

use std::fmt;

use crate::future::State;

/// How many tasks of an executor are where, at one instant.
///
/// `submitted = queued + running + suspended + succeeded + panicked + cancelled + expired + abandoned`, always.
///
/// ```
/// use creel_core::ledger::{Counts, Event};
///
/// let mut counts = Counts::new();
/// counts.add(Event::Submitted, 3);
/// counts.add(Event::Started, 2);
/// counts.add(Event::Succeeded, 1);
/// let ledger = counts.ledger().expect("no step is under way");
/// assert_eq!((ledger.queued, ledger.running, ledger.succeeded), (1, 1, 1));
/// assert!(ledger.adds_up());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Ledger {
    /// Taken by the executor. What it gave back, because it came to its end meanwhile, is not counted any more.
    pub submitted: u64,
    /// Waiting to start, and async tasks that were woken and wait to be polled.
    pub queued: u64,
    /// Whose body runs, or is being polled.
    pub running: u64,
    /// Async tasks between two polls, waiting to be woken.
    pub suspended: u64,
    /// Whose body returned a value.
    pub succeeded: u64,
    /// Whose body panicked.
    pub panicked: u64,
    /// Cancelled before their body could end.
    pub cancelled: u64,
    /// Whose deadline passed before they could start.
    pub expired: u64,
    /// Given up by the executor before they could start.
    pub abandoned: u64,
}

impl Ledger {
    /// The tasks that are not done.
    pub const fn live(&self) -> u64 {
        self.queued + self.running + self.suspended
    }

    /// The tasks that have their outcome.
    pub const fn done(&self) -> u64 {
        self.succeeded + self.panicked + self.cancelled + self.expired + self.abandoned
    }

    /// Whether the terms add up to what was submitted, as they always do in a ledger that an executor gave.
    pub const fn adds_up(&self) -> bool {
        self.submitted == self.live() + self.done()
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            submitted,
            queued,
            running,
            suspended,
            succeeded,
            panicked,
            cancelled,
            expired,
            abandoned,
        } = self;
        write!(
            f,
            "{submitted} submitted = {queued} queued + {running} running + {suspended} suspended + \
             {succeeded} succeeded + {panicked} panicked + {cancelled} cancelled + {expired} expired + \
             {abandoned} abandoned"
        )
    }
}

/// Where the ledger has a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Waiting to start, or to be polled again.
    Queued,
    /// Its body runs, or is being polled.
    Running,
    /// Between two polls, waiting to be woken.
    Suspended,
    /// Done, with a value.
    Succeeded,
    /// Done: its body panicked.
    Panicked,
    /// Done: it was cancelled.
    Cancelled,
    /// Done: its deadline passed.
    Expired,
    /// Done: the executor gave it up.
    Abandoned,
}

impl Place {
    /// Where the ledger has a task in that state.
    pub const fn of(state: State) -> Self {
        match state {
            State::Pending | State::Queued => Self::Queued,
            State::Running => Self::Running,
            State::Suspended => Self::Suspended,
            State::Succeeded => Self::Succeeded,
            State::Panicked => Self::Panicked,
            State::Cancelled => Self::Cancelled,
            State::Expired => Self::Expired,
            State::Abandoned => Self::Abandoned,
        }
    }
}

/// One step of a task, as the ledger counts it.
///
/// Nobody but the one who took a step counts it, once. Most steps are counted before anybody else can take the next
/// one of the same task. A poll that was not ready and a wake are not: others see where the task is before the one
/// who brought it there has counted that. Such a step is [`Announced`](Self::Announced) first, and counted afterwards
/// as what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Event {
    /// An executor took the task: it is queued.
    Submitted,
    /// The executor gave a queued task back to its submitter, as if it had never come.
    Reclaimed,
    /// A queued task runs, for the first time or again.
    Started,
    /// A running task is done, with a value.
    Succeeded,
    /// A running task is done: its body panicked.
    Panicked,
    /// A queued task was cancelled.
    CancelledQueued,
    /// A task's deadline passed while it was queued.
    Expired,
    /// The executor gave a queued task up.
    Abandoned,
    /// One of the steps below is about to be taken.
    Announced,
    /// A running task was woken during its poll: it is queued again.
    Yielded,
    /// A running task waits to be woken.
    Suspended,
    /// A suspended task was woken: it is queued.
    Woken,
    /// A running task was cancelled during its poll, and ended after it.
    CancelledRunning,
    /// The step that was announced left the task where it was.
    Unchanged,
    /// A suspended task was cancelled. It was not announced, since it is the last one.
    CancelledSuspended,
}

use Event::*;

impl Event {
    /// Every event, in the order of a task's life.
    pub const ALL: [Self; 15] = [
        Submitted,
        Reclaimed,
        Started,
        Succeeded,
        Panicked,
        CancelledQueued,
        Expired,
        Abandoned,
        Announced,
        Yielded,
        Suspended,
        Woken,
        CancelledRunning,
        Unchanged,
        CancelledSuspended,
    ];

    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The step of a task that an executor has, from one state to another; `None` where no step leads.
    pub const fn between(before: State, after: State) -> Option<Self> {
        let event = match (Place::of(before), Place::of(after)) {
            (Place::Queued, Place::Running) => Started,
            (Place::Queued, Place::Cancelled) => CancelledQueued,
            (Place::Queued, Place::Expired) => Expired,
            (Place::Queued, Place::Abandoned) => Abandoned,
            (Place::Running, Place::Succeeded) => Succeeded,
            (Place::Running, Place::Panicked) => Panicked,
            (Place::Running, Place::Queued) => Yielded,
            (Place::Running, Place::Suspended) => Suspended,
            (Place::Running, Place::Cancelled) => CancelledRunning,
            (Place::Suspended, Place::Queued) => Woken,
            (Place::Suspended, Place::Cancelled) => CancelledSuspended,
            _ => return None,
        };
        Some(event)
    }

    /// Where the task was; `None` if the executor did not have it, or it stays where it is.
    pub const fn from(self) -> Option<Place> {
        match self {
            Submitted | Announced | Unchanged => None,
            Reclaimed | Started | CancelledQueued | Expired | Abandoned => Some(Place::Queued),
            Succeeded | Panicked | Yielded | Suspended | CancelledRunning => Some(Place::Running),
            Woken | CancelledSuspended => Some(Place::Suspended),
        }
    }

    /// Where the task is; `None` if the executor does not have it any more, or it stays where it was.
    pub const fn to(self) -> Option<Place> {
        match self {
            Reclaimed | Announced | Unchanged => None,
            Submitted | Yielded | Woken => Some(Place::Queued),
            Started => Some(Place::Running),
            Suspended => Some(Place::Suspended),
            Succeeded => Some(Place::Succeeded),
            Panicked => Some(Place::Panicked),
            CancelledQueued | CancelledRunning | CancelledSuspended => Some(Place::Cancelled),
            Expired => Some(Place::Expired),
            Abandoned => Some(Place::Abandoned),
        }
    }

    /// Whether it tells what came of a step that was announced.
    pub const fn was_announced(self) -> bool {
        matches!(
            self,
            Yielded | Suspended | Woken | CancelledRunning | Unchanged
        )
    }

    /// Whether it is the executor's last of the task.
    pub const fn is_last(self) -> bool {
        matches!(
            self,
            Reclaimed
                | Succeeded
                | Panicked
                | CancelledQueued
                | CancelledRunning
                | CancelledSuspended
                | Expired
                | Abandoned
        )
    }
}

/// How often each event has happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts([u64; Event::COUNT]);

impl Counts {
    /// Nothing has happened.
    pub const fn new() -> Self {
        Self([0; Event::COUNT])
    }

    /// It happened so many times more.
    pub const fn add(&mut self, event: Event, times: u64) {
        self.0[event as usize] += times;
    }

    /// How often it happened.
    pub const fn of(&self, event: Event) -> u64 {
        self.0[event as usize]
    }

    /// The terms; `None` while a step is announced and not counted, since then they are those of no instant.
    ///
    /// # Panics
    /// When more tasks left a place than came there: the counts are not those of one instant.
    pub fn ledger(&self) -> Option<Ledger> {
        let told = self.sum(|event| event.was_announced());
        (self.of(Announced) == told).then(|| Ledger {
            submitted: self.of(Submitted) - self.of(Reclaimed),
            queued: self.at(Place::Queued),
            running: self.at(Place::Running),
            suspended: self.at(Place::Suspended),
            succeeded: self.at(Place::Succeeded),
            panicked: self.at(Place::Panicked),
            cancelled: self.at(Place::Cancelled),
            expired: self.at(Place::Expired),
            abandoned: self.at(Place::Abandoned),
        })
    }

    fn at(&self, place: Place) -> u64 {
        let came = self.sum(|event| event.to() == Some(place));
        let left = self.sum(|event| event.from() == Some(place));
        came.checked_sub(left)
            .expect("a task leaves a place after it came there")
    }

    fn sum(&self, which: impl Fn(Event) -> bool) -> u64 {
        let events = Event::ALL.into_iter().filter(|event| which(*event));
        events.map(|event| self.of(event)).sum()
    }
}

#[cfg(test)]
mod tests;
