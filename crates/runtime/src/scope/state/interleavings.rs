//! Every interleaving of a scope's end with the end of its tasks, by loom.

use std::panic::Location;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::*;

fn enter(state: &Arc<State>) -> Member {
    Member::enter(state, "task", Location::caller())
}

#[test]
fn a_scope_ends_after_its_tasks_and_sees_what_they_did() {
    // Three threads have very many interleavings.
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let state = Arc::new(State::new());
        let dropped = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..2)
            .map(|_| {
                let (member, dropped) = (enter(&state), Arc::clone(&dropped));
                thread::spawn(move || {
                    dropped.fetch_add(1, Ordering::Relaxed);
                    member.leave();
                })
            })
            .collect();
        state.wait();
        assert_eq!(dropped.load(Ordering::Relaxed), 2);
        for task in tasks {
            task.join().unwrap();
        }
    });
}

#[test]
fn a_task_that_another_one_submits_is_waited_for_as_well() {
    loom::model(|| {
        let state = Arc::new(State::new());
        let dropped = Arc::new(AtomicUsize::new(0));
        let (first, inner, counted) = (enter(&state), Arc::clone(&state), Arc::clone(&dropped));
        let worker = thread::spawn(move || {
            let second = enter(&inner);
            first.leave();
            counted.fetch_add(1, Ordering::Relaxed);
            second.leave();
        });
        state.wait();
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
        worker.join().unwrap();
    });
}
