use std::ops::ControlFlow;
use std::sync::Arc;

use creel_core::Run;

use super::{Awaiting, Awaits, Roll};
use crate::future::TaskFuture;
use crate::task::{Task, TaskRef};

fn named(name: &str) -> (Task, TaskFuture<()>) {
    Task::builder().name(name).closure(|| ())
}

fn cell<T>(future: &TaskFuture<T>) -> TaskRef {
    future.task().clone()
}

/// The names of the tasks that a wait is for, up to so many.
fn names(awaiting: &Awaiting, most: usize) -> Vec<String> {
    let mut names = Vec::new();
    awaiting.each(&mut Vec::new(), &mut |task| {
        names.push(task.label.as_str().to_owned());
        if names.len() == most {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    names
}

#[test]
fn a_roll_shows_those_who_were_not_taken_out() {
    let (_tasks, futures): (Vec<_>, Vec<_>) = ["a", "b", "c", "d"].map(named).into_iter().unzip();
    let cells = futures.iter().map(cell).enumerate();
    let roll = Arc::new(Roll::new(cells.take(3)));
    let awaiting = Awaiting::Roll(Arc::clone(&roll));
    assert_eq!(names(&awaiting, 9), ["a", "b", "c"]);
    roll.remove(0);
    assert_eq!(names(&awaiting, 9), ["c", "b"]);
    roll.remove(2);
    roll.add(0, cell(&futures[3]));
    roll.add(7, cell(&futures[0]));
    assert_eq!(names(&awaiting, 9), ["b", "d", "a"]);
    roll.remove(7);
    roll.remove(1);
    assert_eq!(names(&awaiting, 9), ["d"]);
}

#[test]
fn a_roll_is_read_no_further_than_it_must_be() {
    let (_tasks, futures): (Vec<_>, Vec<_>) = ["a", "b"].map(named).into_iter().unzip();
    let roll = Roll::new(futures.iter().map(cell).enumerate());
    assert_eq!(names(&Awaiting::Roll(Arc::new(roll)), 1), ["a"]);
}

#[test]
fn who_waits_for_a_continuation_waits_for_the_first_that_is_not_done() {
    let (first, future) = named("first");
    let (second, other) = named("second");
    let chained = future.then(move |()| other).map(|_| ());
    let awaiting = Awaiting::Task(cell(&chained));
    assert_eq!(names(&awaiting, 9), ["first"]);
    first.run();
    // It is polled now, and waits for the second as any async task does: nobody knows for what.
    assert_ne!(names(&awaiting, 9), ["first"]);
    second.run();
    assert!(chained.done());
    assert_eq!(
        names(&awaiting, 9).len(),
        1,
        "a task that is done stands for itself"
    );
}
