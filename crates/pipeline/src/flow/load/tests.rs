use std::num::NonZeroUsize;

use creel_core::port::Ticket;

use super::{Holdup, Level};
use crate::flow::{
    Capture, Flow, Interrupted, Landed, Order, Place, Policy, Settings, Spooling, Submit, Write,
};

/// Room for two items in memory, and two in the window.
fn flow(policy: Policy, order: Order) -> Flow<u64, u64> {
    let two = NonZeroUsize::new(2).unwrap();
    let settings = Settings {
        policy,
        items: two,
        bytes: 100,
        window: two,
        order,
        ..Settings::default()
    };
    Flow::new(settings, 1)
}

fn capture(flow: &mut Flow<u64, u64>, item: u64) {
    let Capture::Buffer { dropped } = flow.captured(0, item, 10) else {
        panic!("there is no room for {item}");
    };
    assert_eq!(dropped, []);
}

fn submit(flow: &mut Flow<u64, u64>) -> Place {
    match flow.submit() {
        Submit::Item(place, _) => place,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_empty_flow_waits_for_its_source_and_then_for_nothing() {
    let mut flow = flow(Policy::Block, Order::InCapture);
    assert_eq!(flow.holdup(), Holdup::Source);
    capture(&mut flow, 0);
    assert_eq!(flow.holdup(), Holdup::Executor, "there is room for it");
    submit(&mut flow);
    assert_eq!(flow.holdup(), Holdup::Source, "more could be in flight");
    flow.source_ended();
    assert_eq!(flow.holdup(), Holdup::End);
}

#[test]
fn a_full_window_waits_for_what_is_in_flight() {
    let mut flow = flow(Policy::Block, Order::InCapture);
    for item in 0..3 {
        capture(&mut flow, item);
        if item < 2 {
            submit(&mut flow);
        }
    }
    assert_eq!(flow.holdup(), Holdup::Flight);
    assert_eq!(flow.answered(Place(1), 1), Landed::Queued);
    assert_eq!(flow.holdup(), Holdup::Flight, "the first is to come");
    flow.source_ended();
    assert_eq!(flow.holdup(), Holdup::Flight, "it is held up all the same");
}

#[test]
fn a_full_window_of_records_waits_for_the_sinks_that_have_work() {
    for order in [Order::InCapture, Order::AsCompleted] {
        let mut flow = flow(Policy::Block, order);
        for item in 0..2 {
            capture(&mut flow, item);
            let place = submit(&mut flow);
            assert_eq!(flow.answered(place, item), Landed::Queued);
        }
        assert_eq!(flow.holdup(), Holdup::Sink, "{order:?}");
        let Write::Record(place, _) = flow.write() else {
            panic!("both are ready");
        };
        assert_eq!(flow.holdup(), Holdup::Sink, "{order:?}");
        flow.written(place);
        assert_eq!(flow.holdup(), Holdup::Source, "{order:?}");
    }
}

#[test]
fn records_behind_one_that_is_missing_are_no_fault_of_the_sinks() {
    let mut flow = flow(Policy::Block, Order::InCapture);
    for item in 0..2 {
        capture(&mut flow, item);
        submit(&mut flow);
    }
    assert_eq!(flow.answered(Place(1), 1), Landed::Queued);
    assert_eq!(flow.write(), Write::Wait);
    assert_eq!(flow.holdup(), Holdup::Flight);
}

#[test]
fn what_comes_back_too_slowly_is_the_spools() {
    let mut flow = flow(Policy::Spill, Order::InCapture);
    for item in 0..2 {
        capture(&mut flow, item);
        submit(&mut flow);
    }
    for item in 2..5 {
        capture(&mut flow, item);
    }
    let Spooling::Append(place, _) = flow.spool() else {
        panic!("memory does not hold it");
    };
    flow.spilled(place, Ticket(0));
    assert_eq!(flow.levels().spilled, 1);
    assert_eq!(flow.holdup(), Holdup::Flight);
    for place in 0..2 {
        assert_eq!(flow.answered(Place(place), place), Landed::Queued);
        let Write::Record(at, _) = flow.write() else {
            panic!("{place} is ready");
        };
        flow.written(at);
        submit(&mut flow);
    }
    for place in 2..4 {
        assert_eq!(flow.answered(Place(place), place), Landed::Queued);
        assert!(matches!(flow.write(), Write::Record(..)));
        flow.written(Place(place));
    }
    assert_eq!(flow.holdup(), Holdup::Spool);
    let Spooling::Recall(place, Some(ticket)) = flow.spool() else {
        panic!("there is room for it");
    };
    assert_eq!(flow.holdup(), Holdup::Spool);
    assert_eq!(flow.recalled(place, ticket, 4, 10), None);
    let levels = flow.levels();
    assert_eq!((levels.spilled, levels.spilled_ever), (0, 1));
    assert_eq!(flow.holdup(), Holdup::Executor);
}

#[test]
fn what_is_left_after_an_interrupt_is_its_end() {
    let mut flow = flow(Policy::Block, Order::InCapture);
    capture(&mut flow, 0);
    submit(&mut flow);
    let Interrupted { .. } = flow.interrupt();
    assert_eq!(flow.holdup(), Holdup::End);
}

#[test]
fn levels_are_those_of_items_and_bytes() {
    let mut flow = flow(Policy::Block, Order::InCapture);
    capture(&mut flow, 0);
    submit(&mut flow);
    capture(&mut flow, 1);
    let levels = flow.levels();
    assert_eq!((levels.window, levels.window_max), (1, 2));
    let expected = Level {
        items: 1,
        items_max: 2,
        bytes: 10,
        bytes_max: 100,
    };
    assert_eq!(levels.buffer, expected);
    assert_eq!(levels.buffer.fill(), 0.5);
    let large = Level {
        bytes: 90,
        ..expected
    };
    assert_eq!(large.fill(), 0.9, "bytes count as much");
}
