//! Every interleaving on the room of a bounded queue, by loom.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Instant;

use creel_core::executor::Origin;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::{Capacity, Entered, Permits, Waiter};
use crate::park::Unparker;
use crate::pool::Refused;
use crate::task::home::Left;

/// Room for one task, which is taken.
fn taken() -> Arc<Permits> {
    let permits = Arc::new(Permits::new(Capacity {
        tasks: Some(1),
        weight: None,
    }));
    assert!(permits.try_take(0));
    permits
}

fn submit(permits: &Permits, admitted: impl FnOnce() -> bool) -> Result<(), Refused> {
    if permits.try_take(0) {
        return Ok(());
    }
    let thread = Unparker::current();
    match permits.enter(0, Origin::Outside, thread.waker(), admitted)? {
        Entered::Granted => Ok(()),
        Entered::Waits(waiter) => permits.wait(&waiter, &thread, None),
    }
}

/// Somebody who stands in line when the model starts.
fn in_line(permits: &Permits, waker: &Waker) -> Arc<Waiter> {
    match permits.enter(0, Origin::Outside, waker.clone(), || true) {
        Ok(Entered::Waits(waiter)) => waiter,
        _ => panic!("there is no room"),
    }
}

fn assert_all_free(permits: &Permits) {
    assert!(permits.try_take(0), "a permit was lost");
    assert!(!permits.try_take(0), "a permit was given twice");
}

struct Woken(AtomicBool);

impl Woken {
    fn not_yet() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(false)))
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn whoever_waits_for_room_gets_the_permit_that_comes_back() {
    loom::model(|| {
        let permits = taken();
        let waiting = {
            let permits = Arc::clone(&permits);
            thread::spawn(move || submit(&permits, || true))
        };
        permits.give_back(Left::Both, 0);
        // A lost wake-up leaves the thread parked for ever, which loom reports as a deadlock.
        assert_eq!(waiting.join().unwrap(), Ok(()));
        assert!(!permits.try_take(0));
    });
}

#[test]
fn whoever_waits_for_room_sees_the_shutdown() {
    loom::model(|| {
        let permits = taken();
        let open = Arc::new(AtomicBool::new(true));
        let waiting = {
            let (permits, open) = (Arc::clone(&permits), Arc::clone(&open));
            thread::spawn(move || submit(&permits, || open.load(Ordering::Acquire)))
        };
        open.store(false, Ordering::Release);
        permits.close(|_| false);
        assert_eq!(waiting.join().unwrap(), Err(Refused::ShutDown));
    });
}

#[test]
fn a_grant_that_races_the_shutdown_is_one_answer_and_loses_no_permit() {
    loom::model(|| {
        let permits = taken();
        let waiting = {
            let permits = Arc::clone(&permits);
            thread::spawn(move || {
                let answer = submit(&permits, || true);
                if answer.is_ok() {
                    permits.give_back(Left::Both, 0);
                }
            })
        };
        let closing = {
            let permits = Arc::clone(&permits);
            thread::spawn(move || permits.give_back(Left::Both, 0))
        };
        permits.close(|_| false);
        closing.join().unwrap();
        waiting.join().unwrap();
        assert_all_free(&permits);
    });
}

#[test]
fn a_waiter_that_leaves_hands_its_grant_to_the_next() {
    loom::model(|| {
        let permits = taken();
        let woken = Woken::not_yet();
        let leaving = in_line(&permits, Waker::noop());
        let next = in_line(&permits, &Waker::from(Arc::clone(&woken)));
        let returning = {
            let permits = Arc::clone(&permits);
            thread::spawn(move || permits.give_back(Left::Both, 0))
        };
        permits.give_up(&leaving);
        returning.join().unwrap();
        assert_eq!(next.answer(), Some(Ok(())));
        assert!(woken.is_set());
        assert!(!permits.try_take(0));
    });
}

#[test]
fn a_waiter_whose_time_is_over_leaves_or_has_its_permit() {
    loom::model(|| {
        let permits = taken();
        let waiting = in_line(&permits, Waker::noop());
        let returning = {
            let permits = Arc::clone(&permits);
            thread::spawn(move || permits.give_back(Left::Both, 0))
        };
        let answer = permits.wait(&waiting, &Unparker::current(), Some(Instant::now()));
        if answer.is_ok() {
            permits.give_back(Left::Both, 0);
        }
        returning.join().unwrap();
        assert_eq!(answer, waiting.answer().unwrap_or(Err(Refused::Full)));
        assert_all_free(&permits);
    });
}

#[test]
fn permits_are_granted_in_the_order_of_the_line() {
    loom::model(|| {
        let permits = taken();
        let first = in_line(&permits, Waker::noop());
        let second = in_line(&permits, Waker::noop());
        let returning = {
            let permits = Arc::clone(&permits);
            thread::spawn(move || {
                permits.give_back(Left::Both, 0);
                permits.give_back(Left::Both, 0);
            })
        };
        if second.answer().is_some() {
            assert_eq!(first.answer(), Some(Ok(())), "the second was served first");
        }
        assert!(!permits.try_take(0), "overtook those in line");
        returning.join().unwrap();
        assert_eq!(second.answer(), Some(Ok(())));
    });
}

#[test]
fn a_grant_wakes_the_waker_of_the_last_poll() {
    loom::model(|| {
        let permits = taken();
        let waiting = in_line(&permits, Waker::noop());
        let returning = {
            let permits = Arc::clone(&permits);
            thread::spawn(move || permits.give_back(Left::Both, 0))
        };
        let woken = Woken::not_yet();
        let answer = permits.poll(&waiting, &Waker::from(Arc::clone(&woken)));
        returning.join().unwrap();
        assert!(answer.is_some() || woken.is_set(), "nobody polls it again");
        assert_eq!(waiting.answer(), Some(Ok(())));
    });
}

#[test]
fn a_task_and_its_entry_that_leave_at_once_give_back_one_permit() {
    loom::model(|| {
        let permits = taken();
        let waiting = {
            let permits = Arc::clone(&permits);
            thread::spawn(move || submit(&permits, || true))
        };
        let cancelling = {
            let permits = Arc::clone(&permits);
            thread::spawn(move || permits.give_back(Left::Task, 0))
        };
        permits.give_back(Left::Entry, 0);
        cancelling.join().unwrap();
        assert_eq!(waiting.join().unwrap(), Ok(()));
        assert!(!permits.try_take(0));
        permits.give_back(Left::Both, 0);
        assert_all_free(&permits);
    });
}
