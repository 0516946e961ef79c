//! W5S: a map over few items, one of which is a hundred times dearer than the others.

use super::map::{Items, burn};
use crate::goal::Goal;
use crate::peers::{Crossbeam, Forte, Threadpool, TokioBlocking};
use crate::workload::{CREEL, Contestant, LIMIT, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W5S",
    title: "map over 1,000 items of 10 µs, one of them 100 times dearer",
    unit: Unit::Milliseconds,
    sizes: Sizes {
        full: 1_000,
        quick: 1_000,
    },
    contestants: &[
        Contestant::new(CREEL, |length| items(length).by_creel(CHUNK)),
        Contestant::new("creel, no chunks", |length| items(length).by_creel(1)),
        Contestant::new("rayon", |length| items(length).by_rayon()),
        Contestant::new("std scope, index", |length| items(length).by_scope()),
        Contestant::new("forte", |length| items(length).by_handles::<Forte>()),
        Contestant::new("crossbeam-channel", |length| {
            items(length).by_handles::<Crossbeam>()
        }),
        Contestant::new("threadpool", |length| {
            items(length).by_handles::<Threadpool>()
        }),
        Contestant::new("tokio spawn_blocking", |length| {
            items(length).by_handles::<TokioBlocking>()
        }),
        Contestant::new(LIMIT, |length| items(length).alone()),
    ],
    goals: &[Goal::against(1.0, "rayon")],
};

/// How many items Creel is told to give to a task.
const CHUNK: usize = 10;
/// The one that is dear, neither the first nor the last.
const DEAR: u64 = 700;

fn items(length: u64) -> Items {
    Items {
        length,
        work: |item| burn(item, if item == DEAR { 1_000 } else { 10 }),
    }
}
