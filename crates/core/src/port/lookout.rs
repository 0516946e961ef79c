//! The port to what an idle worker can watch.

use std::time::Instant;

/// Something outside that becomes ready and wakes tasks, such as sockets, as long as a thread keeps watch.
///
/// An executor that is given one has an idle worker keep watch where that would sleep: what becomes ready is then found by
/// the thread that goes on with it, and not handed over by another one. Nobody needs to: a lookout that no worker keeps sees
/// to it that somebody else does, soon after the last has left.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
pub trait Lookout: Send + Sync {
    /// Blocks until something is ready, [`rouse`](Self::rouse) is called, or a time has come, and wakes whoever waited for
    /// what is ready. It may return for no reason as well.
    ///
    /// One thread at a time keeps watch. The watcher is asked whether it stays when this thread has the place, right before
    /// it blocks: it does not block if not.
    ///
    /// Wakers are foreign code: one that panics keeps nobody else from being woken, and does not end the watch by its panic.
    fn watch(&self, until: Option<Instant>, watcher: &mut dyn Watcher) -> Watch;

    /// Has whoever keeps watch return. A thread that [was asked](Watcher::stays) before this was called and stays returns as
    /// well; a watch that begins later need not.
    fn rouse(&self);
}

/// How a thread keeps watch.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
pub trait Watcher {
    /// Whether it still has nothing else to do.
    fn stays(&self) -> bool;

    /// Something is ready, and whoever waited for it is woken next, on this thread. Called once in a watch at most.
    fn found(&mut self);
}

/// How a watch ended.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// The thread has kept watch, or did not stay.
    Kept,
    /// Another thread keeps watch.
    Taken,
}
