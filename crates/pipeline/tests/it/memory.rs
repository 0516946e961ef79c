use std::sync::Arc;

use creel_pipeline::{Order, Pipeline, Policy, Settings};
use creel_testkit::{IteratorSource, LiveCount, MemorySink, Watched};

use crate::rig::{Auditor, bounds, echo, pool, record};

const ITEMS: u64 = 10_000;
const WORKERS: usize = 4;

fn check(policy: Policy, order: Order) {
    let live = LiveCount::new();
    let peak = Arc::new(Watched::new(0));
    let source = {
        let (live, peak) = (live.clone(), Arc::clone(&peak));
        IteratorSource::new((0..ITEMS).map(move |number| {
            let token = live.token();
            peak.change(|peak| *peak = live.alive().max(*peak));
            (number, token)
        }))
    };
    let settings = Settings {
        policy,
        order,
        ..bounds(16, 8)
    };
    let sink = MemorySink::new();
    let (auditor, handle) = Auditor::new(sink.clone());
    let executor = pool(WORKERS);
    let running = Pipeline::new(
        echo(),
        |item: &(u64, _)| Ok(item.0),
        |item: &(u64, _), outcome, passage| (item.0, record(&item.0, outcome, passage)),
    )
    .settings(settings)
    .source("numbers", source)
    .sink("auditor", auditor)
    .start(Arc::clone(&executor))
    .unwrap();
    handle.change(|handle| *handle = Some(running.handle()));
    let ledger = running.join().unwrap().ledger;

    assert_eq!((ledger.captured, ledger.over()), (ITEMS, ITEMS));
    assert_eq!(ledger.recorded, ITEMS);
    let mut numbers: Vec<_> = sink.items().into_iter().map(|(number, _)| number).collect();
    if order == Order::AsCompleted {
        numbers.sort_unstable();
    }
    assert!(numbers.into_iter().eq(0..ITEMS), "each item has one record");
    // Beyond buffer and window: one in the source's hand, one that is being dropped, one on its way from the
    // buffer to the executor, and what a worker has reported but not yet put down.
    let most = 16 + 8 + 3 + WORKERS;
    let peak = peak.read(|peak| *peak);
    assert!(peak <= most, "{peak} items were alive, more than {most}");
    drop(executor);
    assert_eq!(live.alive(), 0);
}

#[test]
fn ten_thousand_items_take_constant_memory_when_the_source_is_held() {
    check(Policy::Block, Order::InCapture);
}

#[test]
fn ten_thousand_items_take_constant_memory_unordered() {
    check(Policy::Block, Order::AsCompleted);
}

#[test]
fn ten_thousand_items_take_constant_memory_when_the_oldest_go() {
    check(Policy::DropOldest, Order::InCapture);
}

#[test]
fn ten_thousand_items_take_constant_memory_when_the_newest_go() {
    check(Policy::DropNewest, Order::InCapture);
}

#[test]
fn ten_thousand_items_take_constant_memory_when_only_the_latest_counts() {
    check(Policy::Latest, Order::AsCompleted);
}
