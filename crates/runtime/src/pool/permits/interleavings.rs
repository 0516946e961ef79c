//! Every interleaving on the places of a bounded queue, by loom.

use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::{Permits, Room};
use crate::pool::Refused;

#[test]
fn whoever_waits_for_room_gets_the_permit_that_comes_back() {
    loom::model(|| {
        let permits = Arc::new(Permits::new(1));
        permits.acquire(Room::Wait, || true).unwrap();
        let waiting = {
            let permits = Arc::clone(&permits);
            thread::spawn(move || permits.acquire(Room::Wait, || true))
        };
        permits.give_back();
        assert_eq!(waiting.join().unwrap(), Ok(()));
        assert_eq!(permits.acquire(Room::Now, || true), Err(Refused::Full));
    });
}

#[test]
fn whoever_waits_for_room_sees_the_shutdown() {
    loom::model(|| {
        let permits = Arc::new(Permits::new(1));
        let open = Arc::new(AtomicBool::new(true));
        permits.acquire(Room::Wait, || true).unwrap();
        let waiting = {
            let (permits, open) = (Arc::clone(&permits), Arc::clone(&open));
            thread::spawn(move || permits.acquire(Room::Wait, || open.load(Ordering::Acquire)))
        };
        open.store(false, Ordering::Release);
        permits.close();
        assert_eq!(waiting.join().unwrap(), Err(Refused::ShutDown));
    });
}
