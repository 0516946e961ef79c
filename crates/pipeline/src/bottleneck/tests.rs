use std::time::{Duration, Instant};

use super::{Bottleneck, Part, find};
use crate::flow::Holdup;
use crate::stages::Stages;
use crate::strain::{Strain, Watch};
use crate::summary::Latency;

const SECOND: Duration = Duration::from_secs(1);

/// An account of ten seconds: seven with this, and three with the source.
fn mostly(holdup: Holdup) -> Strain {
    let start = Instant::now();
    let mut watch = Watch::start(Holdup::Source, start);
    watch.turn_to(holdup, start + 3 * SECOND);
    watch.strain(start + 10 * SECOND)
}

fn taking(count: u64, mean_ms: u64) -> Latency {
    Latency {
        count,
        total: Duration::from_millis(count * mean_ms),
        ..Latency::default()
    }
}

/// What a hundred items took at each step, in milliseconds, on so many workers.
fn steps(queue: u64, prepare: u64, service: u64, record: u64, workers: u64) -> Stages {
    Stages {
        queue: taking(100, queue),
        prepare: taking(100, prepare),
        service: taking(100, service),
        record: taking(100, record),
        write: taking(100, 3),
        hands_max: workers,
        running_max: workers,
        ..Stages::default()
    }
}

#[track_caller]
fn check(holdup: Holdup, stages: &Stages, part: Part, mean_ms: u64) {
    let found = find(&mostly(holdup), stages, &Stages::default());
    let expected = Bottleneck {
        part,
        share: if holdup == Holdup::Source { 1.0 } else { 0.7 },
        mean: Some(Duration::from_millis(mean_ms)),
    };
    assert_eq!(found, Some(expected));
}

#[test]
fn what_the_run_waits_for_is_named_with_what_it_takes() {
    let stages = steps(1, 1, 50, 1, 1);
    check(Holdup::Source, &stages, Part::Source, 100);
    check(Holdup::Spool, &stages, Part::Spool, 100);
    check(Holdup::Executor, &stages, Part::Queue, 1);
    check(Holdup::Sink, &stages, Part::Sink, 3);
    check(Holdup::Flight, &stages, Part::Service, 50);
}

#[test]
fn of_what_is_in_flight_the_longest_step_is_named() {
    check(Holdup::Flight, &steps(9, 5, 90, 4, 2), Part::Service, 90);
    check(
        Holdup::Flight,
        &steps(9, 50, 40, 4, 2),
        Part::Conversion,
        50,
    );
    check(
        Holdup::Flight,
        &steps(9, 4, 40, 50, 2),
        Part::PostProcessing,
        50,
    );
}

#[test]
fn workers_that_never_rest_are_at_fault_however_long_calls_seem() {
    // Four workers prepare all the time; whoever was answered waits for one of them.
    let stages = steps(3_000, 390, 900, 1, 4);
    check(Holdup::Flight, &stages, Part::Conversion, 390);
}

#[test]
fn a_full_queue_of_busy_workers_is_no_fault_of_the_executor() {
    // One worker, and sixty behind it.
    check(
        Holdup::Flight,
        &steps(6_000, 1, 90, 1, 1),
        Part::Service,
        90,
    );
}

#[test]
fn an_executor_that_works_for_others_is_named() {
    check(Holdup::Flight, &steps(900, 1, 5, 1, 1), Part::Queue, 900);
}

#[test]
fn the_end_of_a_run_holds_nothing_up() {
    let start = Instant::now();
    let mut watch = Watch::start(Holdup::Sink, start);
    watch.turn_to(Holdup::End, start + SECOND);
    let strain = watch.strain(start + 10 * SECOND);
    let found = find(&strain, &steps(1, 1, 50, 1, 1), &Stages::default()).unwrap();
    assert_eq!((found.part, found.share), (Part::Sink, 1.0));
}

#[test]
fn without_time_there_is_no_bottleneck_and_without_work_no_figure() {
    let worked = steps(1, 1, 50, 1, 1);
    let none = Stages::default();
    assert_eq!(find(&Strain::default(), &worked, &none), None);
    let found = find(&mostly(Holdup::Source), &none, &none).unwrap();
    assert_eq!((found.part, found.mean), (Part::Source, None));
}

#[test]
fn where_nothing_comes_to_an_end_the_step_is_named_at_which_items_are() {
    for (hands, running, part) in [
        (0, 0, Part::Queue),
        (0, 4, Part::Service),
        (1, 4, Part::Service),
        (3, 4, Part::Conversion),
    ] {
        let before = steps(1, 1, 50, 1, 4);
        let stages = Stages {
            hands,
            running,
            ..before
        };
        let found = find(&mostly(Holdup::Flight), &stages, &before).unwrap();
        assert_eq!(
            (found.part, found.mean),
            (part, None),
            "{hands} of {running}"
        );
    }
}
