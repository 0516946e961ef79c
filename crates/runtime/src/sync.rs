//! The synchronisation primitives that the runtime is built from: the standard library's, loom's models of them under
//! `--cfg creel_loom`, or Shuttle's under `--cfg creel_shuttle`.

pub(crate) mod address;
pub(crate) mod asymmetric;
#[cfg(not(creel_loom))]
mod cell;
#[cfg(creel_loom)]
mod model;
#[cfg(creel_shuttle)]
mod schedule;
#[cfg(not(any(creel_loom, creel_shuttle)))]
mod system;

#[cfg(creel_loom)]
use model as primitives;
#[cfg(creel_shuttle)]
use schedule as primitives;
#[cfg(not(any(creel_loom, creel_shuttle)))]
use system as primitives;

pub(crate) use primitives::*;

use std::time::Duration;

/// A mutex without poison: nothing that can panic runs while one of ours is held.
pub(crate) struct Mutex<T>(primitives::Lock<T>);

#[cfg(creel_loom)]
impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(primitives::Lock::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Waits on a condition variable for a time; see [`wait`].
pub(crate) fn wait_timeout<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    timeout: Duration,
) -> MutexGuard<'a, T> {
    condvar
        .wait_timeout(guard, timeout)
        .unwrap_or_else(|poisoned| poisoned.into_inner())
        .0
}

/// Waits on a condition variable, like [`Mutex::lock`] without poison.
pub(crate) fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condvar
        .wait(guard)
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
