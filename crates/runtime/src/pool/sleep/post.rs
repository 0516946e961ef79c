//! Where a worker keeps watch in place of sleeping; the protocol is told in `sleep/README.md`.

use std::sync::Arc;
use std::time::Instant;

use creel_core::port::{Lookout, Watch, Watcher};

use super::{Dormitory, Sleeper};
use crate::guard;
use crate::sync::atomic::{AtomicBool, Ordering, fence};

/// A worker's way to the pool's lookout.
pub(crate) struct Post {
    lookout: Arc<dyn Lookout>,
    /// Whether the worker may be keeping watch, where only the lookout reaches it. Written by the worker, between its entry
    /// into the list and a look at its claim; read by whoever claims it, after the claim was written.
    is_manned: AtomicBool,
}

/// What a searching worker saw outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glance {
    /// Something is ready, and whoever waited for it was woken.
    Found,
    Nothing,
    /// Another thread is in the way, or there is no outside.
    Barred,
}

/// An idle worker that keeps watch.
struct OnWatch<'a> {
    dormitory: &'a Dormitory,
    sleeper: &'a Sleeper,
    has_found: bool,
    /// It has taken itself off the list.
    is_back: bool,
}

/// A searching worker that looks out in passing.
struct Passing {
    has_found: bool,
}

impl Post {
    pub(crate) fn new(lookout: Arc<dyn Lookout>) -> Self {
        Self {
            lookout,
            is_manned: AtomicBool::new(false),
        }
    }

    /// Has a searching worker look for what is ready by now.
    pub(crate) fn glance(&self) -> Glance {
        let mut passing = Passing { has_found: false };
        match self.watch(Some(Instant::now()), &mut passing) {
            Watch::Taken => Glance::Barred,
            Watch::Kept if passing.has_found => Glance::Found,
            Watch::Kept => Glance::Nothing,
        }
    }

    /// Has an idle worker keep watch until it is claimed, or `until`, or something is found; true when it was, and the worker
    /// is counted as searching. False also when another thread keeps watch.
    pub(super) fn keep_watch(
        &self,
        dormitory: &Dormitory,
        sleeper: &Sleeper,
        until: Option<Instant>,
    ) -> bool {
        let mut watcher = OnWatch {
            dormitory,
            sleeper,
            has_found: false,
            is_back: false,
        };
        self.is_manned.store(true, Ordering::Relaxed);
        // A claimer that does not see the worker on its post has its claim seen here.
        fence(Ordering::SeqCst);
        while watcher.stays()
            && until.is_none_or(|until| Instant::now() < until)
            && self.watch(until, &mut watcher) == Watch::Kept
        {}
        self.is_manned.store(false, Ordering::Relaxed);
        watcher.is_back
    }

    /// The worker was claimed: has it come back, if it is here.
    pub(super) fn call_back(&self) {
        fence(Ordering::SeqCst);
        if self.is_manned.load(Ordering::Relaxed) {
            guard::run_quietly("a lookout that was roused", || self.lookout.rouse());
        }
    }

    /// Keeps watch for one time. A lookout that panics is as one whose place is taken: this thread does without it.
    fn watch(&self, until: Option<Instant>, watcher: &mut dyn Watcher) -> Watch {
        let mut watch = Watch::Taken;
        guard::run_quietly("a lookout that was watched", || {
            watch = self.lookout.watch(until, watcher);
        });
        watch
    }
}

impl Watcher for OnWatch<'_> {
    fn stays(&self) -> bool {
        !self.has_found && !self.sleeper.is_claimed()
    }

    fn found(&mut self) {
        self.has_found = true;
        // Else it was claimed at this moment, and goes on when it is woken.
        self.is_back = self.dormitory.come_back(self.sleeper);
    }
}

impl Watcher for Passing {
    fn stays(&self) -> bool {
        true
    }

    fn found(&mut self) {
        self.has_found = true;
    }
}

#[cfg(all(test, creel_loom))]
mod interleavings;
