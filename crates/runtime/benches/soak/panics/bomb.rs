//! What panics when it is dropped.

use std::panic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::thread;

/// How the text of every panic begins that is meant to be.
pub(crate) const PLANNED: &str = "planned";

/// A value whose destructor panics.
pub(crate) struct Bomb(Arc<Bombs>);

/// How many there were, and are no more.
#[derive(Debug, Default)]
pub(crate) struct Bombs {
    made: AtomicU64,
    dropped: AtomicU64,
}

impl Bombs {
    pub(crate) fn make(self: &Arc<Self>) -> Bomb {
        self.made.fetch_add(1, Ordering::Relaxed);
        Bomb(Arc::clone(self))
    }

    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::Relaxed);
        // A second panic while the first one unwinds would end the process.
        if !thread::panicking() {
            panic!("{PLANNED}: of a destructor");
        }
    }
}

/// Keeps the panics that are meant to be from being printed, from here on.
pub(crate) fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let payload = info.payload();
            let text = payload.downcast_ref::<&str>().copied();
            let text = text.or_else(|| payload.downcast_ref().map(String::as_str));
            let is_planned = text.is_some_and(|text| text.starts_with(PLANNED));
            if !(is_planned || payload.is::<Bomb>()) {
                tell(info);
            }
        }));
    });
}
