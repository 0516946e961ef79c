//! Every interleaving of tasks that end and of one who waits for them, by loom.

use creel_core::Run;
use loom::thread;

use super::{Members, Next, Set};
use crate::as_completed::as_completed;
use crate::task::Task;

#[test]
fn outcomes_come_as_they_are_made_whoever_is_quicker() {
    loom::model(|| {
        let (tasks, futures): (Vec<_>, Vec<_>) = (0..2)
            .map(|number| Task::from_closure(move || number))
            .unzip();
        let worker = thread::spawn(move || {
            for task in tasks {
                task.run();
            }
        });
        let outcomes: Vec<_> = as_completed(futures)
            .map(|(place, outcome)| (place, outcome.unwrap()))
            .collect();
        assert_eq!(outcomes, [(0, 0), (1, 1)]);
        worker.join().unwrap();
    });
}

#[test]
fn a_future_that_somebody_else_observes_comes_once() {
    loom::model(|| {
        let (task, future) = Task::from_closure(|| 7);
        // It makes whoever ends the task look at the list once more.
        future.add_done_callback(|_| ());
        let worker = thread::spawn(move || task.run());
        let mut completed = as_completed([future]);
        assert!(matches!(completed.next(), Some((0, Ok(7)))));
        worker.join().unwrap();
        assert!(completed.next().is_none());
    });
}

#[test]
fn a_future_is_handed_out_or_comes_as_completed_never_both() {
    loom::model(|| {
        let (task, future) = Task::from_closure(|| 7);
        let set = Set::of([future]);
        let worker = thread::spawn(move || task.run());
        let handed_out = set.look(Members::take_pending).is_some();
        assert_eq!(matches!(set.next(None), Next::Empty), handed_out);
        worker.join().unwrap();
        assert!(matches!(set.next(None), Next::Empty));
    });
}

#[test]
fn a_task_that_ends_while_its_set_is_dissolved_harms_nothing() {
    loom::model(|| {
        let (task, future) = Task::from_closure(|| 7);
        let set = Set::of([future]);
        let worker = thread::spawn(move || task.run());
        let [(0, future)] = <[_; 1]>::try_from(set.dissolve()).ok().unwrap() else {
            panic!("it has one member");
        };
        worker.join().unwrap();
        assert!(matches!(set.next(None), Next::Empty));
        assert_eq!(future.result().unwrap(), 7);
    });
}

#[test]
fn a_task_that_waits_for_others_misses_none() {
    loom::model(|| {
        let (tasks, futures): (Vec<_>, Vec<_>) = (0..2)
            .map(|number| Task::from_closure(move || number))
            .unzip();
        let worker = thread::spawn(move || {
            for task in tasks {
                task.run();
            }
        });
        // Within a task, a wait enters the graph.
        let (waiting, count) = Task::from_closure(move || as_completed(futures).count());
        waiting.run();
        assert_eq!(count.result().unwrap(), 2);
        worker.join().unwrap();
    });
}
