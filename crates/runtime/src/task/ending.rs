//! The tasks that this thread ends without running them.
//!
//! To cancel a task is to drop its body and to run its callbacks, here and now. Either may drop or shut down the
//! pool of that very task, which cannot end before the task has: it must not wait.

use std::cell::RefCell;

use crate::sync::thread_local;

thread_local! {
    static POOLS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Names the pool whose task this thread ends, until the guard is dropped.
pub(crate) fn enter(pool: usize) -> Ending {
    Ending {
        entered: POOLS
            .try_with(|pools| pools.borrow_mut().push(pool))
            .is_ok(),
    }
}

/// Whether this thread is ending a task of that pool.
pub(crate) fn is_of(pool: usize) -> bool {
    POOLS
        .try_with(|pools| pools.borrow().contains(&pool))
        .unwrap_or(false)
}

pub(crate) struct Ending {
    entered: bool,
}

impl Drop for Ending {
    fn drop(&mut self) {
        if self.entered {
            // Without the thread-local there is nothing left to take the name out of: the thread is ending.
            let _name = POOLS.try_with(|pools| pools.borrow_mut().pop());
        }
    }
}
