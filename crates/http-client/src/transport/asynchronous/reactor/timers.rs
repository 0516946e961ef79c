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
    /// Until when whoever keeps watch waits at most, if it knows of an alarm.
    waits_until: Option<Instant>,
}

impl Timers {
    /// Sets an alarm; and whether whoever keeps watch must hear of it.
    pub(super) fn set(&self, when: Instant, waker: Waker) -> (Alarm, bool) {
        let mut set = self.lock();
        set.count += 1;
        let alarm = Alarm::new(when, set.count);
        set.alarms.insert(alarm, waker);
        let is_sooner = set.waits_until.is_none_or(|until| when < until);
        if is_sooner {
            // Once is enough.
            set.waits_until = Some(when);
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

    /// Until when to wait: for the first alarm, or for a time before it.
    pub(super) fn wait_until(&self, until: Option<Instant>) -> Option<Instant> {
        let mut set = self.lock();
        let first = set.alarms.keys().next().map(|alarm| alarm.when());
        set.waits_until = first;
        first.into_iter().chain(until).min()
    }

    /// Gathers whose time has come.
    pub(super) fn due(&self, ready: &mut Vec<Waker>) {
        let mut set = self.lock();
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
