//! W7: four threads outside the pool submit empty tasks at the same time, and wait for the result of each.

use std::sync::Barrier;
use std::thread;

use super::submission::submit_all;
use super::{WARM_UP, WORKERS, every_submitter, rounds};
use crate::goal::Goal;
use crate::limits;
use crate::peer::Submit;
use crate::workload::{LIMIT, Played, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W7",
    title: "submit empty tasks with a handle from four outside threads, wait for all",
    unit: Unit::NanosecondsPerTask,
    sizes: Sizes {
        full: 1_000_000,
        quick: 40_000,
    },
    contestants: every_submitter!(
        play,
        Contestant::java_fork_join(),
        Contestant::java_thread_pool(),
        Contestant::python(),
        Contestant::new(LIMIT, play_without_pool),
    ),
    goals: &[Goal::against_fastest(0.75)],
};

const SUBMITTERS: u64 = 4;

fn play<P: Submit>(tasks: u64) -> Played {
    let pool = P::start(WORKERS);
    submit_all(pool, WARM_UP);
    rounds::play(tasks, || {
        at_the_same_time(|| submit_all(pool, tasks / SUBMITTERS));
    })
}

/// Each thread makes what a task and its handle share, and lets go of it itself.
fn play_without_pool(tasks: u64) -> Played {
    rounds::play(tasks, || {
        at_the_same_time(|| limits::make_and_drop(tasks / SUBMITTERS));
    })
}

fn at_the_same_time(submit: impl Fn() + Sync) {
    let start = Barrier::new(SUBMITTERS as usize);
    thread::scope(|scope| {
        for _ in 0..SUBMITTERS {
            scope.spawn(|| {
                start.wait();
                submit();
            });
        }
    });
}
