//! W8B: work that a task has queued before it blocks, while another worker is idle.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{WORKERS, every_submitter};
use crate::goal::Goal;
use crate::meter::Meter;
use crate::peer::Submit;
use crate::workload::{Played, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W8B",
    title: "tasks stranded behind a blocked worker while another is idle",
    unit: Unit::PercentStranded,
    sizes: Sizes {
        full: 40,
        quick: 10,
    },
    contestants: every_submitter!(play),
    goals: &[Goal::at_most(0.0)],
};

/// How long a task may wait for an idle worker before it counts as stranded; a hundred times what it should take.
const STRANDED_AFTER: Duration = Duration::from_millis(20);
/// How long the other worker has to fall asleep.
const REST: Duration = Duration::from_millis(1);

fn play<P: Submit>(tasks: u64) -> Played {
    let pool = P::start(WORKERS);
    let meter = Meter::start();
    let mut stranded = 0;
    for _ in 0..tasks {
        thread::sleep(REST);
        let blocked = pool.submit(move || {
            let (sender, receiver) = mpsc::channel();
            let child = pool.submit(move || {
                // Nobody waits for it after the time is over.
                let _late = sender.send(());
            });
            let ran = receiver.recv_timeout(STRANDED_AFTER).is_ok();
            (ran, child)
        });
        let (ran, child) = pool.wait(blocked);
        pool.wait(child);
        stranded += u64::from(!ran);
    }
    Played {
        value: stranded as f64 * 100.0 / tasks as f64,
        operations: tasks,
        effort: meter.stop(),
    }
}
