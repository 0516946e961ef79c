use std::sync::Arc;

use creel_pipeline::{DropReason, Policy, Settings};
use creel_testkit::{
    Gate, IteratorSource, MemorySink, Reply, ScriptedService, ScriptedSource, Watched,
};

use crate::rig::{answered, bounds, echo, look, pool, run};

/// Item 0 is in flight while 1 to 4 come, with room for two.
fn check(policy: Policy, reason: DropReason, kept: &[u64], expected: &[&str]) {
    let (answer, busy, all_given) = (Gate::closed(), Gate::closed(), Gate::closed());
    let service = {
        let answer = answer.clone();
        ScriptedService::new(move |number| match number {
            0 => Reply::answer(0).behind(&answer),
            _ => Reply::answer(number),
        })
    };
    let source = ScriptedSource::new()
        .item(0)
        .gate(&busy)
        .items(1..=4)
        .gate(&all_given);
    let sink = MemorySink::new();
    let running = run(&service)
        .settings(Settings {
            policy,
            ..bounds(2, 1)
        })
        .source("numbers", source)
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    service.wait_until_started(1);
    busy.open();
    all_given.wait_until_reached(1);

    let ledger = look(&running.handle());
    assert_eq!((ledger.captured, ledger.in_flight), (5, 1));
    assert_eq!(ledger.buffered, kept.len() as u64);
    assert_eq!(ledger.dropped.of(reason), 4 - kept.len() as u64);
    assert_eq!(ledger.dropped.total(), ledger.dropped.of(reason));
    assert_eq!(sink.items(), [""; 0], "0 comes first");

    answer.open();
    all_given.open();
    let summary = running.join().unwrap();
    assert_eq!(sink.items(), expected);
    assert_eq!(sink.durable(), 5);
    assert_eq!(summary.ledger.answered, 1 + kept.len() as u64);
    assert_eq!(summary.ledger.over(), 5);
}

#[test]
fn drop_oldest_keeps_the_latest() {
    check(
        Policy::DropOldest,
        DropReason::BufferFull,
        &[3, 4],
        &[
            "0 answered",
            "1 dropped: buffer full",
            "2 dropped: buffer full",
            "3 answered",
            "4 answered",
        ],
    );
}

#[test]
fn drop_newest_keeps_the_first() {
    check(
        Policy::DropNewest,
        DropReason::BufferFull,
        &[1, 2],
        &[
            "0 answered",
            "1 answered",
            "2 answered",
            "3 dropped: buffer full",
            "4 dropped: buffer full",
        ],
    );
}

#[test]
fn latest_keeps_one() {
    check(
        Policy::Latest,
        DropReason::Superseded,
        &[4],
        &[
            "0 answered",
            "1 dropped: superseded",
            "2 dropped: superseded",
            "3 dropped: superseded",
            "4 answered",
        ],
    );
}

#[test]
fn block_holds_the_source_and_loses_nothing() {
    let answer = Gate::closed();
    let service = {
        let answer = answer.clone();
        ScriptedService::new(move |number| Reply::answer(number).behind(&answer))
    };
    let taken = Arc::new(Watched::new(0));
    let source = {
        let taken = Arc::clone(&taken);
        IteratorSource::new((0..10).inspect(move |_| taken.change(|count| *count += 1)))
    };
    let sink = MemorySink::new();
    let running = run(&service)
        .settings(bounds(2, 1))
        .source("numbers", source)
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    service.wait_until_started(1);
    taken.wait_until(|count| *count == 4);
    let ledger = look(&running.handle());
    assert_eq!(ledger.captured, 3, "the fourth is in the source's hand");
    assert_eq!((ledger.in_flight, ledger.buffered), (1, 2));

    answer.open();
    let summary = running.join().unwrap();
    assert_eq!(sink.items(), answered(0..10));
    assert_eq!(summary.ledger.answered, 10);
    assert_eq!(service.running_max(), 1);
}

#[test]
fn an_item_larger_than_the_buffer_does_not_hang_its_source() {
    let sink = MemorySink::new();
    let settings = Settings {
        bytes: 100,
        ..bounds(8, 2)
    };
    let running = run(&echo())
        .settings(settings)
        .weigh(|number| 60 * number)
        .source("small", IteratorSource::new((0..50).map(|_| 0)))
        .source("growing", IteratorSource::new(0..10))
        .sink("memory", sink.clone())
        .start(pool(2))
        .unwrap();
    let summary = running.join().unwrap();
    assert_eq!(summary.ledger.answered, 60);
    let zero = answered([0]).remove(0);
    let growing: Vec<_> = sink
        .items()
        .into_iter()
        .filter(|line| *line != zero)
        .collect();
    assert_eq!(growing, answered(1..10));
}

#[test]
fn a_run_without_items_ends_and_flushes() {
    let sink = MemorySink::new();
    let running = run(&echo())
        .source("empty", ScriptedSource::new())
        .sink("memory", sink.clone())
        .start(pool(1))
        .unwrap();
    let summary = running.join().unwrap();
    assert_eq!(summary.ledger.captured, 0);
    assert_eq!(sink.flushes(), 1);
}
