//! W7: four threads outside the pool submit empty tasks at the same time, and wait for the result of each.

use std::sync::Barrier;
use std::thread;

use super::submission::submit_all;
use super::{WARM_UP, WORKERS};
use crate::meter::Meter;
use crate::peer::Submit;
use crate::peers::{Creel, Crossbeam, Diagnosed, Forte, Rayon, Threadpool, Tokio, TokioBlocking};
use crate::workload::{CREEL, Contestant, DIAGNOSED, Goal, Played, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W7",
    title: "submit empty tasks with a handle from four outside threads, wait for all",
    unit: Unit::NanosecondsPerTask,
    sizes: Sizes {
        full: 1_000_000,
        quick: 200_000,
    },
    contestants: &[
        Contestant::new(CREEL, play::<Creel>),
        Contestant::new(DIAGNOSED, play::<Diagnosed>),
        Contestant::new("crossbeam-channel", play::<Crossbeam>),
        Contestant::new("forte", play::<Forte>),
        Contestant::new("threadpool", play::<Threadpool>),
        Contestant::new("rayon", play::<Rayon>),
        Contestant::new("tokio", play::<Tokio>),
        Contestant::new("tokio spawn_blocking", play::<TokioBlocking>),
    ],
    goals: &[Goal::against_fastest(0.75)],
};

const SUBMITTERS: u64 = 4;

fn play<P: Submit>(tasks: u64) -> Played {
    let pool = P::start(WORKERS);
    submit_all(pool, WARM_UP);
    let start = Barrier::new(SUBMITTERS as usize + 1);
    let meter = thread::scope(|scope| {
        for _ in 0..SUBMITTERS {
            scope.spawn(|| {
                start.wait();
                submit_all(pool, tasks / SUBMITTERS);
            });
        }
        let meter = Meter::start();
        start.wait();
        meter
    });
    Played::per_operation(tasks, meter.stop())
}
