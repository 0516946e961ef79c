//! Sinks that a run goes on without, and that are opened again.

use std::num::NonZeroUsize;
use std::time::Duration;

use creel_core::port::SinkError;
use creel_core::resilience::Backoff;
use creel_core::{Context, Sink};
use creel_pipeline::{Need, SinkPolicy, SinkState, TroubleKind};
use creel_testkit::{Gate, IteratorSource, MemorySink, ScriptedSource};

use crate::optional_sinks::{Missed, optional, sink};
use crate::rig::{answered, echo, pool, run};

/// No test waits so long.
const NEVER: Backoff = Backoff {
    first: Duration::from_secs(1 << 40),
    longest: Duration::from_secs(1 << 40),
};

/// A sink that opens a gate when it is dropped.
#[derive(Clone)]
struct Fragile(MemorySink<String>, Gate);

impl Sink<String> for Fragile {
    fn write(&mut self, record: &String, context: &Context) -> Result<(), SinkError> {
        self.0.write(record, context)
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.0.flush()
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        self.1.open();
    }
}

fn failed(why: &'static str) -> SinkError {
    SinkError::Failed(why.into())
}

#[test]
fn a_sink_that_could_not_go_on_is_opened_again_and_gets_what_it_had_in_hand() {
    let hook = MemorySink::new();
    hook.fail_write(failed("its disk was pulled out"));
    let reopened = hook.clone();
    let missed = Missed::default();
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..20))
        .sink_reopened("hook", hook.clone(), optional(100, 0), move || {
            Ok(reopened.clone())
        })
        .missed(missed.teller())
        .start(pool(2))
        .unwrap();
    let summary = running.join().unwrap();
    assert_eq!(hook.items(), answered(0..20));
    assert_eq!(missed.told(), [""; 0]);
    let hook = sink(&summary, "hook");
    assert_eq!((hook.written, hook.dropped), (20, 0));
    assert_eq!(hook.state, SinkState::Working);
    let trouble = hook.trouble.as_ref().unwrap();
    assert_eq!(trouble.kind, TroubleKind::Failed);
    assert!(trouble.told.contains("its disk was pulled out"));
}

#[test]
fn a_record_that_breaks_a_sink_twice_is_dropped_and_told_and_those_behind_it_are_written() {
    let (hook, written) = (MemorySink::new(), Gate::closed());
    for _ in 0..2 {
        hook.fail_write(failed("it chokes on this one"));
    }
    let reopened = hook.clone();
    let missed = Missed::default();
    let mut openings = 0;
    let running = run(&echo())
        .source("numbers", ScriptedSource::new().items(0..5).gate(&written))
        .sink_reopened("hook", hook.clone(), optional(100, 0), move || {
            openings += 1;
            // Between the two there are some attempts to open it that fail, one by a panic.
            match openings {
                2 => Err("it is not there".into()),
                3 => panic!("not yet"),
                _ => Ok(reopened.clone()),
            }
        })
        .missed(missed.teller())
        .start(pool(1))
        .unwrap();
    hook.wait_until_written(4);
    written.open();
    let summary = running.join().unwrap();
    assert_eq!(hook.items(), answered(1..5));
    assert_eq!(missed.told(), ["hook: 0 answered"]);
    let hook = sink(&summary, "hook");
    assert_eq!((hook.written, hook.dropped), (4, 1));
    assert_eq!(hook.state, SinkState::Working);
}

#[test]
fn a_sink_that_is_down_is_tried_once_more_at_the_end_and_has_failed_then() {
    for is_well_at_the_end in [true, false] {
        let more = Gate::closed();
        let (hook, disk) = (MemorySink::new(), MemorySink::new());
        for _ in 0..if is_well_at_the_end { 1 } else { 2 } {
            hook.fail_write(failed("no such hook"));
        }
        let dropped = Gate::closed();
        let fragile = Fragile(hook.clone(), dropped.clone());
        let reopened = fragile.clone();
        let policy = SinkPolicy {
            need: Need::Optional {
                queue: NonZeroUsize::new(100).unwrap(),
                reopening: NEVER,
            },
            ..optional(1, 0)
        };
        let missed = Missed::default();
        let source = ScriptedSource::new().items(0..3).gate(&more);
        let running = run(&echo())
            .source("numbers", source)
            .sink_reopened("hook", fragile, policy, move || Ok(reopened.clone()))
            .sink("disk", disk.clone())
            .missed(missed.teller())
            .start(pool(1))
            .unwrap();
        disk.wait_until_written(3);
        // Then it is down, and what waits for it waits.
        let _ = dropped.wait(&Context::new());
        let seen = running.snapshot();
        assert_eq!(sink(&seen, "hook").state, SinkState::Down);
        assert_eq!(sink(&seen, "hook").dropped, 0);
        more.open();
        let summary = running.join().unwrap();
        let ended = sink(&summary, "hook");
        if is_well_at_the_end {
            assert_eq!(hook.items(), answered(0..3));
            assert_eq!((ended.state, ended.dropped), (SinkState::Working, 0));
        } else {
            assert_eq!((ended.state, ended.dropped), (SinkState::Failed, 3));
            let all: Vec<_> = answered(0..3)
                .iter()
                .map(|record| format!("hook: {record}"))
                .collect();
            assert_eq!(missed.told(), all);
        }
    }
}

#[test]
fn what_a_sink_took_and_could_not_make_durable_is_counted() {
    let hook = MemorySink::new();
    hook.fail_flush(failed("the disk is broken"));
    let reopened = hook.clone();
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..4))
        .sink_reopened("hook", hook.clone(), optional(100, 0), move || {
            Ok(reopened.clone())
        })
        .start(pool(1))
        .unwrap();
    let summary = running.join().unwrap();
    let hook = sink(&summary, "hook");
    assert_eq!((hook.written, hook.unsafe_ever), (4, 4));
    assert_eq!(
        hook.state,
        SinkState::Failed,
        "nothing has shown that it is well"
    );
}

#[test]
fn that_nothing_was_to_be_made_durable_shows_nothing_of_a_sink_that_was_opened_again() {
    let (more, again) = (Gate::closed(), Gate::closed());
    let hook = MemorySink::new();
    hook.fail_flush(failed("the disk is broken"));
    let (reopened, is_reopened) = (hook.clone(), again.clone());
    let running = run(&echo())
        .flush_every(Duration::from_nanos(1))
        .source("numbers", ScriptedSource::new().items(0..1).gate(&more))
        .sink_reopened("hook", hook, optional(100, 0), move || {
            is_reopened.open();
            Ok(reopened.clone())
        })
        .start(pool(1))
        .unwrap();
    let _ = again.wait(&Context::new());
    more.open();
    let summary = running.join().unwrap();
    let hook = sink(&summary, "hook");
    assert_eq!((hook.written, hook.unsafe_ever), (1, 1));
    assert_eq!(hook.state, SinkState::Failed);
}

#[test]
fn what_a_sink_took_that_fails_at_a_write_is_made_durable_or_counted() {
    for (flush_fails, perhaps_lost) in [(false, 0), (true, 3)] {
        let (hook, written) = (MemorySink::new(), Gate::closed());
        let reopened = MemorySink::new();
        let source = ScriptedSource::new().items(0..3).gate(&written);
        let (broken, second) = (hook.clone(), reopened.clone());
        let running = run(&echo())
            .source("numbers", source.items(3..5))
            .sink_reopened("hook", hook.clone(), optional(100, 0), move || {
                Ok(second.clone())
            })
            .start(pool(1))
            .unwrap();
        hook.wait_until_written(3);
        broken.fail_write(failed("its disk was pulled out"));
        if flush_fails {
            broken.fail_flush(failed("its disk was pulled out"));
        }
        written.open();
        let summary = running.join().unwrap();
        assert_eq!(reopened.items(), answered(3..5));
        let hook = sink(&summary, "hook");
        assert_eq!((hook.written, hook.unsafe_ever), (5, perhaps_lost));
    }
}
