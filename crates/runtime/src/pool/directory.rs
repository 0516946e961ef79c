//! The pools of this process by their ids, for whoever holds only a task of one.
//!
//! A plain task names its pool without holding it, so that a submit counts no reference. What happens to such a task
//! away from the pool's workers (somebody cancels it) finds the pool here.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use super::shared::Shared;

/// The pool of that id, while somebody holds it.
pub(crate) fn find(id: usize) -> Option<Arc<Shared>> {
    lock().get(&id).and_then(Weak::upgrade)
}

/// Enters a pool that was just made.
pub(crate) fn enter(shared: &Arc<Shared>) {
    lock().insert(shared.id(), Arc::downgrade(shared));
}

/// Takes a pool out that is being dropped.
pub(crate) fn leave(id: usize) {
    let left = lock().remove(&id);
    drop(left);
}

fn lock() -> MutexGuard<'static, HashMap<usize, Weak<Shared>>> {
    static POOLS: LazyLock<Mutex<HashMap<usize, Weak<Shared>>>> = LazyLock::new(Mutex::default);
    POOLS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, not(creel_loom)))]
mod tests {
    use super::*;
    use crate::ThreadPool;

    #[test]
    fn a_pool_is_found_until_it_is_gone() {
        let pool = ThreadPool::new().unwrap();
        let id = pool.shared.id();
        assert_eq!(find(id).map(|shared| shared.id()), Some(id));
        drop(pool);
        assert!(find(id).is_none());
        assert!(!lock().contains_key(&id), "its entry is gone with it");
    }
}
