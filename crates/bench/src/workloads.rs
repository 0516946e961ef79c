//! The workloads, a file each.

mod fibonacci;
mod hot_ping;
mod join_tree;
mod rounds;
mod spawn_tree;
mod submission;
mod submitters;

use crate::workload::Workload;

/// All of them, in the order in which they are told.
pub(crate) const ALL: &[Workload] = &[
    submission::WORKLOAD,
    spawn_tree::WORKLOAD,
    join_tree::WORKLOAD,
    hot_ping::WORKLOAD,
    fibonacci::WORKLOAD,
    submitters::WORKLOAD,
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
