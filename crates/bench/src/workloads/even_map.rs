//! W5U: a map over many short items, all alike.

use super::map::{Items, burn};
use crate::goal::Goal;
use crate::peers::{Crossbeam, Forte, Threadpool, TokioBlocking};
use crate::workload::{CREEL, Contestant, LIMIT, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W5U",
    title: "map over 100,000 items of 1 µs",
    unit: Unit::Milliseconds,
    sizes: Sizes {
        full: 100_000,
        quick: 20_000,
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
const CHUNK: usize = 100;

fn items(length: u64) -> Items {
    Items {
        length,
        work: |item| burn(item, 1),
    }
}
