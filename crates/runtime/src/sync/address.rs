//! Waiting for a word to change that has no room for those who wait.

pub(crate) use place::{wait_while, wake_all};

/// Words share a few places to wait at, by their addresses.
#[cfg(not(any(creel_loom, creel_shuttle)))]
mod place {
    use std::sync::{Condvar, Mutex, PoisonError};

    const PLACES: usize = 16;

    struct Place {
        lock: Mutex<()>,
        changed: Condvar,
    }

    static ALL: [Place; PLACES] = [const {
        Place {
            lock: Mutex::new(()),
            changed: Condvar::new(),
        }
    }; PLACES];

    /// Blocks while the word is not as it is to be; `look` marks it, so that whoever changes it calls [`wake_all`].
    pub(crate) fn wait_while<W>(word: &W, look: impl FnMut() -> bool) {
        let mut look = look;
        let place = of(word);
        let lock = place.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let woken = place.changed.wait_while(lock, |()| look());
        drop(woken);
    }

    /// Wakes those who wait for this word, and those of other words, who look again.
    pub(crate) fn wake_all<W>(word: &W) {
        let place = of(word);
        // Whoever has marked the word waits by the time that the lock is free.
        drop(place.lock.lock());
        place.changed.notify_all();
    }

    fn of<W>(word: &W) -> &'static Place {
        &ALL[(std::ptr::from_ref(word).addr() >> 6) % PLACES]
    }
}

/// A model has no place that outlives it: who waits lets the others go on, and looks again.
#[cfg(any(creel_loom, creel_shuttle))]
mod place {
    use crate::sync::yield_now;

    pub(crate) fn wait_while<W>(_word: &W, mut look: impl FnMut() -> bool) {
        while look() {
            yield_now();
        }
    }

    pub(crate) fn wake_all<W>(_word: &W) {}
}
