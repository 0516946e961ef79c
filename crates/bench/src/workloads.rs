//! The workloads, a file each.

mod blocking_sleep;
mod cold_ping;
mod even_map;
mod fibonacci;
mod hot_ping;
mod idleness;
mod join_tree;
mod map;
mod memory;
mod posting;
mod quicksort;
mod rounds;
mod skewed_map;
mod spawn_tree;
mod stranding;
mod submission;
mod submitters;
mod timers;

use crate::limits;
use crate::workload::Workload;

/// All of them, in the order in which they are told.
pub(crate) const ALL: &[Workload] = &[
    limits::WORKLOAD,
    submission::WORKLOAD,
    spawn_tree::WORKLOAD,
    join_tree::WORKLOAD,
    hot_ping::WORKLOAD,
    cold_ping::WORKLOAD,
    fibonacci::WORKLOAD,
    quicksort::WORKLOAD,
    even_map::WORKLOAD,
    skewed_map::WORKLOAD,
    blocking_sleep::WORKLOAD,
    timers::WORKLOAD,
    submitters::WORKLOAD,
    memory::WORKLOAD,
    idleness::WORKLOAD,
    stranding::WORKLOAD,
    posting::AT_ONCE_ANSWERED,
    posting::SLOWLY_ANSWERED,
];

/// The workload of this name, in capitals or not.
pub(crate) fn named(name: &str) -> Option<&'static Workload> {
    ALL.iter()
        .find(|workload| workload.name.eq_ignore_ascii_case(name))
}

/// How many workers a pool has unless the workload says otherwise.
const WORKERS: usize = 2;

/// What a fair sample needs before it starts: the threads are there, and have run something.
const WARM_UP: u64 = 1_000;

/// Everybody who hands back a handle for a task plays, and whoever is named besides.
macro_rules! every_submitter {
    ($play:ident $(, $more:expr)* $(,)?) => {{
        use $crate::peers::*;
        use $crate::workload::{CREEL, Contestant, DIAGNOSED};
        &[
            Contestant::new(CREEL, $play::<Creel>),
            Contestant::new(DIAGNOSED, $play::<Diagnosed>),
            Contestant::new("forte", $play::<Forte>),
            Contestant::new("crossbeam-channel", $play::<Crossbeam>),
            Contestant::new("threadpool", $play::<Threadpool>),
            Contestant::new("rusty_pool", $play::<Rusty>),
            Contestant::new("rayon", $play::<Rayon>),
            Contestant::new("async-executor", $play::<AsyncExecutor>),
            Contestant::new("blocking", $play::<Blocking>),
            Contestant::new("tokio", $play::<Tokio>),
            Contestant::new("tokio spawn_blocking", $play::<TokioBlocking>),
            $($more,)*
        ]
    }};
}

pub(crate) use cold_ping::rested;
use every_submitter;
pub(crate) use rounds::{Pace, set_pace};
