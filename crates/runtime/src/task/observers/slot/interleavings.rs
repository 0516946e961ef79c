//! Every interleaving of two threads that lock a slot, by loom.

use std::sync::Arc;

use loom::thread;

use super::Slot;

/// Adds one to what is in the box, which the first makes.
fn add_one(slot: &Slot<u64>) {
    let mut locked = slot.lock();
    let before = locked.take();
    *locked = Some(Box::new(before.map_or(1, |before| *before + 1)));
}

#[test]
fn who_locks_a_slot_sees_what_was_done_under_the_lock_before() {
    loom::model(|| {
        let slot = Arc::new(Slot::default());
        let other = Arc::clone(&slot);
        let thread = thread::spawn(move || add_one(&other));
        add_one(&slot);
        thread.join().unwrap();
        assert_eq!(slot.lock().as_deref(), Some(&2));
    });
}
