use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use creel_core::Run;

use super::{Next, Set};
use crate::future::TaskFuture;
use crate::task::Task;

fn pending(count: usize) -> (Vec<Task>, Vec<TaskFuture<usize>>) {
    (0..count)
        .map(|number| Task::from_closure(move || number))
        .unzip()
}

/// How many hold the list of a set, beside the set itself: its places, in the lists of futures or among the members.
fn holders<T>(set: &Set<T>) -> usize {
    Arc::strong_count(&set.ready) - 1
}

#[test]
fn a_set_that_is_dropped_leaves_nothing_with_its_futures() {
    let (tasks, futures) = pending(3);
    let set = Set::of(&futures);
    let ready = Arc::clone(&set.ready);
    assert_eq!(Arc::strong_count(&ready), 5, "a place with each");
    drop(set);
    assert_eq!(Arc::strong_count(&ready), 1);
    drop(tasks);
}

#[test]
fn a_wait_that_is_over_leaves_no_waker() {
    let (_tasks, futures) = pending(1);
    let set = Set::of(futures);
    let soon = Instant::now() + Duration::from_millis(1);
    assert!(matches!(set.next(Some(soon)), Next::TimedOut));
    assert!(!set.ready.is_listened_to());
}

#[test]
fn a_future_that_is_done_gets_no_place() {
    let (tasks, futures) = pending(3);
    for task in tasks {
        task.run();
    }
    let set = Set::of(futures);
    assert_eq!(holders(&set), 0);
    for number in 0..3 {
        assert!(matches!(set.next(None), Next::Done(given, _) if given == number));
    }
}

#[test]
fn a_slot_is_used_again() {
    let set = Set::new();
    for number in 0..100 {
        let (task, future) = Task::from_closure(|| ());
        assert!(matches!(set.insert(future), (given, None) if given == number));
        task.run();
        assert!(matches!(set.next(None), Next::Done(given, _) if given == number));
        assert_eq!(set.look(|members| members.slots()), 1);
    }
    assert!(matches!(set.next(None), Next::Empty));
}

#[test]
fn members_come_in_the_order_in_which_they_ended_whenever_they_came() {
    let (tasks, futures) = pending(4);
    let mut tasks: Vec<_> = tasks.into_iter().map(Some).collect();
    let mut run = |place: usize| tasks[place].take().unwrap().run();
    let set = Set::new();
    for (place, future) in futures.into_iter().enumerate() {
        if place == 3 {
            run(2);
            run(0);
            run(3);
        }
        set.insert(future);
    }
    run(1);
    let order = std::iter::from_fn(|| set.take_done()).map(|(number, _)| number);
    assert_eq!(order.collect::<Vec<_>>(), [2, 0, 3, 1]);
}

#[test]
fn one_that_ends_after_the_set_was_dissolved_harms_nothing() {
    let (tasks, futures) = pending(2);
    let set = Set::of(futures);
    let members = set.dissolve();
    assert_eq!(members.len(), 2);
    for task in tasks {
        task.run();
    }
    assert!(matches!(set.next(None), Next::Empty));
    let (_task, late) = Task::from_closure(|| 0);
    assert!(matches!(set.insert(late), (2, Some(_))));
    for (number, future) in members {
        assert_eq!(future.result().unwrap(), number);
    }
}

/// A waker that does nothing; whoever holds it can be counted.
struct Idle;

impl Wake for Idle {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_task_that_waits_no_longer_is_let_go() {
    let idle = Arc::new(Idle);
    let waker = Waker::from(Arc::clone(&idle));
    let (_tasks, futures) = pending(2);
    let mut completed = crate::as_completed(futures);
    {
        let next: Pin<&mut dyn Future<Output = _>> = pin!(completed.next_async());
        assert!(matches!(
            next.poll(&mut Context::from_waker(&waker)),
            Poll::Pending
        ));
    }
    assert_eq!(Arc::strong_count(&idle), 3, "the list has one");
    drop(completed);
    assert_eq!(Arc::strong_count(&idle), 2);
}
