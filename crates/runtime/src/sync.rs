//! The synchronisation primitives that the runtime is built from: the standard library's, or loom's models
//! of them under `--cfg creel_loom`.

#[cfg(not(creel_loom))]
mod imp {
    pub(crate) use std::sync::MutexGuard;
    pub(crate) use std::sync::atomic;
    pub(crate) use std::thread::yield_now;
    pub(crate) use std::thread_local;

    pub(crate) use once_cell::sync::OnceCell;

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
    pub(crate) use loom::thread::yield_now;

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

        pub(crate) fn with_value(value: T) -> Self {
            Self {
                is_set: AtomicBool::new(true),
                value: value.into(),
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
