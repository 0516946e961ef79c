//! How many workers of this process are awake: whether a thread that looks on has a processor for itself.
//!
//! It is a hint for [`patience`](crate::patience) alone, and orders nothing.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

static AWAKE: AtomicUsize = AtomicUsize::new(0);

/// A worker while it is there; it is counted as awake until this is dropped.
pub(super) struct Awake(());

impl Awake {
    pub(super) fn new() -> Self {
        AWAKE.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        AWAKE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A worker while it sleeps or is blocked; it is not counted as awake until this is dropped.
pub(super) struct Asleep(());

impl Asleep {
    pub(super) fn new() -> Self {
        AWAKE.fetch_sub(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Asleep {
    fn drop(&mut self) {
        AWAKE.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether the workers that are awake have all processors.
pub(crate) fn have_all_processors() -> bool {
    AWAKE.load(Ordering::Relaxed) >= processors()
}

/// How many threads can run at the same time.
pub(crate) fn processors() -> usize {
    static PROCESSORS: LazyLock<usize> =
        LazyLock::new(|| thread::available_parallelism().map_or(usize::MAX, |count| count.get()));
    *PROCESSORS
}
