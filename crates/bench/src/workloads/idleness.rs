//! W8I: what a pool does while there is nothing to do.

use std::thread;
use std::time::Duration;

use super::{WARM_UP, WORKERS, every_submitter, submission};
use crate::goal::Goal;
use crate::meter::Meter;
use crate::peer::Submit;
use crate::workload::{Played, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W8I",
    title: "wake-ups of an idle pool in 5 s, and its CPU",
    unit: Unit::WakeUps,
    sizes: Sizes {
        full: 5_000,
        quick: 200,
    },
    contestants: every_submitter!(play),
    goals: &[Goal::at_most(0.0)],
};

/// In which the workers find that there is nothing left, and fall asleep.
const SETTLES_WITHIN: Duration = Duration::from_millis(100);

fn play<P: Submit>(milliseconds: u64) -> Played {
    let pool = P::start(WORKERS);
    submission::submit_all(pool, WARM_UP);
    thread::sleep(SETTLES_WITHIN);
    let meter = Meter::start();
    thread::sleep(Duration::from_millis(milliseconds));
    let effort = meter.stop();
    Played {
        // The thread that looks on has slept once itself.
        value: effort.voluntary_switches.saturating_sub(1) as f64,
        operations: 1,
        effort,
    }
}
