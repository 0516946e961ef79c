//! W3H: one task at a time, the next when the result of the last is there.

use std::time::Instant;

use super::{WARM_UP, WORKERS, every_submitter, rounds};
use crate::goal::Goal;
use crate::limits;
use crate::meter::Meter;
use crate::peer::Submit;
use crate::workload::{LIMIT, Played, Sizes, THREADS, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W3H",
    title: "one task at a time, back to back, p50",
    unit: Unit::Nanoseconds,
    sizes: Sizes {
        full: 20_000,
        quick: 4_000,
    },
    contestants: every_submitter!(
        play,
        Contestant::new(THREADS, play::<Threads>),
        Contestant::new(LIMIT, limits::cache_line),
    ),
    goals: &[
        Goal::against(1.0, "forte"),
        Goal::against(1.0, "forte").of_processor(),
    ],
};

fn play<P: Submit>(pings: u64) -> Played {
    let pool = P::start(WORKERS);
    for number in 0..WARM_UP {
        ping(pool, number);
    }
    let meter = Meter::start();
    let mut durations: Vec<_> = (0..pings)
        .map(|number| {
            let started = Instant::now();
            ping(pool, number);
            started.elapsed()
        })
        .collect();
    let effort = meter.stop();
    Played {
        value: rounds::median(&mut durations).as_nanos() as f64,
        operations: pings,
        effort,
    }
}

pub(super) fn ping<P: Submit>(pool: &'static P, number: u64) {
    assert_eq!(pool.wait(pool.submit(move || number)), number);
}
