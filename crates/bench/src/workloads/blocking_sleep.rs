//! W6B: tasks that block, as calls to the outside do, on many workers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::goal::Goal;
use crate::meter::Meter;
use crate::peer::Submit;
use crate::peers::{Blocking, Creel, Crossbeam, Elastic, Rayon, Rusty, Threadpool, TokioBlocking};
use crate::workload::{CREEL, Contestant, LIMIT, Played, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W6B",
    title: "2,000 tasks that block for 10 ms, on 64 workers",
    unit: Unit::Milliseconds,
    sizes: Sizes {
        full: 2_000,
        quick: 640,
    },
    contestants: &[
        Contestant::new(CREEL, play::<Creel>),
        Contestant::new(ELASTIC, play::<Elastic>),
        Contestant::new("rayon", play::<Rayon>),
        Contestant::new("threadpool", play::<Threadpool>),
        Contestant::new("rusty_pool", play::<Rusty>),
        Contestant::new("crossbeam-channel", play::<Crossbeam>),
        Contestant::new("blocking", play::<Blocking>),
        Contestant::new("tokio spawn_blocking", play::<TokioBlocking>),
        Contestant::new(LIMIT, play_without_pool),
    ],
    goals: &[
        Goal::against_limit(1.02),
        Goal::against_limit(1.15).of(ELASTIC),
    ],
};

/// A pool that starts with two workers, and more as it needs them.
const ELASTIC: &str = "creel, elastic";

const WORKERS: usize = 64;
const BLOCKS_FOR: Duration = Duration::from_millis(10);

fn play<P: Submit>(tasks: u64) -> Played {
    let pool = P::start(WORKERS);
    let meter = Meter::start();
    let handles = (0..tasks)
        .map(|number| {
            pool.submit(move || {
                thread::sleep(BLOCKS_FOR);
                number
            })
        })
        .collect();
    let sum = pool.sum(handles);
    let played = Played::in_all(tasks, meter.stop());
    assert_eq!(sum, tasks * (tasks - 1) / 2);
    played
}

/// Threads that are there already, and do nothing but block.
fn play_without_pool(tasks: u64) -> Played {
    let next = AtomicU64::new(0);
    let start = std::sync::Barrier::new(WORKERS + 1);
    let meter = thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                start.wait();
                while next.fetch_add(1, Ordering::Relaxed) < tasks {
                    thread::sleep(BLOCKS_FOR);
                }
            });
        }
        let meter = Meter::start();
        start.wait();
        meter
    });
    Played::in_all(tasks, meter.stop())
}
