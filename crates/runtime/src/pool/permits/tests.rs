use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use creel_core::executor::Origin;

use super::{Capacity, Entered, Permits, Waiter};
use crate::pool::Refused;
use crate::task::home::Left;

fn permits(tasks: impl Into<Option<usize>>, weight: impl Into<Option<u64>>) -> Permits {
    Permits::new(Capacity {
        tasks: tasks.into(),
        weight: weight.into(),
    })
}

fn in_line(permits: &Permits, weight: u64, origin: Origin) -> Arc<Waiter> {
    match permits.enter(weight, origin, Waker::noop().clone(), || true) {
        Ok(Entered::Waits(waiter)) => waiter,
        _ => panic!("there is room"),
    }
}

/// How many of these have a permit.
fn granted(waiters: &[Arc<Waiter>]) -> usize {
    let is_granted = |waiter: &&Arc<Waiter>| waiter.answer() == Some(Ok(()));
    waiters.iter().filter(is_granted).count()
}

#[test]
fn permits_are_granted_up_to_the_first_in_line_that_does_not_fit() {
    let permits = permits(None, 10);
    assert!(permits.try_take(10));
    let line = [4, 4, 4, 1].map(|weight| in_line(&permits, weight, Origin::Outside));
    permits.give_back(Left::Both, 10);
    assert_eq!(granted(&line), 2, "8 of 10: the third does not fit");
    assert!(!permits.try_take(0), "nobody overtakes the third");
    permits.give_back(Left::Both, 4);
    assert_eq!(granted(&line), 4);
}

#[test]
fn a_waiter_that_leaves_lets_those_behind_it_in() {
    let permits = permits(None, 10);
    assert!(permits.try_take(5));
    let heavy = in_line(&permits, 6, Origin::Outside);
    let light = in_line(&permits, 5, Origin::Outside);
    assert!(permits.leave(&heavy));
    assert_eq!(light.answer(), Some(Ok(())));
    assert!(!permits.leave(&light), "it was answered");
}

#[test]
fn what_is_heavier_than_the_limit_waits_until_nothing_else_has_weight() {
    let permits = permits(None, 10);
    assert!(permits.try_take(1));
    assert!(permits.try_take(0));
    let heavy = in_line(&permits, 1_000, Origin::Outside);
    permits.give_back(Left::Both, 1);
    assert_eq!(heavy.answer(), Some(Ok(())));
    assert!(!permits.try_take(1));
    assert!(permits.try_take(0), "what weighs nothing passes");
    permits.give_back(Left::Both, 1_000);
    assert!(permits.try_take(10));
}

#[test]
fn what_weighs_nothing_passes_where_the_weight_was_exceeded() {
    let permits = permits(None, 10);
    permits.overdraw(10);
    permits.overdraw(10);
    assert!(permits.try_take(0));
    assert!(!permits.try_take(1));
}

#[test]
fn both_limits_hold() {
    let permits = permits(2, 10);
    assert!(permits.try_take(9));
    assert!(!permits.try_take(2));
    assert!(permits.try_take(1));
    assert!(!permits.try_take(0));
}

#[test]
fn without_a_limit_of_weight_weight_does_not_count() {
    let permits = permits(2, None);
    assert!(permits.try_take(u64::MAX));
    assert!(permits.try_take(u64::MAX));
    assert!(!permits.try_take(0));
}

#[test]
fn the_overdraft_counts_what_exceeds_the_capacity() {
    let permits = permits(2, u64::MAX);
    for _ in 0..5 {
        permits.overdraw(u64::MAX);
    }
    assert_eq!(permits.overdraft(), 4, "the first weighs all there may be");
    let waiting = in_line(&permits, 1, Origin::Outside);
    for left in (0..5).rev() {
        assert_eq!(waiting.answer(), None, "{left} are left");
        permits.give_back(Left::Both, u64::MAX);
    }
    assert_eq!(waiting.answer(), Some(Ok(())));
    assert_eq!(permits.overdraft(), 4);
}

#[test]
fn what_cancelled_tasks_leave_behind_is_bounded_by_the_capacity_or_to_a_few() {
    let bounds = [
        (permits(2, None), 64),
        (permits(100, None), 100),
        (permits(None, 10), 64),
        (permits(None, 1_000), 100),
        (permits(80, 1_000), 80),
    ];
    for (permits, bound) in bounds {
        for taken in 0..bound {
            assert!(permits.try_take(10), "{taken} of {bound}");
            permits.give_back(Left::Task, 10);
        }
        assert!(!permits.try_take(10), "{bound} entries stand in the queues");
        let waiting = in_line(&permits, 10, Origin::Outside);
        permits.give_back(Left::Entry, 10);
        assert_eq!(waiting.answer(), Some(Ok(())));
    }
}

#[test]
fn an_entry_may_leave_before_its_task() {
    let permits = permits(1, None);
    assert!(permits.try_take(0));
    permits.give_back(Left::Entry, 0);
    assert!(!permits.try_take(0));
    permits.give_back(Left::Task, 0);
    assert!(permits.try_take(0));
}

#[test]
fn only_those_who_are_not_admitted_any_more_are_refused() {
    let permits = permits(1, None);
    assert!(permits.try_take(0));
    let outside = in_line(&permits, 0, Origin::Outside);
    let inside = in_line(&permits, 0, Origin::Worker);
    permits.close(|origin| origin == Origin::Worker);
    assert_eq!(outside.answer(), Some(Err(Refused::ShutDown)));
    assert_eq!(inside.answer(), None);
    permits.give_back(Left::Both, 0);
    assert_eq!(inside.answer(), Some(Ok(())));
    permits.give_up(&inside);
    permits.give_up(&outside);
    assert!(permits.try_take(0));
    assert!(!permits.try_take(0));
}

#[test]
fn nobody_enters_the_line_of_a_closed_pool() {
    let permits = permits(1, None);
    let entered = permits.enter(0, Origin::Outside, Waker::noop().clone(), || false);
    assert!(matches!(entered, Err(Refused::ShutDown)));
    assert!(permits.try_take(0), "nothing was taken");
}

struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn each_answer_wakes_once_and_a_waiter_that_left_is_not_woken() {
    let permits = permits(1, None);
    assert!(permits.try_take(0));
    let counters = [0; 3].map(|_| Arc::new(Counting(AtomicUsize::new(0))));
    let line = counters.each_ref().map(|counter| {
        match permits.enter(0, Origin::Outside, Arc::clone(counter).into(), || true) {
            Ok(Entered::Waits(waiter)) => waiter,
            _ => panic!("there is room"),
        }
    });
    assert!(permits.leave(&line[0]));
    permits.give_back(Left::Both, 0);
    permits.close(|_| false);
    let woken = counters.map(|counter| counter.0.load(Ordering::Relaxed));
    assert_eq!(woken, [0, 1, 1]);
}

/// A waker whose wake looks at the permits: it would find their lock held.
struct Reentrant(Arc<Permits>);

impl Wake for Reentrant {
    fn wake(self: Arc<Self>) {
        assert!(!self.0.try_take(0), "the permit is the waiter's");
    }
}

#[test]
fn nobody_is_woken_under_the_lock() {
    let permits = Arc::new(permits(1, None));
    assert!(permits.try_take(0));
    let waker = Waker::from(Arc::new(Reentrant(Arc::clone(&permits))));
    let Ok(Entered::Waits(waiter)) = permits.enter(0, Origin::Outside, waker, || true) else {
        panic!("there is room")
    };
    permits.give_back(Left::Both, 0);
    assert_eq!(waiter.answer(), Some(Ok(())));
}
