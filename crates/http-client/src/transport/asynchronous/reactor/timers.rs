//! The times that somebody waits for.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

use creel_core::port::Alarm;

/// Alarms in the order of their times.
#[derive(Debug, Default)]
pub(super) struct Timers {
    set: Mutex<Set>,
}

#[derive(Debug, Default)]
struct Set {
    alarms: BTreeMap<Alarm, Waker>,
    count: u64,
    /// Until when somebody waits, who would not see an alarm before that: without an end, or not. `None` while nobody does, or
    /// who does was told to be roused: whoever waits next looks at the alarms before.
    waits_until: Option<Option<Instant>>,
}

impl Timers {
    /// Sets an alarm; and whether whoever waits is to be roused for it.
    pub(super) fn set(&self, when: Instant, waker: Waker) -> (Alarm, bool) {
        let mut set = self.lock();
        set.count += 1;
        let alarm = Alarm::new(when, set.count);
        set.alarms.insert(alarm, waker);
        let is_sooner = set
            .waits_until
            .is_some_and(|until| until.is_none_or(|until| when < until));
        if is_sooner {
            set.waits_until = None;
        }
        (alarm, is_sooner)
    }

    /// Has another waker woken; false when the alarm has gone off.
    pub(super) fn renew(&self, alarm: Alarm, waker: &Waker) -> bool {
        let mut set = self.lock();
        let Some(known) = set.alarms.get_mut(&alarm) else {
            return false;
        };
        if !known.will_wake(waker) {
            let before = std::mem::replace(known, waker.clone());
            drop(set);
            drop(before);
        }
        true
    }

    pub(super) fn forget(&self, alarm: Alarm) {
        let waker = self.lock().alarms.remove(&alarm);
        // It may be the last that keeps a task: let go of without the lock.
        drop(waker);
    }

    /// Somebody waits from here on: until when, for the first alarm or for a time before it.
    pub(super) fn wait_until(&self, until: Option<Instant>) -> Option<Instant> {
        let mut set = self.lock();
        let first = set.alarms.keys().next().map(|alarm| alarm.when());
        let until = first.into_iter().chain(until).min();
        set.waits_until = Some(until);
        until
    }

    /// Nobody waits any more. Gathers whose time has come.
    pub(super) fn due(&self, ready: &mut Vec<Waker>) {
        let mut set = self.lock();
        set.waits_until = None;
        if set.alarms.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some(first) = set.alarms.first_entry()
            && first.key().when() <= now
        {
            ready.push(first.remove());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Set> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
