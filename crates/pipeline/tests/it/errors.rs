use std::error::Error;
use std::time::Duration;

use creel_core::port::{ServiceError, SourceError};
use creel_pipeline::{Pipeline, Reconnect, RunFailure, Settings};
use creel_testkit::{Gate, IteratorSource, MemorySink, Reply, ScriptedService, ScriptedSource};

use crate::rig::{Auditor, answered, bounds, echo, look, pool, record, run};

const IMPATIENT: Reconnect = Reconnect {
    attempts: 2,
    attempts_at_first: 2,
    first: Duration::ZERO,
    longest: Duration::ZERO,
};

fn unplugged() -> SourceError {
    SourceError::Disconnected("unplugged".into())
}

#[test]
fn a_request_that_is_not_answered_is_a_failed_item_with_its_causes() {
    let service = ScriptedService::new(|number| match number {
        1 => Reply::error(ServiceError::Unavailable("connection refused".into())),
        _ => Reply::answer(number),
    });
    let sink = MemorySink::new();
    let running = run(&service)
        .source("numbers", IteratorSource::new(0..3))
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    let summary = running.join().unwrap();
    assert_eq!(
        sink.items(),
        [
            "0 answered",
            "1 failed: the service cannot be reached: connection refused",
            "2 answered"
        ]
    );
    assert_eq!((summary.ledger.answered, summary.ledger.failed), (2, 1));
    assert_eq!(summary.latency.count, 2);
}

#[test]
fn an_item_of_which_no_request_can_be_made_never_reaches_the_service() {
    let service = echo();
    let sink = MemorySink::new();
    let prepare = |number: &u64| match number {
        0 => Err("no such colour".into()),
        _ => Ok(*number),
    };
    let running = Pipeline::new(service.clone(), prepare, record)
        .source("numbers", IteratorSource::new(0..2))
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    assert_eq!(running.join().unwrap().ledger.failed, 1);
    assert_eq!(
        sink.items(),
        [
            "0 failed: the request cannot be prepared: no such colour",
            "1 answered"
        ]
    );
    assert_eq!(service.started(), 1);
}

fn with_a_bad_row() -> ScriptedSource<u64> {
    ScriptedSource::new()
        .item(0)
        .error(SourceError::Item("line 2".into()))
        .item(2)
}

#[test]
fn an_item_that_cannot_be_read_is_recorded_in_its_place() {
    let sink = MemorySink::new();
    let running = run(&echo())
        .unreadable(|failure, passage| {
            format!(
                "{} of {}: {}",
                passage.place,
                passage.source,
                failure.chain()
            )
        })
        .source("rows", with_a_bad_row())
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    let ledger = running.join().unwrap().ledger;
    assert_eq!(
        sink.items(),
        [
            "0 answered",
            "1 of rows: an item cannot be read: line 2",
            "2 answered"
        ]
    );
    assert_eq!((ledger.captured, ledger.answered, ledger.failed), (3, 2, 1));
}

#[test]
fn an_unreadable_item_without_a_record_is_counted() {
    let sink = MemorySink::new();
    let running = run(&echo())
        .source("rows", with_a_bad_row())
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    let ledger = running.join().unwrap().ledger;
    assert_eq!(sink.items(), answered([0, 2]));
    assert_eq!((ledger.failed, ledger.unrecorded), (1, 1));
}

#[test]
fn a_source_of_rubbish_is_held_by_the_sink_and_ends() {
    let mut source = ScriptedSource::new();
    for line in 0..100 {
        source = source.error(SourceError::Item(format!("line {line}").into()));
    }
    let sink = MemorySink::new();
    let (auditor, handle) = Auditor::new(sink.clone());
    let running = run(&echo())
        .settings(Settings {
            notices: 3,
            ..bounds(2, 1)
        })
        .unreadable(|failure, _| failure.chain())
        .source("rows", source)
        .sink("auditor", auditor)
        .start(pool(1))
        .unwrap();
    handle.change(|handle| *handle = Some(running.handle()));
    let ledger = running.join().unwrap().ledger;
    assert_eq!(
        (ledger.failed, ledger.recorded, ledger.unrecorded),
        (100, 100, 0)
    );
    assert_eq!(sink.items()[99], "an item cannot be read: line 99");
}

#[test]
fn a_source_that_fails_is_told_once_everything_is_written() {
    let answer = Gate::closed();
    let service = {
        let answer = answer.clone();
        ScriptedService::new(move |number| Reply::answer(number).behind(&answer))
    };
    let source = ScriptedSource::new()
        .items(0..3)
        .error(SourceError::Failed("the camera is on fire".into()));
    let sink = MemorySink::new();
    let running = run(&service)
        .settings(bounds(4, 1))
        .source("porch", source)
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    service.wait_until_started(1);
    answer.open();
    let error = running.join().unwrap_err();
    assert!(matches!(error.cause(), RunFailure::Source { name, .. } if name == "porch"));
    assert_eq!(error.to_string(), "source porch cannot go on");
    assert_eq!(error.source().unwrap().to_string(), "the source failed");
    assert_eq!(sink.items(), answered(0..3));
    assert_eq!(sink.durable(), 3);
    let ledger = error.summary().ledger;
    assert!(ledger.adds_up());
    assert_eq!(ledger.answered, 3);
}

#[test]
fn a_source_that_comes_back_goes_on() {
    let source = ScriptedSource::new()
        .item(0)
        .error(unplugged())
        .error(unplugged())
        .item(1)
        .error(unplugged())
        .error(unplugged())
        .item(2);
    let sink = MemorySink::new();
    let running = run(&echo())
        .reconnect(IMPATIENT)
        .source("camera", source)
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    let summary = running.join().unwrap();
    assert_eq!(sink.items(), answered(0..3));
    assert_eq!(summary.disconnections(), 4);
    // Each of them came after a lost connection, which is no gap of the camera's.
    assert_eq!(summary.sources[0].gaps.count, 0);
}

#[test]
fn a_source_that_stays_away_ends_the_run() {
    let source = ScriptedSource::new()
        .item(0)
        .error(unplugged())
        .error(unplugged())
        .error(unplugged())
        .item(1);
    let sink = MemorySink::new();
    let running = run(&echo())
        .reconnect(IMPATIENT)
        .source("camera", source)
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    let error = running.join().unwrap_err();
    assert_eq!(
        error.to_string(),
        "source camera is disconnected, 2 times asked again in vain"
    );
    assert_eq!(error.summary().disconnections(), 3);
    assert_eq!(sink.items(), answered([0]));
}

#[test]
fn a_source_that_waits_to_reconnect_can_be_stopped() {
    let patient = Reconnect {
        first: Duration::MAX,
        longest: Duration::MAX,
        ..IMPATIENT
    };
    let sink = MemorySink::new();
    let running = run(&echo())
        .reconnect(patient)
        .source(
            "camera",
            ScriptedSource::new().item(0).error(unplugged()).hang(),
        )
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    sink.wait_until_written(1);
    running.stop();
    look(&running.handle());
    assert_eq!(running.join().unwrap().ledger.answered, 1);
}
