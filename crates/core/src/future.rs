//! The life of a future: from submitted to one outcome, told as a value.
//!
//! ```text
//!    Pending ── start ──▶ Running ── finish ──▶ Succeeded
//!     │ │ │                │ ▲ │ └─── panic ──▶ Panicked
//!     │ │ │        suspend │ │ start
//!     │ │ │                ▼ │               async tasks only: between polls a task is
//!     │ │ │          Suspended ─ wake ─▶ Queued    Suspended, or Queued to run again;
//!     │ │ │                │              │        both count as running and never expire
//!     │ │ └─ cancel ───────┴──────────────┴──▶ Cancelled
//!     │ └─── expire ─────────────────────────▶ Expired
//!     └───── abandon ────────────────────────▶ Abandoned
//! ```
//!
//! A task that continues another one starts only after that has succeeded; of any other outcome it is the heir
//! (`inherit`), from Pending.
//!
//! A future that has reached its outcome is *done*. It is *settled* once its callbacks have run; only then
//! can its value be taken, and only then are those who wait for it woken.

mod action;

use std::fmt;

pub use action::{Detach, End, Observe, Settle, Start, Suspend, Take, Wake};

/// Where a future is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Submitted and not started.
    Pending,
    /// Its body runs, or is being polled.
    Running,
    /// An async task between two polls, waiting to be woken.
    Suspended,
    /// An async task that was woken and waits to be polled.
    Queued,
    /// Its body returned a value.
    Succeeded,
    /// Its body panicked.
    Panicked,
    /// It was cancelled; its body never started, or was never polled again.
    Cancelled,
    /// Its deadline passed before it could start.
    Expired,
    /// The executor gave it up before it could start.
    Abandoned,
}

impl State {
    const ALL: [Self; 9] = [
        Self::Pending,
        Self::Running,
        Self::Suspended,
        Self::Queued,
        Self::Succeeded,
        Self::Panicked,
        Self::Cancelled,
        Self::Expired,
        Self::Abandoned,
    ];

    /// Whether the outcome is there; it never changes again.
    pub const fn is_done(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Panicked | Self::Cancelled | Self::Expired | Self::Abandoned
        )
    }

    /// Whether the task has started and is not done: running, or an async task between two polls.
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Running | Self::Suspended | Self::Queued)
    }
}

/// What a task's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Body {
    /// A closure: it runs once, from start to end.
    Closure,
    /// A `std::future::Future`: it is polled until it is ready.
    Future,
}

/// A future's life at one instant: its [`State`] and the marks beside it, in one word.
///
/// Each transition takes the value and gives the next one with what the caller must do. A runtime keeps the
/// word in an atomic and applies transitions by compare-and-swap; the caller that succeeded does what the
/// action says, and nobody else does.
///
/// ```
/// use creel_core::future::{Body, End, Snapshot, Start, State};
///
/// let life = Snapshot::new(Body::Closure);
/// let (action, cancelled) = life.cancel();
/// assert_eq!(action, End::Settle);
/// assert_eq!(cancelled.state(), State::Cancelled);
/// assert_eq!(cancelled.start().0, Start::Skip);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Snapshot(u32);

const STATE_MASK: u32 = 0b1111;
/// The body is a `Future`.
const ASYNC: u32 = 1 << 4;
/// The body was asked to stop.
const CANCEL_REQUESTED: u32 = 1 << 5;
/// The task was woken while it was being polled.
const WOKEN: u32 = 1 << 6;
/// Somebody waits to be told of the outcome.
const OBSERVED: u32 = 1 << 7;
/// The callbacks have run; the value may be taken.
const SETTLED: u32 = 1 << 8;
/// The value was moved out or dropped.
const TAKEN: u32 = 1 << 9;
/// The handle is gone.
const DETACHED: u32 = 1 << 10;
/// An executor has the task.
const BOUND: u32 = 1 << 11;

impl Snapshot {
    /// A task that was just made.
    pub const fn new(body: Body) -> Self {
        match body {
            Body::Closure => Self(State::Pending as u32),
            Body::Future => Self(State::Pending as u32 | ASYNC),
        }
    }

    /// The value that [`bits`](Self::bits) gave; of any other word the state may panic.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The value as a word, for storage in an atomic.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// An executor takes the task, which is told to it from here on.
    ///
    /// The task may have been cancelled before that. Whoever ends it tells the executor if it was bound; if it was
    /// not, whoever binds it finds it done, and does so instead.
    pub const fn bind(self) -> Self {
        debug_assert!(!self.is_bound());
        self.with(BOUND)
    }

    /// The worker that took the task from a queue, or a waiter, wants to run it.
    pub const fn start(self) -> (Start, Self) {
        match self.state() {
            State::Pending | State::Queued => {
                (Start::Run, self.into_state(State::Running).without(WOKEN))
            }
            _ => (Start::Skip, self),
        }
    }

    /// The poll of an async task was not ready. Only the worker that runs it may say so.
    pub const fn suspend(self) -> (Suspend, Self) {
        debug_assert!(matches!(self.state(), State::Running) && self.has(ASYNC));
        if self.has(CANCEL_REQUESTED) {
            (Suspend::Cancel, self.into_state(State::Cancelled))
        } else if self.has(WOKEN) {
            (
                Suspend::Requeue,
                self.into_state(State::Queued).without(WOKEN),
            )
        } else {
            (Suspend::Park, self.into_state(State::Suspended))
        }
    }

    /// The waker of an async task was woken.
    pub const fn wake(self) -> (Wake, Self) {
        match self.state() {
            State::Suspended => (Wake::Schedule, self.into_state(State::Queued)),
            // Its worker will see the mark and queue it again.
            State::Running => (Wake::Nothing, self.with(WOKEN)),
            _ => (Wake::Nothing, self),
        }
    }

    /// The body returned its value, which is stored. Only the worker that runs it may say so.
    pub const fn finish(self) -> Self {
        debug_assert!(matches!(self.state(), State::Running));
        self.into_state(State::Succeeded)
    }

    /// The body panicked, and the panic is stored. Only the worker that runs it may say so.
    pub const fn panic(self) -> Self {
        debug_assert!(matches!(self.state(), State::Running));
        self.into_state(State::Panicked)
    }

    /// Somebody cancels the task.
    ///
    /// [`End::Settle`] alone means that the task was cancelled by this call. An async task in the middle of a
    /// poll ends after it; a closure that runs is not touched.
    pub const fn cancel(self) -> (End, Self) {
        match self.state() {
            State::Pending | State::Suspended | State::Queued => {
                (End::Settle, self.into_state(State::Cancelled))
            }
            State::Running if self.has(ASYNC) => (End::Requested, self.with(CANCEL_REQUESTED)),
            _ => (End::Nothing, self),
        }
    }

    /// Somebody cancels the task, or asks its body to stop when it runs.
    pub const fn request_cancel(self) -> (End, Self) {
        match self.state() {
            State::Running => (End::Requested, self.with(CANCEL_REQUESTED)),
            _ => self.cancel(),
        }
    }

    /// The executor ends, and waits for no wake: an async task ends now, or as soon as it would be suspended.
    pub const fn end_at_suspension(self) -> (End, Self) {
        match self.state() {
            State::Suspended => (End::Settle, self.into_state(State::Cancelled)),
            State::Pending | State::Running | State::Queued if self.has(ASYNC) => {
                (End::Requested, self.with(CANCEL_REQUESTED))
            }
            _ => (End::Nothing, self),
        }
    }

    /// The task's deadline has passed.
    pub const fn expire(self) -> (End, Self) {
        match self.state() {
            State::Pending => (End::Settle, self.into_state(State::Expired)),
            _ => (End::Nothing, self),
        }
    }

    /// The executor gives the task up.
    pub const fn abandon(self) -> (End, Self) {
        match self.state() {
            State::Pending => (End::Settle, self.into_state(State::Abandoned)),
            _ => (End::Nothing, self),
        }
    }

    /// The task that this one continues has ended without a value: this one ends in the same way.
    pub const fn inherit(self, outcome: State) -> (End, Self) {
        debug_assert!(outcome.is_done() && !matches!(outcome, State::Succeeded));
        match self.state() {
            State::Pending => (End::Settle, self.into_state(outcome)),
            _ => (End::Nothing, self),
        }
    }

    /// Somebody has entered the list of those who wait for the outcome, and still holds its lock.
    pub const fn observe(self) -> (Observe, Self) {
        if self.is_settled() {
            (Observe::Settled, self)
        } else {
            (Observe::Registered, self.with(OBSERVED))
        }
    }

    /// Whoever made the outcome wants to settle the future.
    ///
    /// An observer enters the list first and the mark afterwards, both under the list's lock. So a list that is
    /// taken after [`Settle::Deliver`] holds whoever made the mark, and without the mark there is nobody new.
    pub const fn settle(self) -> (Settle, Self) {
        debug_assert!(self.state().is_done() && !self.is_settled());
        let settled = self.with(SETTLED);
        if self.has(OBSERVED) {
            (Settle::Deliver, self.without(OBSERVED))
        } else if self.has(DETACHED) && matches!(self.state(), State::Succeeded) {
            (Settle::DropValue, settled.with(TAKEN))
        } else {
            (Settle::Keep, settled)
        }
    }

    /// The handle wants the outcome.
    pub const fn take(self) -> (Take, Self) {
        if !self.is_settled() {
            (Take::NotYet, self)
        } else if self.has(TAKEN) {
            (Take::Gone, self)
        } else {
            (Take::Outcome, self.with(TAKEN))
        }
    }

    /// The handle was dropped.
    pub const fn detach(self) -> (Detach, Self) {
        let detached = self.with(DETACHED);
        if self.is_settled() && !self.has(TAKEN) && matches!(self.state(), State::Succeeded) {
            (Detach::DropValue, detached.with(TAKEN))
        } else {
            (Detach::Leave, detached)
        }
    }

    /// Where the future is in its life.
    pub const fn state(self) -> State {
        State::ALL[(self.0 & STATE_MASK) as usize]
    }

    /// What the task's body is.
    pub const fn body(self) -> Body {
        if self.has(ASYNC) {
            Body::Future
        } else {
            Body::Closure
        }
    }

    /// Whether the body was asked to stop.
    pub const fn is_cancel_requested(self) -> bool {
        self.has(CANCEL_REQUESTED)
    }

    /// Whether somebody waits to be told of the outcome.
    pub const fn is_observed(self) -> bool {
        self.has(OBSERVED)
    }

    /// Whether an executor has taken the task.
    pub const fn is_bound(self) -> bool {
        self.has(BOUND)
    }

    /// Whether the outcome is there and the callbacks have run.
    pub const fn is_settled(self) -> bool {
        self.has(SETTLED)
    }

    /// Whether the outcome was moved out or dropped.
    pub const fn is_taken(self) -> bool {
        self.has(TAKEN)
    }

    /// Whether the outcome is a value that may be taken, and was not.
    pub const fn has_value(self) -> bool {
        self.0 & (STATE_MASK | SETTLED | TAKEN) == State::Succeeded as u32 | SETTLED
    }

    const fn has(self, mark: u32) -> bool {
        self.0 & mark != 0
    }

    const fn with(self, mark: u32) -> Self {
        Self(self.0 | mark)
    }

    const fn without(self, mark: u32) -> Self {
        Self(self.0 & !mark)
    }

    const fn into_state(self, state: State) -> Self {
        self.without(STATE_MASK).with(state as u32)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = f.debug_tuple("Snapshot");
        parts.field(&self.state());
        let marks = [
            (ASYNC, "async"),
            (CANCEL_REQUESTED, "cancel requested"),
            (WOKEN, "woken"),
            (OBSERVED, "observed"),
            (SETTLED, "settled"),
            (TAKEN, "taken"),
            (DETACHED, "detached"),
            (BOUND, "bound"),
        ];
        for (mark, name) in marks {
            if self.has(mark) {
                parts.field(&format_args!("{name}"));
            }
        }
        parts.finish()
    }
}

#[cfg(test)]
mod tests;
