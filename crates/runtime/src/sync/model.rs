//! Loom's models of them, for every interleaving of a few steps.

pub(crate) use loom::cell::UnsafeCell;
pub(crate) use loom::sync::atomic;
pub(crate) use loom::sync::{Condvar, MutexGuard};
pub(crate) use loom::thread::yield_now;
/// Those of reference counts are the system's: a model that looked into each hold on a task would take ten times as long.
pub(crate) use std::sync::atomic as counts;

pub(super) use loom::sync::Mutex as Lock;

use atomic::{AtomicBool, Ordering};

/// A value that is set once, as the standard library orders it: whoever finds it sees all from before it was set.
pub(crate) struct OnceCell<T> {
    is_set: AtomicBool,
    value: std::sync::OnceLock<T>,
}

impl<T> OnceCell<T> {
    pub(crate) fn new() -> Self {
        Self {
            is_set: AtomicBool::new(false),
            value: std::sync::OnceLock::new(),
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        let is_set = self.is_set.load(Ordering::Acquire);
        is_set.then(|| self.value.get()).flatten()
    }

    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        self.value.set(value)?;
        self.is_set.store(true, Ordering::Release);
        Ok(())
    }

    /// For one caller only.
    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        let value = self.value.get_or_init(make);
        self.is_set.store(true, Ordering::Release);
        value
    }
}

/// Loom's, since all threads of a model are one thread of the system; it does not know `const`.
macro_rules! local {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = const $value:block;) => {
        loom::thread_local! {
            $(#[$attribute])*
            static $name: $type = $value;
        }
    };
}
pub(crate) use local as thread_local;

/// A model makes its threads itself: the pool's are the system's, and no model starts one.
pub(crate) mod thread {
    pub(crate) use std::thread::{Builder, JoinHandle, ThreadId, current};
}
