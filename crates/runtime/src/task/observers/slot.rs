//! A place for a box that mostly is not there, with a lock that takes no room of its own.

#![expect(
    unsafe_code,
    reason = "a pointer that is its own lock owns what it points to only as long as it says so"
)]

use std::mem;
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};

use crate::sync::address;
use crate::sync::atomic::{AtomicPtr, Ordering};

/// A box or none, behind a lock.
///
/// # Memory ordering
/// Whoever takes the pointer out acquires what was done under the lock before, and whoever puts it back releases that.
pub(super) struct Slot<V>(AtomicPtr<V>);

/// Stands in the place of a pointer that somebody has taken out.
const TAKEN: usize = 1;
/// As well, and somebody waits for it to come back.
const AWAITED: usize = 2;

impl<V> Default for Slot<V> {
    /// Without a box.
    fn default() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }
}

impl<V> Slot<V> {
    /// Waits until nobody else has the box, or the place for it.
    pub(super) fn lock(&self) -> Locked<'_, V> {
        let mut current = self.0.load(Ordering::Relaxed);
        loop {
            if is_mark(current) {
                current = self.wait();
            } else {
                let taken = ptr::without_provenance_mut(TAKEN);
                match self.try_exchange(current, taken) {
                    Ok(_) => break,
                    Err(actual) => current = actual,
                }
            }
        }
        let content = NonNull::new(current).map(|content| {
            // SAFETY: what is no mark came from a box by `put`, and was taken out by this call alone.
            unsafe { Box::from_raw(content.as_ptr()) }
        });
        Locked {
            slot: self,
            content,
        }
    }

    /// Blocks until the box is back, and gives what stands there then.
    #[cold]
    fn wait(&self) -> *mut V {
        let mut current = ptr::null_mut();
        address::wait_while(self, || {
            current = self.0.load(Ordering::Relaxed);
            // Whoever puts the box back must find out that somebody waits.
            while current.addr() == TAKEN {
                let awaited = ptr::without_provenance_mut(AWAITED);
                current = match self.try_exchange(current, awaited) {
                    Ok(_) => awaited,
                    Err(actual) => actual,
                };
            }
            is_mark(current)
        });
        current
    }

    fn try_exchange(&self, current: *mut V, new: *mut V) -> Result<*mut V, *mut V> {
        self.0
            .compare_exchange(current, new, Ordering::Acquire, Ordering::Relaxed)
    }

    #[cold]
    fn clear(&mut self) {
        drop(mem::take(&mut *self.lock()));
    }

    fn put(&self, content: Option<Box<V>>) {
        let content = content.map_or(ptr::null_mut(), Box::into_raw);
        if self.0.swap(content, Ordering::Release).addr() == AWAITED {
            address::wake_all(self);
        }
    }
}

/// The types that are boxed here are aligned to more than a mark.
fn is_mark<V>(pointer: *mut V) -> bool {
    const { assert!(align_of::<V>() > AWAITED, "a mark could be an address") };
    matches!(pointer.addr(), TAKEN | AWAITED)
}

impl<V> Drop for Slot<V> {
    #[inline]
    fn drop(&mut self) {
        // Nobody else has it any more, and mostly there was never a box.
        if !self.0.load(Ordering::Acquire).is_null() {
            self.clear();
        }
    }
}

/// The place for a box, until this is dropped.
pub(super) struct Locked<'a, V> {
    slot: &'a Slot<V>,
    content: Option<Box<V>>,
}

impl<V> Deref for Locked<'_, V> {
    type Target = Option<Box<V>>;

    fn deref(&self) -> &Self::Target {
        &self.content
    }
}

impl<V> DerefMut for Locked<'_, V> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.content
    }
}

impl<V> Drop for Locked<'_, V> {
    fn drop(&mut self) {
        self.slot.put(self.content.take());
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;
