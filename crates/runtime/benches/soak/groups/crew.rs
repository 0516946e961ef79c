//! The bodies of a round's tasks, and how many there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::panics::bomb::PLANNED;

/// Counts bodies.
#[derive(Default)]
pub(crate) struct Crew {
    made: AtomicU64,
    dropped: AtomicU64,
    ran: AtomicU64,
}

/// How a task ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Value,
    Panic,
}

impl Crew {
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    pub(crate) fn ran(&self) -> u64 {
        self.ran.load(Ordering::Relaxed)
    }

    /// The bodies that were not dropped.
    pub(crate) fn alive(&self) -> u64 {
        self.made() - self.dropped.load(Ordering::Relaxed)
    }

    /// A body that gives its number, or panics.
    pub(crate) fn body(self: &Arc<Self>, number: u64, fate: Fate) -> Body {
        self.made.fetch_add(1, Ordering::Relaxed);
        Body {
            crew: Arc::clone(self),
            number,
            fate,
        }
    }
}

pub(crate) struct Body {
    crew: Arc<Crew>,
    number: u64,
    fate: Fate,
}

impl Body {
    pub(crate) fn run(self) -> u64 {
        self.crew.ran.fetch_add(1, Ordering::Relaxed);
        if self.number % 4 == 3 {
            thread::yield_now();
        }
        match self.fate {
            Fate::Value => self.number,
            Fate::Panic => panic!("{PLANNED}: of a body"),
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.crew.dropped.fetch_add(1, Ordering::Relaxed);
    }
}
