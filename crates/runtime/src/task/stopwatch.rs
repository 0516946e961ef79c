//! Measures some tasks: how long they waited to start, and how long they ran.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::sync::atomic::{AtomicU64, Ordering};

/// One word in each task: 0 while nobody measures it, then when it was queued, then how long it has run.
///
/// # Memory ordering
/// It is written by whoever queues the task and then by the worker that runs it; the task's state and the queue order
/// them.
pub(super) struct Stopwatch(AtomicU64);

/// Tells how long a task has run from when it was queued.
const HAS_RUN: u64 = 1 << 63;

/// When a step of a task began, and what the task had waited if it was the first.
pub(super) struct Step {
    began: u64,
    pub(super) waited: Option<Duration>,
}

impl Stopwatch {
    pub(super) fn stopped() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Measures the task, which is about to be queued.
    pub(super) fn start(&self) {
        self.0.store(now(), Ordering::Relaxed);
    }

    pub(super) fn is_started(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// A worker is about to run the body of a task that is measured.
    pub(super) fn begin(&self) -> Step {
        let (word, began) = (self.0.load(Ordering::Relaxed), now());
        let first = word & HAS_RUN == 0;
        if first {
            self.0.store(HAS_RUN, Ordering::Relaxed);
        }
        let waited = first.then(|| Duration::from_nanos(began.saturating_sub(word)));
        Step { began, waited }
    }

    /// The body has come to its end or to a suspension; gives how long it has run in all.
    pub(super) fn end(&self, step: &Step) -> Duration {
        let word = self.0.load(Ordering::Relaxed) + now().saturating_sub(step.began);
        self.0.store(word, Ordering::Relaxed);
        Duration::from_nanos(word & !HAS_RUN)
    }
}

/// Nanoseconds, at least one, since some moment in the life of this process.
fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let since = START.elapsed().as_nanos();
    u64::try_from(since).map_or(HAS_RUN - 1, |since| since.max(1))
}

#[cfg(all(test, not(creel_loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_told_once_and_the_steps_add_up() {
        let watch = Stopwatch::stopped();
        assert!(!watch.is_started());
        watch.start();
        let queued = now();
        let before = now();
        let first = watch.begin();
        assert!(first.waited.unwrap() >= Duration::from_nanos(before - queued));
        let one = watch.end(&first);
        let second = watch.begin();
        assert_eq!(second.waited, None);
        let both = watch.end(&second);
        assert!(both >= one, "{both:?} is less than {one:?}");
        assert!(both <= Duration::from_nanos(now() - queued));
    }
}
