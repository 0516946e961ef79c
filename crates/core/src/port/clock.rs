//! The port to time.

use std::task::Waker;
use std::time::Instant;

/// The time, and a way to be woken at one.
///
/// Code that is generic over its clock can be driven in virtual time.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
pub trait Clock: Send + Sync {
    /// The time by this clock; it never runs backwards.
    fn now(&self) -> Instant;

    /// Wakes `waker` once `when` has come; at once if it already has.
    fn wake_at(&self, when: Instant, waker: Waker);
}
