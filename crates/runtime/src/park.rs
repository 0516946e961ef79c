//! A thread that sleeps until somebody wakes it.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Instant;

use crate::task::Waiter;

/// Wakes the thread that made it.
#[derive(Clone)]
pub(crate) struct Unparker(Arc<Inner>);

impl Unparker {
    /// Of this thread.
    pub(crate) fn current() -> Self {
        Self(Arc::new(Inner::current()))
    }

    pub(crate) fn unpark(&self) {
        self.0.unpark();
    }

    /// Sleeps until somebody wakes this thread, for whatever reason. Only for the thread that made it.
    pub(crate) fn park(&self) {
        self.0.park();
    }

    pub(crate) fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.0))
    }

    /// This thread in a list of wakers.
    pub(crate) fn waiter(&self) -> Waiter {
        Waiter::at(&*self.0)
    }

    /// Sleeps until `ready`, or until the deadline; false when that passed first. Only for the thread that made it.
    ///
    /// `ready` is asked after each wake-up, since a thread may be woken for somebody else's reason.
    pub(crate) fn park_until(
        &self,
        deadline: Option<Instant>,
        mut ready: impl FnMut() -> bool,
    ) -> bool {
        loop {
            if ready() {
                return true;
            }
            match deadline {
                None => self.0.park(),
                Some(deadline) if self.0.park_until(deadline) => {}
                Some(_) => return false,
            }
        }
    }
}

#[cfg(all(test, creel_loom))]
impl Unparker {
    /// Sleeps until the next wake, whatever it is for. One that never comes is a deadlock, which loom reports.
    pub(crate) fn park_once(&self) {
        let mut parked = false;
        self.park_until(None, || std::mem::replace(&mut parked, true));
    }
}

impl Wake for Inner {
    fn wake(self: Arc<Self>) {
        self.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.unpark();
    }
}

#[cfg(not(creel_loom))]
mod system {
    use std::time::Instant;

    use crate::sync::thread::{self, Thread};

    pub(super) struct Inner(Thread);

    impl Inner {
        pub(super) fn current() -> Self {
            Self(thread::current())
        }

        pub(super) fn unpark(&self) {
            self.0.unpark();
        }

        pub(super) fn park(&self) {
            thread::park();
        }

        pub(super) fn park_until(&self, deadline: Instant) -> bool {
            thread::park_until(deadline)
        }
    }
}

/// Loom's own `unpark` also wakes a thread that waits for a lock, so a token under a lock stands in for it.
#[cfg(creel_loom)]
mod system {
    use std::time::Instant;

    use crate::sync::{Condvar, Mutex, wait};

    pub(super) struct Inner(Mutex<bool>, Condvar);

    impl Inner {
        pub(super) fn current() -> Self {
            Self(Mutex::new(false), Condvar::new())
        }

        pub(super) fn unpark(&self) {
            *self.0.lock() = true;
            self.1.notify_one();
        }

        pub(super) fn park(&self) {
            let mut token = self.0.lock();
            while !*token {
                token = wait(&self.1, token);
            }
            *token = false;
        }

        /// A model has no time: what is not over at the start never is, and waits for events.
        pub(super) fn park_until(&self, deadline: Instant) -> bool {
            let is_over = deadline <= Instant::now();
            if !is_over {
                self.park();
            }
            !is_over
        }
    }
}

use system::Inner;
