//! W1: one thread outside the pool submits empty tasks, and waits for the result of each.

use super::{WARM_UP, WORKERS, every_submitter, rounds};
use crate::goal::Goal;
use crate::limits;
use crate::meter::Meter;
use crate::peer::{Pool, Submit};
use crate::peers::Threads;
use crate::workload::{LIMIT, Played, Sizes, THREADS, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W1",
    title: "submit empty tasks with a handle from one outside thread, wait for all",
    unit: Unit::NanosecondsPerTask,
    sizes: Sizes {
        full: 1_000_000,
        quick: 40_000,
    },
    contestants: every_submitter!(
        play,
        Contestant::new(THREADS, play_on_threads),
        Contestant::java_fork_join(),
        Contestant::java_thread_pool(),
        Contestant::python(),
        Contestant::new(LIMIT, play_without_pool),
    ),
    goals: &[Goal::against_fastest(0.75)],
};

fn play<P: Submit>(tasks: u64) -> Played {
    let pool = P::start(WORKERS);
    submit_all(pool, WARM_UP);
    rounds::play(tasks, || submit_all(pool, tasks))
}

fn play_without_pool(tasks: u64) -> Played {
    rounds::play(tasks, || {
        limits::hand_over(tasks);
    })
}

/// A thread costs so much that fewer say the same, and a process cannot have many at a time.
fn play_on_threads(tasks: u64) -> Played {
    const SHARE: u64 = 100;
    const AT_A_TIME: u64 = 100;
    let pool = Threads::start(WORKERS);
    let batches = (tasks / SHARE / AT_A_TIME).max(1);
    let meter = Meter::start();
    for _ in 0..batches {
        submit_all(pool, AT_A_TIME);
    }
    Played::per_operation(batches * AT_A_TIME, meter.stop())
}

/// Submits so many tasks, each of which returns its number, and checks that all of them did.
pub(super) fn submit_all<P: Submit>(pool: &'static P, tasks: u64) {
    let handles = (0..tasks)
        .map(|number| pool.submit(move || number))
        .collect();
    assert_eq!(pool.sum(handles), tasks * tasks.saturating_sub(1) / 2);
}
