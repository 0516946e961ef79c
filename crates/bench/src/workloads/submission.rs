//! W1: one thread outside the pool submits empty tasks, and waits for the result of each.

use super::{WARM_UP, WORKERS};
use crate::meter::Meter;
use crate::peer::Submit;
use crate::peers::{Creel, Crossbeam, Diagnosed, Forte, Rayon, Threadpool, Tokio, TokioBlocking};
use crate::workload::{CREEL, Contestant, DIAGNOSED, Goal, Played, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W1",
    title: "submit empty tasks with a handle from one outside thread, wait for all",
    unit: Unit::NanosecondsPerTask,
    sizes: Sizes {
        full: 1_000_000,
        quick: 200_000,
    },
    contestants: &[
        Contestant::new(CREEL, play::<Creel>),
        Contestant::new(DIAGNOSED, play::<Diagnosed>),
        Contestant::new("forte", play::<Forte>),
        Contestant::new("crossbeam-channel", play::<Crossbeam>),
        Contestant::new("threadpool", play::<Threadpool>),
        Contestant::new("rayon", play::<Rayon>),
        Contestant::new("tokio", play::<Tokio>),
        Contestant::new("tokio spawn_blocking", play::<TokioBlocking>),
    ],
    goals: &[Goal::against_fastest(0.75)],
};

fn play<P: Submit>(tasks: u64) -> Played {
    let pool = P::start(WORKERS);
    submit_all(pool, WARM_UP);
    let meter = Meter::start();
    submit_all(pool, tasks);
    Played::per_operation(tasks, meter.stop())
}

/// Submits so many tasks, each of which returns its number, and checks that all of them did.
pub(super) fn submit_all<P: Submit>(pool: &'static P, tasks: u64) {
    let handles = (0..tasks)
        .map(|number| pool.submit(move || number))
        .collect();
    assert_eq!(pool.sum(handles), tasks * tasks.saturating_sub(1) / 2);
}
