//! A wait that the caller can end.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread::{self, Thread, ThreadId};
use std::time::Instant;

use creel_core::Context;

/// Holds a thread until an instant has come or the caller asks to stop.
///
/// It keeps one waker per thread, so that a camera which waits for each frame registers itself once.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    waker: Option<(ThreadId, Waker)>,
}

impl Pause {
    /// Blocks until `when`, or until `context` is cancelled; the caller looks which.
    pub(crate) fn until(&mut self, when: Instant, context: &Context) {
        context.on_cancel(self.waker());
        loop {
            let left = when.saturating_duration_since(Instant::now());
            if left.is_zero() || context.is_cancelled() {
                return;
            }
            thread::park_timeout(left);
        }
    }

    fn waker(&mut self) -> &Waker {
        let current = thread::current();
        let slot = self.waker.take().filter(|(id, _)| *id == current.id());
        let (_, waker) = self
            .waker
            .insert(slot.unwrap_or_else(|| (current.id(), Waker::from(Arc::new(Unpark(current))))));
        waker
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
