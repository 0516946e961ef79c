//! The list of a set's members that are done: wakers push, and one who waits takes.
//!
//! It is a stack through the places of the members, so that a push allocates nothing and takes no lock; only who finds
//! it empty looks for somebody to wake. Whoever waits leaves a waker first and looks at the list afterwards; whoever
//! pushes pushes first and looks for a waker afterwards. Of the two, one sees the other.

use std::sync::Arc;
use std::task::{Wake, Waker};

use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// No place.
const NONE: usize = usize::MAX;

/// The list, and whoever waits until there is something in it.
pub(crate) struct Ready {
    /// The place that was pushed last. A push releases what its waker saw, and the place below; who takes the list
    /// acquires both.
    newest: AtomicUsize,
    waiter: Mutex<Option<Waker>>,
}

impl Ready {
    pub(crate) fn new() -> Self {
        Self {
            newest: AtomicUsize::new(NONE),
            waiter: Mutex::new(None),
        }
    }

    /// Leaves a waker for the next push, and says whether there was one already.
    ///
    /// A waker is woken once. It may come from a push that was seen before: then it is to be left again.
    pub(crate) fn listen(&self, waker: &Waker) -> bool {
        let own = waker.clone();
        let replaced = self.waiter.lock().replace(own);
        drop(replaced);
        self.newest.load(Ordering::Acquire) != NONE
    }

    /// Takes the waker back, if it is still there.
    pub(crate) fn listen_no_longer(&self) {
        let removed = self.waiter.lock().take();
        drop(removed);
    }

    /// Empties the list; gives the place that was pushed last, from which [`Place::below`] leads to the others.
    pub(crate) fn take(&self) -> Option<usize> {
        if self.newest.load(Ordering::Relaxed) == NONE {
            return None;
        }
        some(self.newest.swap(NONE, Ordering::Acquire))
    }

    #[cfg(all(test, not(creel_loom)))]
    pub(super) fn is_listened_to(&self) -> bool {
        self.waiter.lock().is_some()
    }

    fn wake(&self) {
        let waiter = self.waiter.lock().take();
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}

/// A member's place in the list; its waker pushes it, once.
pub(crate) struct Place {
    ready: Arc<Ready>,
    slot: usize,
    claimed: AtomicBool,
    /// The place that was pushed before; written by who has claimed this one, before it is in the list.
    below: AtomicUsize,
}

impl Place {
    pub(crate) fn new(ready: &Arc<Ready>, slot: usize) -> Self {
        Self {
            ready: Arc::clone(ready),
            slot,
            claimed: AtomicBool::new(false),
            below: AtomicUsize::new(NONE),
        }
    }

    /// Makes this caller the one who may push the place, or keep it out of the list for good.
    pub(crate) fn claim(&self) -> bool {
        !self.claimed.swap(true, Ordering::Relaxed)
    }

    /// The place that was pushed before this one; of a place that was taken from the list.
    pub(crate) fn below(&self) -> Option<usize> {
        some(self.below.load(Ordering::Relaxed))
    }
}

impl Wake for Place {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.claim() {
            return;
        }
        let newest = &self.ready.newest;
        let mut below = newest.load(Ordering::Relaxed);
        loop {
            self.below.store(below, Ordering::Relaxed);
            let pushed = newest.compare_exchange_weak(
                below,
                self.slot,
                Ordering::Release,
                Ordering::Relaxed,
            );
            match pushed {
                Ok(_) => break,
                Err(actual) => below = actual,
            }
        }
        // Whoever pushed onto the empty list sees to the waking for all who push before it is taken.
        if below == NONE {
            self.ready.wake();
        }
    }
}

fn some(slot: usize) -> Option<usize> {
    (slot != NONE).then_some(slot)
}

#[cfg(all(test, creel_loom))]
mod interleavings;
