//! The worker that this thread is, as whatever it runs finds it.

#![expect(
    unsafe_code,
    reason = "each submit and join of a task looks for its worker, which stands on the stack below"
)]

use std::cell::Cell;
use std::ptr;

use super::worker::Worker;
use crate::sync::thread_local;

thread_local! {
    /// It has no destructor, so that to look at it is one load.
    static HERE: Here = const { Here { pool: Cell::new(NO_POOL), worker: Cell::new(ptr::null()) } };
}

/// No pool ever has this id.
const NO_POOL: usize = usize::MAX;

struct Here {
    /// The id of its pool: it tells threads outside, and those of other pools, apart from the pool's own.
    pool: Cell<usize>,
    /// Null, or a worker on this thread's stack.
    worker: Cell<*const Worker>,
}

/// Makes this thread a worker for as long as `work` takes.
pub(super) fn be<R>(worker: &Worker, work: impl FnOnce() -> R) -> R {
    /// Leaves nothing behind, whatever ends the work.
    struct Leave;

    impl Drop for Leave {
        fn drop(&mut self) {
            set(NO_POOL, ptr::null());
        }
    }

    let _leave = Leave;
    set(worker.shared().id(), worker);
    work()
}

fn set(pool: usize, worker: *const Worker) {
    let _thread_ends = HERE.try_with(|here| {
        here.pool.set(pool);
        here.worker.set(worker);
    });
}

/// Whether this thread is a worker of the pool with that id.
#[inline]
pub(super) fn is_of(pool: usize) -> bool {
    HERE.try_with(|here| here.pool.get() == pool)
        .unwrap_or(false)
}

/// Does something with the worker that this thread is, if it is one.
#[inline]
pub(super) fn with<R>(act: impl FnOnce(&Worker) -> R) -> Option<R> {
    let worker = HERE.try_with(|here| here.worker.get()).ok()?;
    // SAFETY: it is null, or `be` borrows the worker on this very thread, below all that runs here, until it sets it back.
    let worker = unsafe { worker.as_ref() };
    worker.map(act)
}

/// Does something with the worker of the pool with that id, if this thread is one.
#[inline]
pub(super) fn with_one_of<R>(pool: usize, act: impl FnOnce(&Worker) -> R) -> Option<R> {
    if is_of(pool) { with(act) } else { None }
}
