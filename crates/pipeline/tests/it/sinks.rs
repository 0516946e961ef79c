use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use creel_core::port::SinkError;
use creel_core::resilience::{Backoff, Retry};
use creel_core::{Context, Sink};
use creel_pipeline::{DropReason, RunFailure};
use creel_testkit::{Gate, IteratorSource, MemorySink, ScriptedSource, Watched};

use crate::rig::{answered, bounds, echo, look, pool, run};

#[test]
fn a_slow_sink_holds_the_window_and_loses_nothing() {
    let disk = Gate::closed();
    let service = echo();
    let sink = MemorySink::new().behind(&disk);
    let running = run(&service)
        .settings(bounds(2, 3))
        .source("numbers", IteratorSource::new(0..20))
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    disk.wait_until_reached(1);
    service.wait_until_started(3);
    let ledger = look(&running.handle());
    assert_eq!(ledger.in_flight + ledger.awaiting_sink, 3);
    assert_eq!(ledger.answered, 0, "nothing is written yet");
    disk.open();
    assert_eq!(running.join().unwrap().ledger.answered, 20);
    assert_eq!(sink.items(), answered(0..20));
    assert_eq!(service.started(), 20);
}

#[test]
fn every_sink_gets_every_record() {
    let (first, second) = (MemorySink::new(), MemorySink::new());
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..5))
        .sink("first", first.clone())
        .sink("second", second.clone())
        .start(pool(2))
        .unwrap();
    running.join().unwrap();
    assert_eq!(first.items(), answered(0..5));
    assert_eq!(second.items(), answered(0..5));
    assert_eq!((first.durable(), second.durable()), (5, 5));
}

#[test]
fn records_become_durable_while_nothing_more_comes() {
    let more = Gate::closed();
    let source = ScriptedSource::new().items(0..2).gate(&more).item(2);
    let sink = MemorySink::new();
    let running = run(&echo())
        .flush_every(Duration::from_millis(1))
        .source("numbers", source)
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    sink.wait_until_durable(2);
    more.open();
    running.join().unwrap();
    assert_eq!(sink.durable(), 3);
}

#[test]
fn a_sink_that_cannot_become_durable_ends_the_run() {
    let sink = MemorySink::new();
    sink.fail_flush(SinkError::Failed("the disk is gone".into()));
    let running = run(&echo())
        .flush_every(Duration::ZERO)
        .source("numbers", ScriptedSource::new().items(0..2).hang())
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    let error = running.join().unwrap_err();
    assert!(matches!(error.cause(), RunFailure::Sink { name, .. } if name == "memory"));
}

#[test]
fn a_sink_that_breaks_ends_the_run_and_the_ledger_adds_up() {
    let more = Gate::closed();
    let source = ScriptedSource::new().items(0..2).gate(&more).item(2).hang();
    let sink = MemorySink::new();
    let healthy = MemorySink::new();
    let running = run(&echo())
        .source("numbers", source)
        .sink("healthy", healthy.clone())
        .sink("disk", sink.clone())
        .start(pool(2))
        .unwrap();
    sink.wait_until_written(2);
    sink.fail_write(SinkError::NoRoom("no space left on device".into()));
    more.open();
    let error = running.join().unwrap_err();
    assert!(matches!(error.cause(), RunFailure::Sink { name, .. } if name == "disk"));
    assert_eq!(error.to_string(), "sink disk ended the run");
    assert_eq!(error.source().unwrap().to_string(), "the sink has no room");
    let ledger = error.summary().ledger;
    assert!(ledger.adds_up());
    assert_eq!((ledger.captured, ledger.answered), (3, 2));
    assert_eq!(ledger.dropped.of(DropReason::SinkFailed), 1);
    assert_eq!(sink.durable(), 2);
    assert_eq!(healthy.durable(), 3);
}

#[test]
fn a_sink_that_comes_back_gets_the_record_again() {
    let (sink, other) = (MemorySink::new(), MemorySink::new());
    sink.fail_write(SinkError::Unavailable("nobody answers".into()));
    let retry = Retry {
        retries_max: 1,
        backoff: Backoff {
            first: Duration::from_nanos(1),
            longest: Duration::from_nanos(1),
        },
        ..Retry::default()
    };
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..5))
        .sink("hook", sink.clone())
        .sink("disk", other.clone())
        .retry_sinks(retry)
        .start(pool(2))
        .unwrap();
    let summary = running.join().unwrap();
    assert_eq!(summary.sink_retries(), 1);
    assert_eq!(summary.ledger.answered, 5);
    assert_eq!(sink.items(), answered(0..5));
    assert_eq!(other.items(), answered(0..5));
}

#[test]
fn a_sink_that_stays_away_ends_the_run_after_the_last_retry_or_at_once_when_told_to_stop() {
    for (patient, retries) in [(false, 2), (true, 0)] {
        let tried = Arc::new(Watched::new(0));
        let away = Away(Arc::clone(&tried));
        let pause = Duration::from_secs(if patient { 3600 } else { 0 });
        let retry = Retry {
            retries_max: 2,
            backoff: Backoff {
                first: pause,
                longest: pause,
            },
            patience: Duration::MAX,
        };
        let running = run(&echo())
            .source("numbers", IteratorSource::new(0..5))
            .sink("hook", away)
            .retry_sinks(retry)
            .start(pool(2))
            .unwrap();
        tried.wait_until(|tried| *tried > retries);
        if patient {
            running.stop();
            running.stop();
            let summary = running.join().unwrap();
            assert!(summary.ledger.adds_up());
        } else {
            let error = running.join().unwrap_err();
            assert_eq!(error.to_string(), "sink hook ended the run");
        }
        assert_eq!(tried.read(|tried| *tried), retries + 1);
    }
}

/// A sink that is never there.
struct Away(Arc<Watched<u64>>);

impl Sink<String> for Away {
    fn write(&mut self, _: &String, _: &Context) -> Result<(), SinkError> {
        self.0.change(|tried| *tried += 1);
        Err(SinkError::Unavailable("nobody answers".into()))
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

#[test]
fn a_sink_that_breaks_gives_up_what_is_in_flight() {
    let service = creel_testkit::ScriptedService::new(|number| match number {
        0 => creel_testkit::Reply::answer(0),
        _ => creel_testkit::Reply::never(),
    });
    let sink = MemorySink::new();
    sink.fail_write(SinkError::Failed("disk on fire".into()));
    let running = run(&service)
        .settings(bounds(2, 2))
        .source("numbers", IteratorSource::new(0..))
        .sink("disk", sink.clone())
        .start(pool(2))
        .unwrap();
    let error = running.join().unwrap_err();
    let ledger = error.summary().ledger;
    assert!(ledger.adds_up());
    assert_eq!((ledger.answered, ledger.failed), (0, 0));
    assert_eq!(ledger.dropped.of(DropReason::SinkFailed), ledger.captured);
    assert_eq!(sink.written(), 0);
}

#[test]
fn a_rejected_record_is_counted_and_the_run_goes_on() {
    let (picky, other) = (MemorySink::new(), MemorySink::new());
    picky.fail_write(SinkError::Rejected("too long".into()));
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..3))
        .sink("picky", picky.clone())
        .sink("other", other.clone())
        .start(pool(2))
        .unwrap();
    let ledger = running.join().unwrap().ledger;
    assert_eq!(picky.items(), answered(1..3));
    assert_eq!(other.items(), answered(0..3));
    assert_eq!(ledger.dropped.of(DropReason::SinkRejected), 1);
    assert_eq!(ledger.answered, 2);
}

#[test]
fn a_flush_that_fails_is_the_runs_error() {
    let sink = MemorySink::new();
    sink.fail_flush(SinkError::Failed("input/output error".into()));
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..3))
        .sink("disk", sink.clone())
        .start(pool(2))
        .unwrap();
    let error = running.join().unwrap_err();
    assert_eq!(error.to_string(), "sink disk ended the run");
    assert_eq!(error.summary().ledger.answered, 3);
}

/// A sink that breaks its promise not to panic.
struct Broken;

impl Sink<String> for Broken {
    fn write(&mut self, _: &String, _: &Context) -> Result<(), SinkError> {
        panic!("the sink is broken")
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

#[test]
fn a_sink_that_panics_is_a_sink_that_breaks() {
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..))
        .sink("broken", Broken)
        .start(pool(2))
        .unwrap();
    let error = running.join().unwrap_err();
    let cause = error.source().and_then(Error::source).unwrap();
    assert_eq!(cause.to_string(), "panicked: the sink is broken");
    assert!(error.summary().ledger.adds_up());
}
