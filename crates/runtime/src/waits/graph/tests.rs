use std::ops::ControlFlow;
use std::thread::{self, ThreadId};

use super::{Graph, Wait};
use crate::task::current::Waiting;
use crate::task::label::Label;
use crate::waits::Until;
use crate::waits::awaiting::{Awaits, Dust};

impl Awaits for Vec<Waiting> {
    fn each(&self, _dust: &mut Dust, see: &mut dyn FnMut(Waiting) -> ControlFlow<()>) {
        let _seen = self.iter().cloned().try_for_each(see);
    }
}

/// Tasks by name; each is held up by the thread that works on it.
fn task(name: &str) -> Waiting {
    Waiting {
        id: name
            .bytes()
            .fold(0, |id, byte| id * 256 + usize::from(byte)),
        label: Label::Name(name.into()),
    }
}

fn wait(waiter: &str, until: Until, awaited: &[&str]) -> Wait<Vec<Waiting>> {
    Wait {
        worker: None,
        held_up: vec![task(waiter)],
        awaited: awaited.iter().copied().map(task).collect(),
        until,
    }
}

/// A thread's identity that no other has.
fn thread_id() -> ThreadId {
    thread::spawn(|| thread::current().id())
        .join()
        .expect("a thread tells its id")
}

/// The cycle that the last of the waits would close, in words; none of the others closes one.
fn cycle(waits: impl IntoIterator<Item = Wait<Vec<Waiting>>>) -> Option<String> {
    let mut graph = Graph::new();
    let mut last = None;
    for wait in waits {
        assert_eq!(last, None, "only the last wait closes a cycle");
        last = graph.cycle_through(&wait, &mut Vec::new()).map(|path| {
            let steps: Vec<_> = path
                .iter()
                .map(|(waiter, awaited)| format!("{}>{}", waiter.as_str(), awaited.as_str()))
                .collect();
            steps.join(" ")
        });
        graph.insert(thread_id(), wait);
    }
    last
}

#[test]
fn a_wait_for_all_is_stuck_when_one_of_them_is() {
    let found = cycle([
        wait("b", Until::All, &["free", "a"]),
        wait("a", Until::All, &["other", "b"]),
    ]);
    assert_eq!(found.as_deref(), Some("a>b b>a"));
}

#[test]
fn a_wait_for_any_of_two_stuck_ones_is_stuck() {
    let found = cycle([
        wait("b", Until::All, &["a"]),
        wait("c", Until::All, &["a"]),
        wait("a", Until::Any, &["b", "c"]),
    ]);
    assert_eq!(found.as_deref(), Some("a>b b>a"));
}

#[test]
fn a_wait_for_any_is_not_stuck_while_one_of_them_is_free() {
    let found = cycle([
        wait("b", Until::All, &["a"]),
        wait("a", Until::Any, &["b", "free"]),
    ]);
    assert_eq!(found, None);
}

#[test]
fn somebody_who_waits_for_any_is_stuck_once_the_last_of_them_is() {
    let found = cycle([
        wait("a", Until::Any, &["b", "c"]),
        wait("b", Until::All, &["a"]),
        wait("c", Until::All, &["a"]),
    ]);
    assert_eq!(found.as_deref(), Some("c>a a>c"));
}

#[test]
fn a_task_that_waits_for_any_of_itself_and_a_free_one_is_not_stuck() {
    assert_eq!(cycle([wait("a", Until::Any, &["a", "free"])]), None);
    let found = cycle([wait("a", Until::Any, &["a"])]);
    assert_eq!(found.as_deref(), Some("a>a"));
}

/// One waits for any of two: the first waits for it in turn, the second for the closing wait.
#[test]
fn waits_that_depend_on_one_another_are_stuck_together() {
    let found = cycle([
        wait("x", Until::Any, &["y", "z"]),
        wait("y", Until::All, &["x"]),
        wait("z", Until::All, &["a"]),
        wait("a", Until::All, &["x"]),
    ]);
    assert_eq!(found.as_deref(), Some("a>x x>z z>a"));
}

#[test]
fn waits_that_depend_on_one_another_are_free_together() {
    let found = cycle([
        wait("x", Until::Any, &["y", "free"]),
        wait("y", Until::All, &["x"]),
        wait("a", Until::Any, &["y", "a"]),
    ]);
    assert_eq!(found, None);
}

#[test]
fn a_wait_that_is_over_closes_no_cycle() {
    let mut graph = Graph::new();
    let waiting = thread_id();
    graph.insert(waiting, wait("b", Until::All, &["a"]));
    assert!(graph.remove(waiting).is_some());
    let closing = wait("a", Until::All, &["b"]);
    assert_eq!(graph.cycle_through(&closing, &mut Vec::new()), None);
}
