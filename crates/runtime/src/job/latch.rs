//! How whoever lends a job learns that it is done.

#![expect(
    unsafe_code,
    reason = "one word hands over the thread to wake, so that nothing of the latch is touched after it is set"
)]

use std::ptr;

use crate::park::Unparker;
use crate::sync::atomic::{AtomicPtr, Ordering};

/// A word that is set once, by another thread, which touches nothing of it afterwards: the owner may be gone with it.
///
/// ```text
///          wait                 set
///   open ────────▶ waited for ───────▶ set
///     └────────────── set ──────────────▲
/// ```
///
/// # Memory ordering
/// `set` releases what was done before, and whoever finds the latch set acquires it. The thread to wake is handed over in
/// the same way, in the other direction.
pub(crate) struct Latch(AtomicPtr<Unparker>);

/// No box stands at this address.
const SET: *mut Unparker = ptr::without_provenance_mut(1);

impl Latch {
    #[inline]
    pub(super) fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire) == SET
    }

    /// Sets it, and wakes the one who waits.
    pub(super) fn set(&self) {
        let waiter = self.0.swap(SET, Ordering::AcqRel);
        // From here on nothing of the latch may be touched.
        debug_assert!(waiter != SET, "a latch is set once");
        if !waiter.is_null() {
            // SAFETY: the word held a box that the owner of the latch gave away, and the swap took it.
            let waiter = unsafe { Box::from_raw(waiter) };
            waiter.unpark();
        }
    }

    /// Blocks its owner by `block` until it is set, once; `block` is given the thread and what it waits for.
    pub(crate) fn wait(&self, block: impl FnOnce(&Unparker, &dyn Fn() -> bool)) {
        let thread = Unparker::current();
        let waiter = Box::into_raw(Box::new(thread.clone()));
        let open = ptr::null_mut();
        match self
            .0
            .compare_exchange(open, waiter, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => block(&thread, &|| self.is_set()),
            Err(_) => {
                // SAFETY: it was not given away.
                drop(unsafe { Box::from_raw(waiter) });
            }
        }
    }
}
