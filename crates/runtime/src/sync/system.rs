//! The standard library's.

pub(crate) use std::sync::atomic;
/// Those of reference counts.
pub(crate) use std::sync::atomic as counts;
pub(crate) use std::sync::{Condvar, MutexGuard};
pub(crate) use std::thread::yield_now;
pub(crate) use std::thread_local;

pub(crate) use super::cell::UnsafeCell;

pub(crate) use once_cell::sync::OnceCell;

pub(super) use std::sync::Mutex as Lock;

pub(crate) mod thread {
    pub(crate) use std::thread::{Builder, JoinHandle, Thread, ThreadId, current, park};

    use std::time::Instant;

    /// Parks this thread until somebody unparks it, or until the deadline; false if that had passed.
    pub(crate) fn park_until(deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        std::thread::park_timeout(left);
        true
    }
}
