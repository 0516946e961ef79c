//! Waiting on a worker: the pool must not stand still for it.

use std::cell::Cell;
use std::sync::Arc;

use creel_core::executor::{Block, Snapshot};

use super::worker;
use crate::task::Handle;

/// So many tasks may run inside one another on one stack; a wait that is nested deeper leaves the task to others.
const DEPTH_MAX: usize = 64;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Runs the task that is waited for on this worker, if it waits in the queue of the same pool.
pub(crate) fn run_in_place<T>(cell: &Arc<dyn Handle<T>>) {
    let Some(worker) = worker::current() else {
        return;
    };
    let depth = DEPTH.get();
    if depth < DEPTH_MAX {
        DEPTH.set(depth + 1);
        // It catches what the body throws, so the depth is always taken back.
        Arc::clone(cell).run_in_place(worker.shared().id());
        DEPTH.set(depth);
    }
}

/// Runs code that may block; on a worker, another one takes its place meanwhile.
pub(crate) fn blocking<R>(code: impl FnOnce() -> R) -> R {
    let Some(worker) = worker::current() else {
        return code();
    };
    let shared = worker.shared();
    let state = shared.dormitory().state();
    let counted = state.advance(|life| life.block(shared.limits())) == Block::Wait;
    if counted {
        shared.look_again();
    }
    let _unblocked = Unblock {
        worker: &worker,
        counted,
    };
    code()
}

struct Unblock<'a> {
    worker: &'a worker::Worker,
    counted: bool,
}

impl Drop for Unblock<'_> {
    fn drop(&mut self) {
        if self.counted {
            self.worker
                .shared()
                .dormitory()
                .state()
                .advance(|life: Snapshot| ((), life.unblock()));
        }
    }
}
