//! The synchronisation primitives that the runtime is built from: the standard library's, or loom's models
//! of them under `--cfg creel_loom`.

#[cfg(not(creel_loom))]
mod imp {
    pub(crate) use std::sync::MutexGuard;
    pub(crate) use std::sync::atomic;

    /// An `UnsafeCell` with the interface of loom's, which checks each access.
    #[derive(Debug)]
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        pub(crate) fn with<R>(&self, access: impl FnOnce(*const T) -> R) -> R {
            access(self.0.get())
        }

        pub(crate) fn with_mut<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
            access(self.0.get())
        }
    }
}

#[cfg(creel_loom)]
mod imp {
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::sync::atomic;
    pub(crate) use loom::sync::{Condvar, MutexGuard};
}

pub(crate) use imp::*;

#[cfg(not(creel_loom))]
type Lock<T> = std::sync::Mutex<T>;
#[cfg(creel_loom)]
type Lock<T> = loom::sync::Mutex<T>;

/// A mutex without poison: nothing that can panic runs while one of ours is held.
pub(crate) struct Mutex<T>(Lock<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Lock::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Waits on a condition variable, like [`Mutex::lock`] without poison.
#[cfg(creel_loom)]
pub(crate) fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condvar
        .wait(guard)
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
