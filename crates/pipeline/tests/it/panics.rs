use std::error::Error;

use creel_pipeline::{Outcome, Pipeline, RunFailure};
use creel_testkit::{IteratorSource, MemorySink, Reply, ScriptedService, ScriptedSource};

use crate::rig::{answered, bounds, echo, pool, record, run};

const EXPECTED: [&str; 3] = [
    "0 answered",
    "1 failed: the task panicked: a bug",
    "2 answered",
];

#[test]
fn a_service_that_panics_fails_the_item_and_harms_nobody() {
    let service = ScriptedService::new(|number| match number {
        1 => Reply::panic("a bug"),
        _ => Reply::answer(number),
    });
    let sink = MemorySink::new();
    let running = run(&service)
        .source("numbers", IteratorSource::new(0..3))
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    let ledger = running.join().unwrap().ledger;
    assert_eq!(sink.items(), EXPECTED);
    assert_eq!((ledger.answered, ledger.failed), (2, 1));
}

#[test]
fn a_preparation_that_panics_fails_the_item_and_harms_nobody() {
    let sink = MemorySink::new();
    let prepare = |number: &u64| {
        assert!(*number != 1, "a bug");
        Ok(*number)
    };
    let running = Pipeline::new(echo(), prepare, record)
        .source("numbers", IteratorSource::new(0..3))
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    running.join().unwrap();
    assert_eq!(sink.items(), EXPECTED);
}

#[test]
fn a_record_that_panics_on_an_answer_tells_of_the_panic() {
    let sink = MemorySink::new();
    let running = Pipeline::new(
        echo(),
        |number: &u64| Ok(*number),
        |number: &u64, outcome, passage: &_| {
            assert!(
                *number != 1 || !matches!(outcome, Outcome::Answered(_)),
                "a bug"
            );
            record(number, outcome, passage)
        },
    )
    .source("numbers", IteratorSource::new(0..3))
    .sink("memory", sink.clone())
    .start(pool(1))
    .unwrap();
    running.join().unwrap();
    assert_eq!(sink.items(), EXPECTED);
}

#[test]
fn an_item_of_which_no_record_can_be_made_is_counted() {
    let sink = MemorySink::new();
    let running = Pipeline::new(
        echo(),
        |number: &u64| Ok(*number),
        |number: &u64, outcome, passage: &_| {
            assert!(*number != 1, "a bug");
            record(number, outcome, passage)
        },
    )
    .source("numbers", IteratorSource::new(0..3))
    .sink("memory", sink.clone())
    .start(pool(1))
    .unwrap();
    let ledger = running.join().unwrap().ledger;
    assert_eq!(sink.items(), answered([0, 2]));
    assert_eq!((ledger.failed, ledger.unrecorded), (1, 1));
}

#[test]
fn items_without_a_record_make_room_for_the_next() {
    let running = Pipeline::new(
        echo(),
        |number: &u64| Ok(*number),
        |_: &u64, _, _: &_| -> String { panic!("a bug") },
    )
    .settings(bounds(1, 1))
    .source("numbers", IteratorSource::new(0..20))
    .start(pool(1))
    .unwrap();
    let ledger = running.join().unwrap().ledger;
    assert_eq!((ledger.failed, ledger.unrecorded), (20, 20));
}

#[test]
fn a_source_that_panics_ends_the_run_once_everything_is_written() {
    let sink = MemorySink::new();
    let running = run(&echo())
        .source("camera", ScriptedSource::new().items(0..2).panic("a bug"))
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    let error = running.join().unwrap_err();
    assert!(
        matches!(error.cause(), RunFailure::Panicked { place, .. } if place == "source camera")
    );
    assert_eq!(error.source().unwrap().to_string(), "panicked: a bug");
    assert_eq!(sink.items(), answered(0..2));
}
