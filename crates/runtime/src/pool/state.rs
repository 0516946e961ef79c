//! The word that holds a pool's life.

use creel_core::executor::Snapshot;

use crate::sync::atomic::{AtomicU64, Ordering};

/// A pool's life in an atomic: core decides each transition, this applies it.
///
/// # Memory ordering
/// Each successful step is `AcqRel`. What must not be missed between the queues and this word (a task that
/// was published, a worker that went to sleep) is ordered by the fences of [`sleep`](super::sleep), not here.
pub(crate) struct State(AtomicU64);

impl State {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(Snapshot::new().bits()))
    }

    /// Applies one transition; the only place where the word changes.
    pub(crate) fn advance<A>(&self, mut transition: impl FnMut(Snapshot) -> (A, Snapshot)) -> A {
        let mut current = self.0.load(Ordering::Acquire);
        loop {
            let before = Snapshot::from_bits(current);
            let (action, after) = transition(before);
            if after == before {
                return action;
            }
            match self.0.compare_exchange_weak(
                current,
                after.bits(),
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return action,
                Err(actual) => current = actual,
            }
        }
    }

    pub(crate) fn load(&self) -> Snapshot {
        Snapshot::from_bits(self.word())
    }

    /// The word, for whoever has put a task into a queue by a `SeqCst` step: no later than that.
    #[inline]
    pub(crate) fn word_after_step(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// The life as it stands in the word.
    #[inline]
    pub(crate) fn word(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}
