//! The word that holds a task's life.

use creel_core::future::Snapshot;

use crate::sync::atomic::{AtomicU32, Ordering};

/// A task's life in an atomic: core decides each transition, this applies it.
///
/// # Memory ordering
/// Each step is `AcqRel`: what was written before it (a value, a panic) is seen by whoever reads the state that it
/// made, and a worker that starts a task sees everything from before its submission. A step that changes nothing
/// is written all the same: a wake that finds the task queued already must hand on what it was woken for to the
/// poll that follows.
pub(crate) struct State(AtomicU32);

impl State {
    pub(crate) fn new(life: Snapshot) -> Self {
        Self(AtomicU32::new(life.bits()))
    }

    /// Applies one transition; the only place where the word changes. Gives the action, and the life before.
    pub(crate) fn advance<A>(
        &self,
        mut transition: impl FnMut(Snapshot) -> (A, Snapshot),
    ) -> (A, Snapshot) {
        let mut current = self.0.load(Ordering::Acquire);
        loop {
            let before = Snapshot::from_bits(current);
            let (action, after) = transition(before);
            match self.0.compare_exchange_weak(
                current,
                after.bits(),
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return (action, before),
                Err(actual) => current = actual,
            }
        }
    }

    pub(crate) fn load(&self) -> Snapshot {
        Snapshot::from_bits(self.0.load(Ordering::Acquire))
    }
}
