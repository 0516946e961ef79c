//! Sinks that a run goes on without.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use creel_core::port::SinkError;
use creel_core::resilience::{Backoff, Retry};
use creel_core::{Context, Sink};
use creel_pipeline::{DropReason, Need, SinkPolicy, SinkState, SinkSummary, Summary, TroubleKind};
use creel_testkit::{Gate, IteratorSource, MemorySink, ScriptedSource};

use crate::rig::{answered, echo, pool, run};

/// A sink that the run goes on without, with so many places in its queue, and so many retries without a pause.
pub(crate) fn optional(queue: usize, retries_max: u32) -> SinkPolicy {
    SinkPolicy {
        need: Need::Optional {
            queue: NonZeroUsize::new(queue).unwrap(),
            reopening: SOON,
        },
        retry: Retry {
            retries_max,
            backoff: Backoff {
                first: Duration::from_nanos(1),
                longest: Duration::from_nanos(1),
            },
            ..Retry::default()
        },
    }
}

const SOON: Backoff = Backoff {
    first: Duration::from_nanos(1),
    longest: Duration::from_nanos(1),
};

/// What a run tells of that its sinks missed; clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Missed(Arc<Mutex<Vec<String>>>);

impl Missed {
    pub(crate) fn teller(&self) -> impl Fn(&str, &String) + Send + Sync + 'static {
        let told = Arc::clone(&self.0);
        move |name, record| told.lock().unwrap().push(format!("{name}: {record}"))
    }

    pub(crate) fn told(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

pub(crate) fn sink<'a>(summary: &'a Summary, name: &str) -> &'a SinkSummary {
    let mut sinks = summary.sinks.iter();
    sinks.find(|sink| &*sink.name == name).unwrap()
}

#[test]
fn a_sink_that_hangs_holds_up_neither_the_others_nor_the_source() {
    let hook = Gate::closed();
    let (hanging, disk) = (MemorySink::new().behind(&hook), MemorySink::new());
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..50))
        .sink_with("hook", hanging.clone(), optional(3, 0))
        .sink("disk", disk.clone())
        .start(pool(2))
        .unwrap();
    disk.wait_until_durable(50);
    assert_eq!(disk.items(), answered(0..50));
    let seen = running.snapshot();
    let seen = sink(&seen, "hook");
    assert_eq!((seen.written, seen.state), (0, SinkState::Faltering));
    assert_eq!(seen.dropped + seen.queued, 50);
    assert!((1..=4).contains(&seen.queued), "{seen:?}");
    hook.open();
    let summary = running.join().unwrap();
    assert_eq!(summary.ledger.answered, 50);
    let ended = sink(&summary, "hook");
    assert_eq!(
        ended.written, seen.queued,
        "what was in its queue is written"
    );
    assert_eq!((ended.dropped, ended.queued), (seen.dropped, 0));
    assert_eq!(hanging.durable() as u64, ended.written);
    assert_eq!(ended.state, SinkState::Working);
    let disk = sink(&summary, "disk");
    assert_eq!(
        (disk.written, disk.dropped, disk.is_optional),
        (50, 0, false)
    );
}

#[test]
fn what_comes_too_fast_for_a_sink_is_told_from_what_it_refuses() {
    /// Refuses its first record once, takes it, and hangs.
    struct Recovers {
        writes: usize,
        taken: Gate,
        hang: Gate,
    }
    impl Sink<String> for Recovers {
        fn write(&mut self, _: &String, context: &Context) -> Result<(), SinkError> {
            self.writes += 1;
            match self.writes {
                1 => return Err(SinkError::Unavailable("connection refused".into())),
                2 => self.taken.open(),
                _ => drop(self.hang.wait(context)),
            }
            Ok(())
        }

        fn flush(&mut self) -> Result<(), SinkError> {
            Ok(())
        }
    }
    let [taken, hang, more] = [(); 3].map(|()| Gate::closed());
    let disk = MemorySink::new();
    let hook = Recovers {
        writes: 0,
        taken: taken.clone(),
        hang: hang.clone(),
    };
    let source = ScriptedSource::new().item(0).gate(&more);
    let running = run(&echo())
        .source("numbers", source.items(1..50))
        .sink_with("hook", hook, optional(3, 1))
        .sink("disk", disk.clone())
        .start(pool(2))
        .unwrap();
    let _ = taken.wait(&Context::new());
    more.open();
    disk.wait_until_written(50);
    hang.open();
    let summary = running.join().unwrap();
    let hook = sink(&summary, "hook");
    assert!(hook.trouble.is_some() && hook.dropped > 40, "{hook:?}");
    assert!(hook.overrun + 1 >= hook.dropped, "{hook:?}");

    let refusing = MemorySink::new();
    refusing.fail_write(SinkError::Unavailable("connection refused".into()));
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..1))
        .sink_with("hook", refusing, optional(3, 0))
        .start(pool(2))
        .unwrap();
    let summary = running.join().unwrap();
    let hook = sink(&summary, "hook");
    assert_eq!((hook.dropped, hook.overrun), (1, 0));
}

#[test]
fn a_run_that_is_told_to_stop_leaves_a_sink_behind_that_hangs_for_ever() {
    let hook = Gate::closed();
    let running = run(&echo())
        .source("numbers", ScriptedSource::new().items(0..2).hang())
        .sink_with("hook", MemorySink::new().behind(&hook), optional(3, 0))
        .start(pool(2))
        .unwrap();
    hook.wait_until_reached(1);
    running.stop();
    running.stop();
    let summary = running.join().unwrap();
    let hook = sink(&summary, "hook");
    assert_eq!(hook.state, SinkState::Abandoned);
    assert_eq!((hook.written, hook.queued), (0, 0));
    assert!(hook.dropped >= 1, "{hook:?}");
}

#[test]
fn a_sink_that_cannot_go_on_is_dropped_from_the_run_and_what_it_missed_is_counted() {
    let (hook, disk) = (MemorySink::new(), MemorySink::new());
    hook.fail_write(SinkError::Failed("no such hook".into()));
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..20))
        .sink_with("hook", hook.clone(), optional(100, 2))
        .sink("disk", disk.clone())
        .start(pool(2))
        .unwrap();
    let summary = running.join().unwrap();
    assert_eq!(summary.ledger.answered, 20);
    assert_eq!(disk.items(), answered(0..20));
    let hook = sink(&summary, "hook");
    assert_eq!((hook.written, hook.dropped), (0, 20));
    assert_eq!((hook.state, hook.retries), (SinkState::Failed, 0));
}

#[test]
fn a_record_that_a_sink_cannot_be_given_is_dropped_and_the_next_is_tried() {
    let hook = MemorySink::new();
    for _ in 0..3 {
        hook.fail_write(SinkError::Unavailable("nobody answers".into()));
    }
    hook.fail_flush(SinkError::Unavailable("nobody answers".into()));
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..5))
        .sink_with("hook", hook.clone(), optional(100, 2))
        .start(pool(2))
        .unwrap();
    let summary = running.join().unwrap();
    assert_eq!(hook.items(), answered(1..5));
    assert_eq!(hook.durable(), 4, "a flush is tried again as well");
    let hook = sink(&summary, "hook");
    assert_eq!((hook.written, hook.dropped), (4, 1));
    assert_eq!((hook.state, hook.retries), (SinkState::Working, 3));
    assert_eq!(summary.sink_retries(), 3);
}

#[test]
fn what_an_optional_sink_rejects_is_counted_there_alone() {
    let (hook, disk) = (MemorySink::new(), MemorySink::new());
    hook.fail_write(SinkError::Rejected("too long".into()));
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..5))
        .sink_with("hook", hook.clone(), optional(100, 2))
        .sink("disk", disk.clone())
        .start(pool(2))
        .unwrap();
    let summary = running.join().unwrap();
    assert_eq!(summary.ledger.dropped.of(DropReason::SinkRejected), 0);
    assert_eq!(summary.ledger.answered, 5);
    let hook = sink(&summary, "hook");
    assert_eq!((hook.written, hook.rejected, hook.dropped), (4, 1, 0));
}

#[test]
fn an_optional_sink_becomes_durable_while_nothing_more_comes() {
    let more = Gate::closed();
    let source = ScriptedSource::new().items(0..2).gate(&more).item(2);
    let hook = MemorySink::new();
    let running = run(&echo())
        .flush_every(Duration::from_millis(1))
        .source("numbers", source)
        .sink_with("hook", hook.clone(), optional(100, 0))
        .start(pool(2))
        .unwrap();
    hook.wait_until_durable(2);
    more.open();
    running.join().unwrap();
    assert_eq!(hook.durable(), 3);
}

#[test]
fn an_optional_sink_becomes_durable_in_time_though_more_always_waits() {
    let (hook, disk) = (Gate::closed(), MemorySink::new());
    let slow = MemorySink::new().behind(&hook);
    let running = run(&echo())
        .flush_every(Duration::from_nanos(1))
        .source("numbers", IteratorSource::new(0..5))
        .sink_with("hook", slow.clone(), optional(100, 0))
        .sink("disk", disk.clone())
        .start(pool(2))
        .unwrap();
    disk.wait_until_durable(5);
    hook.open();
    running.join().unwrap();
    assert_eq!(slow.durable(), 5);
    assert_eq!(slow.flushes(), 6, "after each record, and at the end");
}

#[test]
fn a_sink_that_has_a_policy_of_its_own_is_given_records_again_by_that() {
    let (patient, hasty) = (MemorySink::new(), MemorySink::new());
    patient.fail_write(SinkError::NoRoom("the disk is full".into()));
    hasty.fail_write(SinkError::NoRoom("the disk is full".into()));
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..3))
        .sink_with(
            "patient",
            patient.clone(),
            SinkPolicy {
                need: Need::Required,
                ..optional(1, 1)
            },
        )
        .sink_with("hasty", hasty, SinkPolicy::REQUIRED)
        .start(pool(2))
        .unwrap();
    let error = running.join().unwrap_err();
    assert_eq!(error.to_string(), "sink hasty ended the run");
    let summary = error.summary();
    let patient = sink(summary, "patient");
    assert_eq!((patient.written, patient.retries), (1, 1));
    assert_eq!(sink(summary, "hasty").state, SinkState::Failed);
    assert_eq!(sink(summary, "hasty").dropped, 1);
}

#[test]
fn whatever_a_sink_misses_that_the_run_goes_on_without_is_told() {
    let hook = Gate::closed();
    let (hanging, disk) = (MemorySink::new().behind(&hook), MemorySink::new());
    hanging.fail_write(SinkError::Rejected("too long".into()));
    let missed = Missed::default();
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..50))
        .sink_with("hook", hanging.clone(), optional(3, 0))
        .sink("disk", disk.clone())
        .missed(missed.teller())
        .start(pool(2))
        .unwrap();
    disk.wait_until_durable(50);
    hook.open();
    let summary = running.join().unwrap();
    let ended = sink(&summary, "hook");
    let mut missed = missed.told();
    assert_eq!(missed.len() as u64, ended.dropped + ended.rejected);
    assert_eq!(ended.rejected, 1);
    missed.extend(
        hanging
            .items()
            .iter()
            .map(|record| format!("hook: {record}")),
    );
    let mut all: Vec<_> = answered(0..50)
        .iter()
        .map(|record| format!("hook: {record}"))
        .collect();
    missed.sort();
    all.sort();
    assert_eq!(missed, all, "each is there or missed");
}

#[test]
fn how_long_the_run_waited_for_each_sink_is_told() {
    let slow = Gate::closed();
    let (first, second) = (MemorySink::new().behind(&slow), MemorySink::new());
    second.fail_write(SinkError::NoRoom("the disk is full".into()));
    let running = run(&echo())
        .source("numbers", IteratorSource::new(0..3))
        .sink("slow", first)
        .sink_with(
            "full",
            second,
            SinkPolicy {
                need: Need::Required,
                ..optional(1, 1)
            },
        )
        .start(pool(1))
        .unwrap();
    slow.wait_until_reached(1);
    let busy = sink(&running.snapshot(), "slow").busy;
    slow.open();
    assert!(busy > Duration::ZERO, "while it has the first in hand");
    let summary = running.join().unwrap();
    assert!(sink(&summary, "slow").busy >= busy);
    assert_eq!(sink(&summary, "slow").trouble, None);
    let full = sink(&summary, "full");
    assert_eq!(full.trouble.as_ref().unwrap().kind, TroubleKind::NoRoom);
    assert!(full.refusing > Duration::ZERO && full.busy >= full.refusing);
}
