//! A thread that sleeps until a waker wakes it.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Instant;

use crate::sync::thread::{self, Thread};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(not(creel_loom))]
thread_local! {
    static WAKER: Waker = Waker::from(Arc::new(Unpark(thread::current())));
}

/// The waker that unparks this thread; one per thread, so that waiting again costs no allocation.
#[cfg(not(creel_loom))]
pub(crate) fn waker() -> Waker {
    WAKER
        .try_with(Waker::clone)
        .unwrap_or_else(|_| Waker::from(Arc::new(Unpark(thread::current()))))
}

#[cfg(creel_loom)]
pub(crate) fn waker() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

/// Sleeps until `ready`, or until the deadline; false when that passed first.
///
/// `ready` is asked after each wake-up, since a thread may be unparked for somebody else's reason.
pub(crate) fn until(deadline: Option<Instant>, mut ready: impl FnMut() -> bool) -> bool {
    loop {
        if ready() {
            return true;
        }
        match deadline {
            None => thread::park(),
            Some(deadline) => {
                let Some(left) = deadline
                    .checked_duration_since(Instant::now())
                    .filter(|left| !left.is_zero())
                else {
                    return false;
                };
                park_timeout(left);
            }
        }
    }
}

#[cfg(not(creel_loom))]
fn park_timeout(left: std::time::Duration) {
    thread::park_timeout(left);
}

/// Loom has no time: a model waits for events.
#[cfg(creel_loom)]
fn park_timeout(_left: std::time::Duration) {
    thread::park();
}
