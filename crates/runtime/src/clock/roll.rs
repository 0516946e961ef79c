//! The alarms of some threads, told as a value: time is an argument, the caller holds the lock.

use std::task::Waker;
use std::time::{Duration, Instant};

use creel_core::port::Alarm;

use super::rows::Rows;

/// So many rolls share the alarms: a thread enters those that it asks for in one of them, and most threads have it for
/// themselves.
pub(super) const ROLLS: usize = 8;

/// The alarms to come that some threads have asked for.
pub(super) struct Roll {
    alarms: Rows,
    /// How many there have been.
    count: u64,
    /// The timer thread looks here by then: it need not be told of alarms that are later.
    looked_at: Option<Instant>,
    /// What was due by then was taken out.
    past: Option<Instant>,
}

/// What has become of an alarm that somebody asked for.
#[must_use]
#[derive(Debug)]
pub(super) enum Entry {
    /// The thread looks here in time.
    Waits(Alarm),
    /// The thread must be told: see [`Plan::expect`](super::plan::Plan::expect).
    News(Alarm),
    /// Its time has come meanwhile.
    Due(Waker),
}

impl Roll {
    /// Without alarms.
    pub(super) const fn new() -> Self {
        Self {
            alarms: Rows::new(),
            count: 0,
            looked_at: None,
            past: None,
        }
    }

    /// Which roll an alarm is in, or was.
    pub(super) fn of(alarm: Alarm) -> usize {
        (Rows::number_of(alarm) % ROLLS as u64) as usize
    }

    /// Somebody wants to be woken, and asks for that in this roll, which has that index.
    pub(super) fn add(&mut self, index: usize, when: Instant, waker: Waker) -> Entry {
        if self.past.is_some_and(|past| when <= past) {
            return Entry::Due(waker);
        }
        self.count += 1;
        let number = self.count * ROLLS as u64 + index as u64;
        let is_news = self.is_empty() || self.looked_at.is_none_or(|looked_at| when < looked_at);
        let alarm = self.alarms.insert(when, number, waker);
        if is_news {
            self.looked_at = Some(when);
            Entry::News(alarm)
        } else {
            Entry::Waits(alarm)
        }
    }

    /// Somebody does not want to be woken any more; the waker, if it is still here.
    pub(super) fn forget(&mut self, alarm: Alarm) -> Option<Waker> {
        self.alarms.remove(alarm)
    }

    /// Nobody looks: the thread could not be started for the alarm that was just added, which is taken out again.
    pub(super) fn start_failed(&mut self, alarm: Alarm) -> Option<Waker> {
        self.looked_at = None;
        self.alarms.remove(alarm)
    }

    /// The thread looks: takes out what is due, the earliest first, and so many at most; the first that stays.
    pub(super) fn take_due(
        &mut self,
        now: Instant,
        most: usize,
        due: &mut Vec<(Alarm, Waker)>,
    ) -> Option<Instant> {
        let taken = std::iter::from_fn(|| self.alarms.take_due(now));
        due.extend(taken.take(most));
        self.looked_at = self.alarms.first();
        let past = match self.looked_at {
            // What is due at that very time may have been taken out or not.
            Some(first) if first <= now => first.checked_sub(Duration::from_nanos(1)),
            _ => Some(now),
        };
        self.past = self.past.max(past);
        self.looked_at
    }

    pub(super) fn is_empty(&self) -> bool {
        self.alarms.is_empty()
    }

    /// What was due by then was taken out, and nothing that is comes in any more.
    pub(super) fn past(&self) -> Option<Instant> {
        self.past
    }
}

#[cfg(test)]
mod tests;
