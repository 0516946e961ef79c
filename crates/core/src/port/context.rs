//! What every call through a port carries.

use std::fmt;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

/// A request to stop, raised once and never lowered.
///
/// Whoever can be told to stop holds one: a call through a port reads it from its [`Context`], between
/// steps or before it blocks.
pub trait CancelSignal: Send + Sync {
    /// Whether the request was made.
    fn is_cancelled(&self) -> bool;

    /// Registers a waker that is woken once, when the request is made; at once if it already was.
    ///
    /// It is kept until then or until the signal is dropped. Registering a waker that
    /// [`will_wake`](Waker::will_wake) the same task again costs nothing. To be woken may mean anything a
    /// waker can do: unpark a thread, reschedule a task, end a child process.
    fn register(&self, waker: &Waker);
}

/// What a call through a port inherits from its caller: a deadline, a request to stop, and a request not to wait.
///
/// Cloning is cheap. Without a deadline and signals, a call runs to its own end.
///
/// ```
/// use std::time::{Duration, Instant};
/// use creel_core::Context;
///
/// let now = Instant::now();
/// let context = Context::new().with_deadline(now + Duration::from_secs(2));
/// assert_eq!(context.remaining(now), Some(Duration::from_secs(2)));
/// assert!(!context.is_cancelled());
/// ```
#[derive(Clone, Default)]
pub struct Context {
    deadline: Option<Instant>,
    signal: Option<Arc<dyn CancelSignal>>,
    haste: Option<Arc<dyn CancelSignal>>,
}

impl Context {
    /// A context without a deadline that is never cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same context with a deadline; an earlier one that was there stays.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(
            self.deadline
                .map_or(deadline, |earlier| earlier.min(deadline)),
        );
        self
    }

    /// The same context with a signal in place of the one that was there.
    #[must_use]
    pub fn with_signal(mut self, signal: Arc<dyn CancelSignal>) -> Self {
        self.signal = Some(signal);
        self
    }

    /// The same context with a signal from which on the call [fails fast](Self::fails_fast).
    #[must_use]
    pub fn with_fail_fast(mut self, signal: Arc<dyn CancelSignal>) -> Self {
        self.haste = Some(signal);
        self
    }

    /// The instant past which the answer is of no use.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The time left until the deadline, zero when it has passed, `None` without one.
    pub fn remaining(&self, now: Instant) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(now))
    }

    /// Whether the caller asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.signal
            .as_ref()
            .is_some_and(|signal| signal.is_cancelled())
    }

    /// Registers a waker for the caller's request to stop; see [`CancelSignal::register`].
    pub fn on_cancel(&self, waker: &Waker) {
        if let Some(signal) = &self.signal {
            signal.register(waker);
        }
    }

    /// Whether the caller would rather have an error at once than have the call wait until it can be sent, or sent again.
    ///
    /// A call that was sent goes on to its answer: this is less than a request to stop. gRPC tells the two kinds of call
    /// apart by the same words: those that fail fast, and those that wait until the service is ready.
    pub fn fails_fast(&self) -> bool {
        self.haste
            .as_ref()
            .is_some_and(|signal| signal.is_cancelled())
    }

    /// Registers a waker for the moment from which on the call fails fast; see [`CancelSignal::register`].
    pub fn on_fail_fast(&self, waker: &Waker) {
        if let Some(signal) = &self.haste {
            signal.register(waker);
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("deadline", &self.deadline)
            .field("is_cancelled", &self.is_cancelled())
            .field("fails_fast", &self.fails_fast())
            .finish()
    }
}

#[cfg(test)]
mod tests;
