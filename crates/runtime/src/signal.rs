//! A request to stop, raised by hand.

use std::sync::Arc;
use std::task::Waker;

use creel_core::{CancelSignal, Context};

use crate::guard;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};

/// A request to stop that one part of a program raises for others; clones share it.
///
/// ```
/// use creel_runtime::StopSignal;
///
/// let stop = StopSignal::new();
/// let context = stop.context();
/// assert!(!context.is_cancelled());
/// assert!(stop.raise());
/// assert!(context.is_cancelled());
/// assert!(!stop.raise());
/// ```
#[derive(Clone)]
pub struct StopSignal(Arc<Shared>);

struct Shared {
    /// Raised before the wakers are taken, and read after one was added: none is missed.
    raised: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl StopSignal {
    /// A signal that was not raised.
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            raised: AtomicBool::new(false),
            wakers: Mutex::new(Vec::new()),
        }))
    }

    /// Raises the signal and wakes whoever registered; false if it was raised before.
    pub fn raise(&self) -> bool {
        if self.0.raised.swap(true, Ordering::AcqRel) {
            return false;
        }
        let wakers = std::mem::take(&mut *self.0.wakers.lock());
        for waker in wakers {
            guard::run_quietly("a waker", || waker.wake());
        }
        true
    }

    /// Whether it was raised.
    pub fn is_raised(&self) -> bool {
        self.0.raised.load(Ordering::Acquire)
    }

    /// A context that is cancelled by this signal.
    pub fn context(&self) -> Context {
        Context::new().with_signal(self.signal())
    }

    /// What a context needs of it.
    pub fn signal(&self) -> Arc<dyn CancelSignal> {
        self.0.clone()
    }
}

impl Default for StopSignal {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for StopSignal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StopSignal")
            .field(&self.is_raised())
            .finish()
    }
}

impl CancelSignal for Shared {
    fn is_cancelled(&self) -> bool {
        self.raised.load(Ordering::Acquire)
    }

    fn register(&self, waker: &Waker) {
        let own = waker.clone();
        let mut wakers = self.wakers.lock();
        // `raise` sets the mark, then locks: either it is seen here, or the waker is seen there.
        let raised = self.is_cancelled();
        if !raised && !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(own);
        }
        drop(wakers);
        if raised {
            waker.wake_by_ref();
        }
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;
