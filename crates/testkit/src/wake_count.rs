//! A waker that counts.

use std::sync::Arc;
use std::task::{Wake, Waker};

use crate::Watched;

/// Counts how often its waker was woken.
///
/// ```
/// let wakes = creel_testkit::WakeCount::new();
/// wakes.waker().wake();
/// assert_eq!(wakes.count(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct WakeCount {
    count: Arc<Counter>,
}

#[derive(Debug, Default)]
struct Counter(Watched<usize>);

impl WakeCount {
    /// A count of zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// A waker that counts here; all of them [wake the same task](Waker::will_wake).
    pub fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.count))
    }

    /// How often the waker was woken.
    pub fn count(&self) -> usize {
        self.count.0.read(|count| *count)
    }

    /// Blocks until the waker was woken so often.
    pub fn wait_until(&self, wakes: usize) {
        self.count.0.wait_until(|count| *count >= wakes);
    }

    /// How many wakers of this count are alive.
    pub fn wakers(&self) -> usize {
        Arc::strong_count(&self.count) - 1
    }
}

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.change(|count| *count += 1);
    }
}
