//! W8M: what a task that waits in the queue takes in memory, its handle included.

use std::fs;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use super::{WARM_UP, WORKERS, every_submitter, submission};
use crate::goal::Goal;
use crate::meter::Meter;
use crate::peer::Submit;
use crate::workload::{Played, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W8M",
    title: "memory of a queued task with its handle, for a closure of one word",
    unit: Unit::BytesPerTask,
    sizes: Sizes {
        full: 1_000_000,
        quick: 40_000,
    },
    contestants: every_submitter!(
        play,
        Contestant::java_fork_join(),
        Contestant::java_thread_pool(),
        Contestant::python(),
    ),
    goals: &[Goal::at_most(80.0)],
};

/// A task that has not started by then waits behind a worker at the gate.
const STUCK_AFTER: Duration = Duration::from_millis(20);

fn play<P: Submit>(tasks: u64) -> Played {
    let pool = P::start(WORKERS);
    submission::submit_all(pool, WARM_UP);
    let gate = Arc::new(OnceLock::new());
    let closed = close(pool, &gate);
    let mut handles = Vec::with_capacity(tasks as usize);
    let meter = Meter::start();
    let before = resident();
    handles.extend((0..tasks).map(|number| pool.submit(move || number)));
    let after = resident();
    let effort = meter.stop();
    gate.set(()).expect("nobody else opens the gate");
    assert_eq!(pool.sum(closed), 0);
    assert_eq!(pool.sum(handles), tasks * (tasks - 1) / 2);
    Played {
        value: (after - before) as f64 / tasks as f64,
        operations: tasks,
        effort,
    }
}

/// Has every worker wait at the gate.
fn close<P: Submit>(pool: &'static P, gate: &Arc<OnceLock<()>>) -> Vec<P::Handle<u64>> {
    let (sender, arrivals) = mpsc::channel();
    let mut closed = Vec::new();
    let mut arrived = 0;
    while arrived < WORKERS {
        let (sender, gate) = (sender.clone(), Arc::clone(gate));
        closed.push(pool.submit(move || {
            // A task that was stuck starts when nobody counts any more.
            let _late = sender.send(());
            gate.wait();
            0
        }));
        // In some pools the task may be stuck behind the one before, and the other worker needs another one.
        arrived += arrivals.recv_timeout(STUCK_AFTER).into_iter().count();
    }
    closed
}

/// How many bytes of this process are in memory.
fn resident() -> u64 {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").expect("Linux tells it");
    let kilobytes = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Rss:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|number| number.trim().parse::<u64>().ok())
        .expect("a line with the resident size");
    1_024 * kilobytes
}
