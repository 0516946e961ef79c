//! The clock that timers go by: the system's, or the one of the executor that runs on this thread.
//!
//! An executor in virtual time, or a test, [enters](enter) its own clock; a timer takes the [current] one when it is
//! first polled.

mod plan;
mod roll;
mod rows;
mod system;
mod timer;

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use creel_core::Clock;
use creel_core::port::Alarm;

pub use system::SystemClock;

thread_local! {
    static CURRENT: RefCell<InUse> = const { RefCell::new(InUse::System) };
}

/// A clock that somebody goes by. The system's is nobody's to hold: its timers count no reference.
#[derive(Clone)]
pub(crate) enum InUse {
    System,
    Entered(Arc<dyn Clock>),
}

/// The clock that was entered on this thread last; [`SystemClock`] if none was.
///
/// ```
/// use creel_runtime::clock;
///
/// let start = clock::current().now();
/// assert!(clock::current().now() >= start);
/// ```
pub fn current() -> Arc<dyn Clock> {
    match in_use() {
        InUse::System => system(),
        InUse::Entered(clock) => clock,
    }
}

/// The same, not yet as a pointer.
pub(crate) fn in_use() -> InUse {
    CURRENT
        .try_with(|current| current.borrow().clone())
        .unwrap_or(InUse::System)
}

fn system() -> Arc<dyn Clock> {
    thread_local! {
        /// A pointer of each thread's own: threads do not contend for its count.
        static SYSTEM: Arc<dyn Clock> = Arc::new(SystemClock);
    }
    SYSTEM
        .try_with(Arc::clone)
        .unwrap_or_else(|_ending| Arc::new(SystemClock))
}

impl InUse {
    pub(crate) fn now(&self) -> Instant {
        match self {
            Self::System => SystemClock.now(),
            Self::Entered(clock) => clock.now(),
        }
    }

    /// As [`Clock::wake_at`], for whoever has just looked at the time.
    pub(crate) fn wake_at(&self, now: Instant, when: Instant, waker: Waker) -> Option<Alarm> {
        match self {
            Self::System => system::wake_at(now, when, waker),
            Self::Entered(clock) => clock.wake_at(when, waker),
        }
    }

    /// Whether an alarm is known to have gone off, without a look at the time.
    pub(crate) fn has_gone_off(&self, alarm: Alarm) -> bool {
        match self {
            Self::System => system::has_gone_off(alarm),
            Self::Entered(_) => false,
        }
    }

    pub(crate) fn forget(&self, alarm: Alarm) {
        match self {
            Self::System => SystemClock.forget(alarm),
            Self::Entered(clock) => clock.forget(alarm),
        }
    }
}

/// Makes a clock the current one of this thread until the guard is dropped.
///
/// Guards are dropped in the reverse order of their making. Other threads, also those that this one starts, keep
/// theirs.
///
/// ```
/// use std::sync::Arc;
/// use creel_runtime::{SystemClock, clock};
///
/// let mine = Arc::new(SystemClock);
/// let entered = clock::enter(mine.clone());
/// assert_eq!(Arc::strong_count(&mine), 2);
/// drop(entered);
/// assert_eq!(Arc::strong_count(&mine), 1);
/// ```
#[must_use = "the clock is the current one until the guard is dropped"]
pub fn enter(clock: Arc<dyn Clock>) -> Entered {
    Entered {
        before: CURRENT
            .try_with(|current| current.replace(InUse::Entered(clock)))
            .ok(),
        thread: PhantomData,
    }
}

/// Puts back the clock that was the current one before, when it is dropped.
pub struct Entered {
    before: Option<InUse>,
    /// It belongs to the thread that made it.
    thread: PhantomData<Rc<()>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            // Without the thread-local there is nothing to put it back into: the thread is ending.
            let entered = CURRENT.try_with(|current| current.replace(before));
            drop(entered);
        }
    }
}

impl std::fmt::Debug for Entered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entered").finish_non_exhaustive()
    }
}
