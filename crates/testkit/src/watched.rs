//! A value that other threads wait on.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A value that one thread changes and another waits on until it is as it should be.
///
/// ```
/// use std::sync::Arc;
/// use creel_testkit::Watched;
///
/// let arrived = Arc::new(Watched::new(0));
/// let arrivals = Arc::clone(&arrived);
/// let thread = std::thread::spawn(move || arrivals.change(|count| *count += 1));
/// arrived.wait_until(|count| *count == 1);
/// # thread.join().unwrap();
/// ```
#[derive(Default)]
pub struct Watched<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Watched<T> {
    /// A watched value.
    pub const fn new(value: T) -> Self {
        Self {
            value: Mutex::new(value),
            changed: Condvar::new(),
        }
    }

    /// Changes the value and tells everyone who waits on it.
    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Looks at the value.
    pub fn read<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.lock())
    }

    /// Blocks until `condition` holds, for ever if it never does: a test that hangs here names what is missing.
    pub fn wait_until(&self, mut condition: impl FnMut(&T) -> bool) {
        let guard = self
            .changed
            .wait_while(self.lock(), |value| !condition(value));
        drop(guard.unwrap_or_else(PoisonError::into_inner));
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        // A test that panicked elsewhere is reported there; what it left is still worth looking at.
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: fmt::Debug> fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watched").field(&*self.lock()).finish()
    }
}
