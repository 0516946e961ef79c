use std::sync::Arc;

use creel_core::port::{ServiceError, SinkError};
use creel_core::{Context, Service, Sink};
use creel_pipeline::{DropReason, Part, Pipeline, Stopping};
use creel_testkit::{
    Gate, IteratorSource, LiveCount, MemorySink, Reply, ScriptedService, ScriptedSource, Watched,
};

use crate::rig::{bounds, look, pool, record, run};

#[test]
fn the_first_stop_finishes_what_is_in_flight_and_drops_what_waits() {
    let answer = Gate::closed();
    let service = {
        let answer = answer.clone();
        ScriptedService::new(move |number| Reply::answer(number).behind(&answer))
    };
    let taken = Arc::new(Watched::new(0));
    let source = {
        let taken = Arc::clone(&taken);
        IteratorSource::new((0..).inspect(move |_| taken.change(|count| *count += 1)))
    };
    let sink = MemorySink::new();
    let running = run(&service)
        .settings(bounds(2, 1))
        .source("numbers", source)
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    service.wait_until_started(1);
    taken.wait_until(|count| *count == 4);
    assert_eq!(running.stop(), Stopping::Draining);
    answer.open();
    let summary = running.join().unwrap();
    assert_eq!(
        sink.items(),
        [
            "0 answered",
            "1 dropped: interrupted",
            "2 dropped: interrupted",
            "3 dropped: interrupted"
        ]
    );
    assert_eq!(sink.durable(), 4);
    assert_eq!(summary.stopping, Stopping::Draining);
    assert_eq!(summary.ledger.dropped.of(DropReason::Interrupted), 3);
    assert_eq!(service.started(), 1);
}

#[test]
fn the_second_stop_gives_up_what_is_in_flight() {
    let service = ScriptedService::new(|_| Reply::never());
    let sink = MemorySink::new();
    let executor = pool(2);
    let running = run(&service)
        .settings(bounds(2, 2))
        .source("numbers", ScriptedSource::new().items(0..4).hang())
        .sink("memory", sink.clone())
        .start(Arc::clone(&executor))
        .unwrap();
    service.wait_until_started(2);
    let handle = running.handle();
    assert_eq!(handle.stop(), Stopping::Draining);
    assert_eq!(look(&handle).in_flight, 2);
    assert_eq!(handle.stop(), Stopping::AtOnce);
    let summary = running.join().unwrap();
    assert_eq!(summary.stopping, Stopping::AtOnce);
    let ledger = summary.ledger;
    assert_eq!(ledger.dropped.of(DropReason::Interrupted), ledger.captured);
    assert_eq!(ledger.captured, ledger.recorded + ledger.unrecorded);
    assert_eq!(sink.flushes(), 1);
    executor.shutdown().unwrap();
    // One that was suspended is given up, one in the middle of its poll is asked to stop.
    assert_eq!(service.given_up() + service.failed(), 2);
}

#[test]
fn a_run_that_gives_up_on_a_service_that_never_answered_says_that_it_waited_for_that() {
    let service = ScriptedService::new(|_| Reply::never()).blocking();
    let running = run(&service)
        .settings(bounds(2, 2))
        .source("numbers", ScriptedSource::new().items(0..4).hang())
        .sink("memory", MemorySink::new())
        .start(pool(2))
        .unwrap();
    service.wait_until_started(2);
    let before = running.snapshot();
    let handle = running.handle();
    handle.stop();
    handle.stop();
    let summary = running.join().unwrap();
    // Since then it has waited for nothing else.
    let since = summary.bottleneck_since(&before).unwrap();
    assert_eq!(since.part, Part::Service);
    assert_eq!((summary.stages.running, summary.stages.hands), (2, 0));
}

#[test]
fn a_blocked_call_is_asked_to_stop() {
    let service = ScriptedService::new(|_| Reply::never()).blocking();
    let executor = pool(1);
    let running = run(&service)
        .source("numbers", ScriptedSource::new().item(0).hang())
        .start(Arc::clone(&executor))
        .unwrap();
    service.wait_until_started(1);
    running.stop();
    running.stop();
    let ledger = running.join().unwrap().ledger;
    assert_eq!(ledger.dropped.of(DropReason::Interrupted), 1);
    executor.shutdown().unwrap();
    assert_eq!(service.failed(), 1, "it ended by its own word");
}

/// A sink that takes nothing until it is told to stop.
struct Stuck(Gate);

impl Sink<String> for Stuck {
    fn write(&mut self, _: &String, context: &Context) -> Result<(), SinkError> {
        let _ = self.0.wait(context);
        Err(SinkError::Unavailable("nobody answers".into()))
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

#[test]
fn a_sink_that_waits_is_told_to_stop() {
    let nobody = Gate::closed();
    let running = run(&crate::rig::echo())
        .source("numbers", IteratorSource::new(0..))
        .sink("stuck", Stuck(nobody.clone()))
        .start(pool(1))
        .unwrap();
    nobody.wait_until_reached(1);
    running.stop();
    running.stop();
    let ledger = running.join().unwrap().ledger;
    assert!(ledger.adds_up());
    assert_eq!(ledger.dropped.of(DropReason::Interrupted), ledger.captured);
}

/// A service that hears nothing until it is released.
struct Deaf(Gate);

impl Service<u64> for Deaf {
    type Response = u64;

    async fn call(&self, number: u64, _: &Context) -> Result<u64, ServiceError> {
        let _ = self.0.wait(&Context::new());
        Ok(number)
    }
}

#[test]
fn an_answer_after_the_end_changes_nothing() {
    let release = Gate::closed();
    let executor = pool(1);
    let sink = MemorySink::new();
    let running = Pipeline::new(Deaf(release.clone()), |number: &u64| Ok(*number), record)
        .source("numbers", ScriptedSource::new().item(0).hang())
        .sink("memory", sink.clone())
        .start(Arc::clone(&executor))
        .unwrap();
    release.wait_until_reached(1);
    let handle = running.handle();
    running.stop();
    running.stop();
    let summary = running.join().unwrap();
    assert_eq!(summary.ledger.dropped.of(DropReason::Interrupted), 1);

    release.open();
    executor.shutdown().unwrap();
    assert_eq!(handle.snapshot(), summary);
    assert_eq!(sink.written(), 0);
}

#[test]
fn dropping_a_run_stops_it_and_leaves_nothing_behind() {
    let live = LiveCount::new();
    let service = ScriptedService::new(|_| Reply::never());
    let executor = pool(2);
    let source = {
        let live = live.clone();
        IteratorSource::new((0..).map(move |number| (number, live.token())))
    };
    let running = Pipeline::new(
        service.clone(),
        |item: &(u64, _)| Ok(item.0),
        |item: &(u64, _), outcome, passage| record(&item.0, outcome, passage),
    )
    .settings(bounds(2, 2))
    .source("numbers", source)
    .sink("memory", MemorySink::new())
    .start(Arc::clone(&executor))
    .unwrap();
    service.wait_until_started(2);
    drop(running);
    assert_eq!(
        Arc::strong_count(&executor),
        1,
        "a thread still holds the pool"
    );
    executor.shutdown().unwrap();
    assert_eq!(live.alive(), 0);
}

#[test]
fn stopping_a_run_that_has_ended_changes_nothing() {
    let sink = MemorySink::new();
    let running = run(&crate::rig::echo())
        .source("numbers", IteratorSource::new(0..3))
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    let handle = running.handle();
    let summary = running.join().unwrap();
    handle.stop();
    handle.stop();
    assert_eq!(look(&handle), summary.ledger);
    assert_eq!(handle.snapshot().elapsed, summary.elapsed);
    assert_eq!(sink.written(), 3);
}

#[test]
fn a_stop_before_the_first_item_ends_the_run() {
    let sink = MemorySink::new();
    let running = run(&crate::rig::echo())
        .source("numbers", ScriptedSource::new().hang())
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    running.stop();
    let summary = running.join().unwrap();
    assert_eq!(summary.ledger.captured, 0);
    assert_eq!(sink.flushes(), 1);
}
