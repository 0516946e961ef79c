//! Bounded queues, and everybody who wants a place in them.

mod customer;

use std::ops::Range;
use std::sync::Arc;
use std::thread;

use creel_runtime::{Rejected, TaskFuture, ThreadPool};

use crate::held::Held;
use crate::scene::{Figures, Scene};
use crate::setting::Setting;
use customer::{Customer, Ledger};

pub(crate) const SCENE: Scene = Scene {
    name: "room",
    claim: "no room in a bounded queue is lost, and nobody who waits for some is forgotten",
    play,
};

const SUBMITS: u64 = 1_000_000;
const SUBMITTERS: u64 = 3;
const WORKERS: usize = 2;

/// How many tasks may be queued, and what they may weigh.
const BOUNDS: [(Option<usize>, Option<u64>); 4] = [
    (Some(1), None),
    (Some(8), None),
    (None, Some(100)),
    (Some(8), Some(100)),
];
/// Some are heavier than the whole limit.
const WEIGHTS: Range<u64> = 0..120;

fn play(setting: &Setting) -> Figures {
    let share = setting
        .scaled(SUBMITS)
        .div_ceil(SUBMITTERS * BOUNDS.len() as u64);
    let mut ledger = Ledger::default();
    let mut number = 0;
    for (capacity, weight) in BOUNDS {
        let pool = Arc::new(build(capacity, weight));
        setting.watch.exhibit(0, &pool);
        thread::scope(|scope| {
            let submitting: Vec<_> = (0..SUBMITTERS)
                .map(|_| {
                    number += 1;
                    let customer = Customer::new(&pool, setting.random(number), WEIGHTS);
                    scope.spawn(move || customer.submit(share, &setting.watch))
                })
                .collect();
            for thread in submitting {
                ledger += thread.join().unwrap();
            }
        });
        if let Some(capacity) = capacity {
            assert_eq!(free_places(&pool, WORKERS), capacity, "each place is free");
        }
        if let Some(weight) = weight {
            assert!(is_free(&pool, weight), "nothing weighs on the queue");
        }
        pool.shutdown().unwrap();
    }
    let total = share * SUBMITTERS * BOUNDS.len() as u64;
    assert_eq!(ledger.sum(), total);
    let Ledger {
        ran,
        cancelled,
        expired,
        refused,
        given_up,
    } = ledger;
    Figures {
        count: Some(total),
        story: format!(
            "{total} submits: {ran} ran, {cancelled} were cancelled, {expired} expired, {refused} found no room in time, \
             {given_up} were given up"
        ),
    }
}

fn build(capacity: Option<usize>, weight: Option<u64>) -> ThreadPool {
    let mut builder = ThreadPool::builder().max_workers(WORKERS);
    if let Some(capacity) = capacity {
        builder = builder.queue_capacity(capacity);
    }
    if let Some(weight) = weight {
        builder = builder.queue_weight(weight);
    }
    builder.build().unwrap()
}

/// How many tasks can be queued while no worker takes any.
pub(crate) fn free_places(pool: &ThreadPool, workers: usize) -> usize {
    let held = Held::all(pool, workers);
    let mut futures = Vec::new();
    let full = loop {
        match pool.try_submit(|| ()) {
            Ok(future) => futures.push(future),
            Err(rejected) => break rejected,
        }
    };
    assert!(matches!(full, Rejected::Full(_)));
    held.release();
    let places = futures.len();
    futures.into_iter().for_each(end);
    places
}

/// Whether tasks of so much weight can be queued, and no more.
fn is_free(pool: &ThreadPool, weight: u64) -> bool {
    let held = Held::all(pool, WORKERS);
    let whole = pool.task().weight(weight).try_submit(|| ());
    let more = pool.task().weight(1).try_submit(|| ());
    held.release();
    let is_free = whole.is_ok() && matches!(more, Err(Rejected::Full(_)));
    whole.into_iter().chain(more).for_each(end);
    is_free
}

fn end(future: TaskFuture<()>) {
    future.result().unwrap();
}
