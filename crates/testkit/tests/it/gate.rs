use std::task::{Context as Task, Poll};

use creel_core::Context;
use creel_testkit::{Gate, ManualSignal, Passage, WakeCount};

#[test]
fn a_gate_holds_until_it_is_opened_and_never_again() {
    let gate = Gate::closed();
    let held = gate.clone();
    let thread = std::thread::spawn(move || held.wait(&Context::new()));
    gate.wait_until_reached(1);
    assert_eq!(gate.waiting(), 1);
    gate.open();
    assert_eq!(thread.join().unwrap(), Passage::Opened);
    assert_eq!(gate.waiting(), 0);
    assert_eq!(gate.wait(&Context::new()), Passage::Opened);
}

#[test]
fn an_open_gate_lets_a_cancelled_caller_through() {
    let (gate, signal) = (Gate::closed(), ManualSignal::new());
    signal.cancel();
    assert_eq!(gate.wait(&signal.context()), Passage::Cancelled);
    gate.open();
    assert_eq!(gate.wait(&signal.context()), Passage::Opened);
}

#[test]
fn a_gate_wakes_the_task_that_it_holds() {
    let gate = Gate::closed();
    let wakes = WakeCount::new();
    let waker = wakes.waker();
    let mut task = Task::from_waker(&waker);
    let mut passing = Box::pin(gate.pass(&Context::new()));
    assert!(passing.as_mut().poll(&mut task).is_pending());
    assert!(passing.as_mut().poll(&mut task).is_pending());
    gate.open();
    assert_eq!(wakes.count(), 1);
    assert_eq!(
        passing.as_mut().poll(&mut task),
        Poll::Ready(Passage::Opened)
    );
}

#[test]
fn who_gives_up_at_a_gate_is_not_waiting_there() {
    let gate = Gate::closed();
    let wakes = WakeCount::new();
    let mut passing = Box::pin(gate.pass(&Context::new()));
    assert!(
        passing
            .as_mut()
            .poll(&mut Task::from_waker(&wakes.waker()))
            .is_pending()
    );
    assert_eq!(gate.waiting(), 1);
    drop(passing);
    assert_eq!(gate.waiting(), 0);
    gate.wait_until_reached(1);
}
