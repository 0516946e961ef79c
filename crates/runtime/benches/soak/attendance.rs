//! How many threads have run a task.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

static THREADS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static NOTED: Cell<bool> = const { Cell::new(false) };
}

/// Counts this thread, if it was not counted before.
pub(crate) fn note() {
    if !NOTED.replace(true) {
        THREADS.fetch_add(1, Ordering::Relaxed);
    }
}

/// The threads that were counted so far; a scene looks at it before and after.
pub(crate) fn count() -> u64 {
    THREADS.load(Ordering::Relaxed)
}
