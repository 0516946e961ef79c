//! The port to time.

use std::task::Waker;
use std::time::Instant;

/// The time, and a way to be woken at one.
///
/// Code that is generic over its clock can be driven in virtual time. Whoever asks to be woken and then ends
/// early [forgets](Self::forget) the alarm, so that nothing of it stays behind.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
pub trait Clock: Send + Sync {
    /// The time by this clock; it never runs backwards.
    fn now(&self) -> Instant;

    /// Wakes `waker` once `when` has come, not before, and gives the alarm by which that can be called off: one at `when`.
    ///
    /// Without an alarm there is nothing to wait for: the waker was woken before this returned, since `when` had
    /// come, or since the clock has no means to wait. Whoever is woken therefore looks at the time, and does not ask
    /// again from within the wake. A waker is woken once at most and then let go of. It may be woken on the thread
    /// that all alarms of the clock share, so it must not block.
    fn wake_at(&self, when: Instant, waker: Waker) -> Option<Alarm>;

    /// Calls an alarm of this clock off: its waker was dropped when this returns.
    ///
    /// A waker whose time has come may have been taken out to be woken, by itself or with others that were due: it is then
    /// woken all the same, and dropped behind that. To forget an alarm that has gone off or was forgotten before changes nothing.
    fn forget(&self, alarm: Alarm);
}

/// Names a wake-up that a [`Clock`] was asked for.
///
/// Alarms are ordered by their times, those of the same time by their numbers, so that a clock can keep them in
/// an ordered map. A clock gives each alarm a number that none of its others had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alarm {
    when: Instant,
    number: u64,
}

impl Alarm {
    /// An alarm at a time, with the number that tells it from the clock's others.
    pub const fn new(when: Instant, number: u64) -> Self {
        Self { when, number }
    }

    /// When it goes off.
    pub const fn when(self) -> Instant {
        self.when
    }

    /// What tells it from the others of its clock.
    pub const fn number(self) -> u64 {
        self.number
    }
}
