use std::iter;
use std::time::Duration;

use creel_core::Context;
use creel_core::port::{ServiceError, SinkError, SpoolError};
use creel_core::resilience::{BreakerPolicy, Retry};
use creel_pipeline::{
    Backlog, DropReason, Pipeline, Policy, Resilience, Resilient, Running, Settings, SinkPolicy,
    SpoolUse, StartError,
};
use creel_testkit::{
    Gate, IteratorSource, MemorySink, MemorySpool, Reply, ScriptedService, ScriptedSource,
};

use crate::rig::{LittleEndian, Numbers, Run, answered, bounds, echo, look, pool, record, run};

/// A run that spills, with room for two items in memory, two on their way and one in flight.
fn spilling(service: &Numbers, spool: &MemorySpool) -> Run {
    spilling_as(service, spool, SpoolUse::default())
}

fn spilling_as(service: &Numbers, spool: &MemorySpool, usage: SpoolUse) -> Run {
    run(service)
        .settings(Settings {
            policy: Policy::Spill,
            spool: SpoolUse {
                queue_items: bounds(2, 1).items,
                ..usage
            },
            ..bounds(2, 1)
        })
        .spool(spool.clone(), LittleEndian::default())
}

fn held(gate: &Gate) -> Numbers {
    let gate = gate.clone();
    ScriptedService::new(move |number| Reply::answer(number).behind(&gate))
}

/// Numbers that come one by one, each once the one before is where it waits.
struct Paced {
    source: ScriptedSource<u64>,
    gates: Vec<Gate>,
}

impl Paced {
    fn new(numbers: std::ops::Range<u64>) -> Self {
        let mut gates = Vec::new();
        let mut source = ScriptedSource::new();
        for number in numbers {
            let gate = Gate::closed();
            source = source.item(number).gate(&gate);
            gates.push(gate);
        }
        Self { source, gates }
    }
}

/// Lets the numbers come, of which all but three go to the spool: one flies, two wait in memory.
fn fill(gates: &[Gate], service: &Numbers, spool: &MemorySpool) {
    for (number, gate) in gates.iter().enumerate() {
        gate.wait_until_reached(1);
        if number == 0 {
            service.wait_until_started(1);
        }
        spool.wait_until_entries(number.saturating_sub(2));
        gate.open();
    }
}

#[test]
fn what_the_memory_does_not_hold_waits_in_the_spool_and_has_its_turn_in_order() {
    let answer = Gate::closed();
    let (service, spool, sink) = (held(&answer), MemorySpool::new(), MemorySink::new());
    let Paced { source, gates } = Paced::new(0..20);
    let running = spilling(&service, &spool)
        .source("numbers", source)
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    fill(&gates, &service, &spool);
    let ledger = look(&running.handle());
    assert_eq!((ledger.captured, ledger.in_flight), (20, 1));
    // The last of them may not be counted as spilled yet, though the spool has it.
    assert_eq!(ledger.buffered + ledger.spilled, 19);
    assert_eq!(spool.entries(), 17);

    answer.open();
    let summary = running.join().unwrap();
    assert_eq!(sink.items(), answered(0..20));
    assert_eq!(summary.ledger.answered, 20);
    assert_eq!(spool.entries(), 0, "what is safe leaves the spool");
}

#[test]
fn a_service_that_is_fast_enough_leaves_the_spool_alone() {
    let (spool, sink) = (MemorySpool::new(), MemorySink::new());
    spool.fail_append(SpoolError::Failed("nobody should have come".into()));
    let gates: Vec<_> = (0..10).map(|_| Gate::closed()).collect();
    let source = gates
        .iter()
        .zip(0..)
        .fold(ScriptedSource::new(), |source, (gate, number)| {
            source.item(number).gate(gate)
        });
    let running = spilling(&echo(), &spool)
        .source("numbers", source)
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    for (number, gate) in gates.iter().enumerate() {
        sink.wait_until_written(number + 1);
        gate.open();
    }
    assert_eq!(running.join().unwrap().ledger.dropped.total(), 0);
    assert_eq!(sink.items(), answered(0..10));
}

/// A run that goes on, of whose ten numbers seven went through the spool, once their answers have come.
fn through_the_spool(
    sink: &MemorySink<String>,
    set_up: impl FnOnce(Run) -> Run,
) -> (Running, MemorySpool) {
    let answer = Gate::closed();
    let (service, spool) = (held(&answer), MemorySpool::new());
    let Paced { source, gates } = Paced::new(0..10);
    let running = set_up(spilling(&service, &spool))
        .source("numbers", source.hang())
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    fill(&gates, &service, &spool);
    answer.open();
    (running, spool)
}

#[test]
fn an_entry_stays_until_its_record_is_durable() {
    let sink = MemorySink::new();
    let (running, spool) = through_the_spool(&sink, |run| run);
    sink.wait_until_written(10);
    assert_eq!((sink.durable(), spool.entries()), (0, 7));
    running.stop();
    running.join().unwrap();
    assert_eq!((sink.durable(), spool.entries()), (10, 0));
}

#[test]
fn an_entry_leaves_once_its_record_is_durable_though_nothing_else_happens() {
    let sink = MemorySink::new();
    let often = Duration::from_millis(1);
    let (running, spool) = through_the_spool(&sink, |run| run.flush_every(often));
    sink.wait_until_durable(10);
    spool.wait_until_entries(0);
    running.stop();
    running.join().unwrap();
}

#[test]
fn an_entry_leaves_once_its_record_is_written_where_writes_are_trusted_and_an_optional_sink_hangs()
{
    let (hook, sink) = (Gate::closed(), MemorySink::new());
    let (running, spool) = through_the_spool(&sink, |run| {
        let hanging = MemorySink::new().behind(&hook);
        run.trust_writes()
            .sink_with("hook", hanging, SinkPolicy::optional())
    });
    spool.wait_until_entries(0);
    assert_eq!((sink.written(), sink.flushes()), (10, 0));
    hook.open();
    running.stop();
    running.join().unwrap();
    assert_eq!(sink.durable(), 10);
}

#[test]
fn what_a_stopped_run_leaves_a_later_one_finishes_in_order() {
    let answer = Gate::closed();
    let (service, spool, sink) = (held(&answer), MemorySpool::new(), MemorySink::new());
    let Paced { source, gates } = Paced::new(0..10);
    let running = spilling(&service, &spool)
        .source("numbers", source.hang())
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    fill(&gates, &service, &spool);
    running.stop();
    answer.open();
    let ledger = running.join().unwrap().ledger;
    assert_eq!((ledger.answered, ledger.spilled), (1, 9), "{ledger}");
    assert!(ledger.adds_up());

    let spool = spool.reopen();
    let summary = spilling(&echo(), &spool)
        .source("numbers", IteratorSource::new(10..12))
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap()
        .join()
        .unwrap();
    assert_eq!((summary.ledger.captured, summary.ledger.recovered), (2, 9));
    assert_eq!(
        (summary.backlog.answered, summary.sources[0].ledger.answered),
        (9, 2)
    );
    assert_eq!(spool.entries(), 0);
    let mut lines = sink.items();
    // What was in memory when the run stopped went to the spool behind what was there already.
    let mut expected = answered(0..12);
    expected.sort();
    lines.sort();
    assert_eq!(lines, expected);
    assert!(
        sink.items()[10..] == answered(10..12),
        "the backlog comes first"
    );
}

#[test]
fn what_a_source_gives_while_the_run_is_told_to_stop_waits_in_the_spool_too() {
    let (late, answer) = (Gate::closed(), Gate::closed());
    let (service, spool) = (held(&answer), MemorySpool::new());
    let give = late.clone();
    let heedless = iter::once_with(move || {
        let _ = give.wait(&Context::new());
        1
    });
    let running = spilling(&service, &spool)
        .source("numbers", IteratorSource::new((0..1).chain(heedless)))
        .sink("memory", MemorySink::new())
        .start(pool(2))
        .unwrap();
    service.wait_until_started(1);
    late.wait_until_reached(1);
    running.stop();
    late.open();
    answer.open();
    let ledger = running.join().unwrap().ledger;
    assert_eq!((ledger.answered, ledger.spilled), (1, 1), "{ledger}");
    assert!(ledger.adds_up());
}

#[test]
fn a_run_that_stops_takes_back_what_only_waits_for_a_service_that_is_gone() {
    let (spool, sink) = (MemorySpool::new(), MemorySink::new());
    let service = ScriptedService::new(|number| match number {
        0 => Reply::answer(number),
        _ => Reply::error(ServiceError::Unavailable("connection refused".into())),
    });
    let resilience = Resilience {
        retry: Retry {
            retries_max: u32::MAX,
            patience: Duration::MAX,
            ..Retry::default()
        },
        breaker: BreakerPolicy {
            patience: Duration::MAX,
            ..BreakerPolicy::default()
        },
        ..Resilience::default()
    };
    let resilient = Resilient::new(service.clone(), resilience);
    let running = Pipeline::new(resilient, |number: &u64| Ok(*number), record)
        .settings(Settings {
            policy: Policy::Spill,
            ..bounds(2, 4)
        })
        .spool(spool.clone(), LittleEndian::default())
        .source("numbers", IteratorSource::new(0..20))
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    sink.wait_until_written(1);
    // Some wait for a retry, and as soon as the service counts as gone for a probe.
    service.wait_until_started(6);
    running.stop();
    let ledger = running.join().unwrap().ledger;
    let captured = ledger.captured;
    assert_eq!(
        (ledger.answered, ledger.spilled),
        (1, captured - 1),
        "{ledger}"
    );
    assert!(ledger.adds_up());
    assert_eq!(sink.items(), answered(0..1));

    let spool = spool.reopen();
    spilling(&echo(), &spool)
        .source("numbers", IteratorSource::new(20..20))
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap()
        .join()
        .unwrap();
    let mut numbers = sink.items();
    numbers.sort();
    let mut expected = answered(0..captured);
    expected.sort();
    assert_eq!(numbers, expected, "each of them once");
}

#[test]
fn live_items_come_before_the_backlog_where_it_is_asked_for() {
    let spool = MemorySpool::new();
    let answer = Gate::closed();
    let service = held(&answer);
    let Paced { source, gates } = Paced::new(0..6);
    let running = spilling(&service, &spool)
        .source("numbers", source.hang())
        .sink("memory", MemorySink::new())
        .start(pool(2))
        .unwrap();
    fill(&gates, &service, &spool);
    running.stop();
    answer.open();
    let left = running.join().unwrap().ledger.spilled;
    assert_eq!(left, 5);

    let (answer, sink) = (Gate::closed(), MemorySink::new());
    let service = held(&answer);
    let usage = SpoolUse {
        backlog: Backlog::Last,
        ..SpoolUse::default()
    };
    let Paced { source, gates } = Paced::new(100..110);
    let spool = spool.reopen();
    let running = spilling_as(&service, &spool, usage)
        .source("numbers", source)
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    gates[0].wait_until_reached(1);
    // The first of the backlog may have its turn while nothing else is there.
    service.wait_until_started(1);
    for gate in &gates {
        gate.wait_until_reached(1);
        gate.open();
    }
    answer.open();
    let ledger = running.join().unwrap().ledger;
    assert!(ledger.adds_up());
    assert_eq!((ledger.recovered, ledger.spilled), (5, 0));
    let lines = sink.items();
    let last_live = lines
        .iter()
        .rposition(|line| line.starts_with("10"))
        .unwrap();
    let behind = lines.len() - 1 - last_live;
    assert!(behind >= 3, "the backlog was not left for last: {lines:?}");
}

#[test]
fn an_item_whose_record_is_there_already_is_not_asked_again() {
    let answer = Gate::closed();
    let (service, spool) = (held(&answer), MemorySpool::new());
    let Paced { source, gates } = Paced::new(0..8);
    let running = spilling(&service, &spool)
        .source("numbers", source.hang())
        .sink("memory", MemorySink::new())
        .start(pool(2))
        .unwrap();
    fill(&gates, &service, &spool);
    running.stop();
    answer.open();
    assert_eq!(running.join().unwrap().ledger.spilled, 7);

    let (spool, sink, service) = (spool.reopen(), MemorySink::new(), echo());
    let evens_known = LittleEndian {
        is_known: |number| number % 2 == 0,
    };
    let summary = run(&service)
        .settings(Settings {
            policy: Policy::Spill,
            ..bounds(2, 1)
        })
        .spool(spool.clone(), evens_known)
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap()
        .join()
        .unwrap();
    assert!(summary.ledger.adds_up());
    assert_eq!((summary.ledger.known, summary.ledger.answered), (3, 4));
    assert_eq!((service.started(), spool.entries()), (4, 0));
    let mut lines = sink.items();
    lines.sort();
    assert_eq!(lines, answered([1, 3, 5, 7]));
}

#[test]
fn a_full_spool_turns_away_the_newest_and_names_itself_or_its_disk() {
    turned_away(
        SpoolError::NoRoom("the limit".into()),
        DropReason::SpoolFull,
    );
    turned_away(
        SpoolError::StorageFull("the disk".into()),
        DropReason::DiskFull,
    );
}

fn turned_away(error: SpoolError, reason: DropReason) {
    let answer = Gate::closed();
    let (service, spool, sink) = (held(&answer), MemorySpool::new(), MemorySink::new());
    let Paced { source, gates } = Paced::new(0..5);
    let running = spilling(&service, &spool)
        .source("numbers", source)
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    fill(&gates[..4], &service, &spool);
    spool.fail_append(error);
    answer.open();
    fill(&gates[4..], &service, &MemorySpool::new());
    let ledger = running.join().unwrap().ledger;
    assert!(ledger.adds_up());
    let full = ledger.dropped.of(reason);
    assert!(full <= 1, "one was refused at most");
    assert_eq!(ledger.dropped.total(), full);
    assert_eq!(ledger.answered + full, 5);
    assert_eq!(sink.items().len(), 5, "what was dropped has a record too");
}

#[test]
fn an_entry_that_cannot_be_read_is_lost_alone() {
    let answer = Gate::closed();
    let (service, spool, sink) = (held(&answer), MemorySpool::new(), MemorySink::new());
    let Paced { source, gates } = Paced::new(0..8);
    let running = spilling(&service, &spool)
        .source("numbers", source)
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    fill(&gates, &service, &spool);
    spool.fail_next(SpoolError::Failed("a bad sector".into()));
    answer.open();
    let ledger = running.join().unwrap().ledger;
    assert!(ledger.adds_up());
    assert_eq!(ledger.dropped.of(DropReason::SpoolFailed), 1);
    assert_eq!((ledger.answered, ledger.unrecorded), (7, 1));
    assert_eq!(sink.items(), answered([0, 1, 2, 4, 5, 6, 7]));
    assert_eq!(spool.entries(), 0);
}

#[test]
fn a_sink_that_breaks_leaves_the_spool_to_a_later_run() {
    let answer = Gate::closed();
    let (service, spool, sink) = (held(&answer), MemorySpool::new(), MemorySink::new());
    sink.fail_write(SinkError::Failed("the disk is gone".into()));
    let Paced { source, gates } = Paced::new(0..8);
    let running = spilling(&service, &spool)
        .source("numbers", source)
        .sink("memory", sink)
        .start(pool(2))
        .unwrap();
    fill(&gates, &service, &spool);
    answer.open();
    let error = running.join().unwrap_err();
    let ledger = error.summary().ledger;
    assert!(ledger.adds_up());
    assert_eq!(ledger.spilled, 5);
    assert_eq!(ledger.dropped.of(DropReason::SinkFailed), 3);
    assert_eq!(spool.entries(), 5);
}

#[test]
fn a_spool_that_is_not_kept_leaves_nothing_behind_but_counts() {
    let answer = Gate::closed();
    let (service, spool, sink) = (held(&answer), MemorySpool::new(), MemorySink::new());
    let usage = SpoolUse {
        keeps: false,
        ..SpoolUse::default()
    };
    let Paced { source, gates } = Paced::new(0..8);
    let running = spilling_as(&service, &spool, usage)
        .source("numbers", source.hang())
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    fill(&gates, &service, &spool);
    running.stop();
    answer.open();
    let ledger = running.join().unwrap().ledger;
    assert!(ledger.adds_up());
    assert_eq!((ledger.answered, ledger.spilled), (1, 0));
    assert_eq!(ledger.dropped.of(DropReason::Interrupted), 7);
}

#[test]
fn a_spool_that_panics_costs_what_it_was_given() {
    struct Panics;
    impl creel_core::Spool for Panics {
        fn append(&mut self, _: &[u8]) -> Result<creel_core::port::Ticket, SpoolError> {
            panic!("a bug")
        }
        fn next(
            &mut self,
            _: Option<creel_core::port::Ticket>,
        ) -> Result<Option<(creel_core::port::Ticket, Vec<u8>)>, SpoolError> {
            Ok(None)
        }
        fn remove(&mut self, _: creel_core::port::Ticket) -> Result<(), SpoolError> {
            Ok(())
        }
        fn recovered(&self) -> u64 {
            2
        }
    }
    let answer = Gate::closed();
    let sink = MemorySink::new();
    let usage = SpoolUse {
        backlog: Backlog::Last,
        ..SpoolUse::default()
    };
    let running = run(&held(&answer))
        .settings(Settings {
            policy: Policy::Spill,
            spool: SpoolUse {
                queue_items: bounds(2, 1).items,
                ..usage
            },
            ..bounds(2, 1)
        })
        .spool(Panics, LittleEndian::default())
        .source("numbers", IteratorSource::new(0..50))
        .sink("memory", sink)
        .start(pool(2))
        .unwrap();
    answer.open();
    let ledger = running.join().unwrap().ledger;
    assert!(ledger.adds_up(), "{ledger}");
    assert_eq!(ledger.captured + ledger.recovered, ledger.over());
    assert!(ledger.dropped.of(DropReason::SpoolFailed) >= 2, "{ledger}");
}

#[test]
fn spilling_without_a_spool_is_refused_at_the_start() {
    let settings = Settings {
        policy: Policy::Spill,
        ..Settings::default()
    };
    let refused = run(&echo()).settings(settings).start(pool(1)).unwrap_err();
    assert!(matches!(refused, StartError::NoSpool), "{refused:?}");
}
