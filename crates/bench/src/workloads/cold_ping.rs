//! W3C: one task at a time, each after a rest in which everybody falls asleep.

use std::thread;
use std::time::{Duration, Instant};

use super::hot_ping::ping;
use super::{WORKERS, every_submitter, rounds};
use crate::goal::Goal;
use crate::limits;
use crate::meter::Meter;
use crate::peer::Submit;
use crate::workload::{LIMIT, Played, Sizes, THREADS, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W3C",
    title: "one task at a time, each after 1 ms of rest, p50",
    unit: Unit::Microseconds,
    sizes: Sizes {
        full: 500,
        quick: 60,
    },
    contestants: every_submitter!(
        play,
        Contestant::new(THREADS, play::<Threads>),
        Contestant::new(LIMIT, limits::cold_wake),
    ),
    goals: &[Goal::against(1.0, "crossbeam-channel")],
};

/// How long nothing happens before a task.
pub(crate) const REST: Duration = Duration::from_millis(1);

fn play<P: Submit>(pings: u64) -> Played {
    let pool = P::start(WORKERS);
    ping(pool, 0);
    rested(pings, |number| ping(pool, number))
}

/// Does something again and again, each time after a rest; the value is the median time that it takes.
pub(crate) fn rested(times: u64, mut act: impl FnMut(u64)) -> Played {
    let meter = Meter::start();
    let mut durations: Vec<_> = (0..times)
        .map(|number| {
            thread::sleep(REST);
            let started = Instant::now();
            act(number);
            started.elapsed()
        })
        .collect();
    let effort = meter.stop();
    Played {
        value: rounds::median(&mut durations).as_nanos() as f64 / 1e3,
        operations: times,
        effort,
    }
}
