//! W6T: async tasks that sleep, all at the same time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use async_io::Timer;
use futures_lite::future;

use super::{WARM_UP, WORKERS, submission};
use crate::goal::Goal;
use crate::meter::Meter;
use crate::peer::{Pool, Submit};
use crate::peers::{AsyncExecutor, Creel, Plain, Tokio, Way, WithDiagnostics};
use crate::workload::{CREEL, Contestant, DIAGNOSED, LIMIT, Played, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W6T",
    title: "100,000 async tasks that sleep for 10 ms",
    unit: Unit::Milliseconds,
    sizes: Sizes {
        full: 100_000,
        quick: 20_000,
    },
    contestants: &[
        Contestant::new(CREEL, play_creel::<Plain>),
        Contestant::new(DIAGNOSED, play_creel::<WithDiagnostics>),
        Contestant::new("async-executor", play_async_executor),
        Contestant::new("tokio", play_tokio),
        Contestant::python(),
        Contestant::new(LIMIT, play_without_pool),
    ],
    goals: &[Goal::against(1.0, "async-executor")],
};

const SLEEPS_FOR: Duration = Duration::from_millis(10);

fn play_creel<W: Way>(timers: u64) -> Played {
    let pool = started::<Creel<W>>();
    play(timers, || {
        let futures: Vec<_> = (0..timers)
            .map(|number| {
                let spawned = pool.0.spawn(async move {
                    creel_runtime::sleep(SLEEPS_FOR).await;
                    number
                });
                let Ok(future) = spawned else {
                    unreachable!("the pool is open")
                };
                future
            })
            .collect();
        pool.sum(futures)
    })
}

fn play_async_executor(timers: u64) -> Played {
    let executor = started::<AsyncExecutor>();
    // async-io's own thread starts before the clock does.
    future::block_on(Timer::after(Duration::from_millis(1)));
    play(timers, || {
        let tasks: Vec<_> = (0..timers)
            .map(|number| {
                executor.0.spawn(async move {
                    Timer::after(SLEEPS_FOR).await;
                    number
                })
            })
            .collect();
        executor.sum(tasks)
    })
}

fn play_tokio(timers: u64) -> Played {
    let runtime = started::<Tokio>();
    play(timers, || {
        let tasks: Vec<_> = (0..timers)
            .map(|number| {
                runtime.0.spawn(async move {
                    tokio::time::sleep(SLEEPS_FOR).await;
                    number
                })
            })
            .collect();
        runtime.sum(tasks)
    })
}

/// One thread, a heap of deadlines, and nobody to wake.
fn play_without_pool(timers: u64) -> Played {
    play(timers, || {
        let mut sum = 0;
        let mut deadlines: BinaryHeap<_> = (0..timers)
            .map(|number| Reverse((Instant::now() + SLEEPS_FOR, number)))
            .collect();
        while let Some(Reverse((deadline, number))) = deadlines.pop() {
            let now = Instant::now();
            if deadline > now {
                thread::sleep(deadline - now);
            }
            sum += black_box(number);
        }
        sum
    })
}

fn started<P: Submit + Pool>() -> &'static P {
    let pool = P::start(WORKERS);
    submission::submit_all(pool, WARM_UP);
    pool
}

fn play(timers: u64, sum: impl FnOnce() -> u64) -> Played {
    let meter = Meter::start();
    let sum = sum();
    let effort = meter.stop();
    assert_eq!(sum, timers * (timers - 1) / 2);
    assert!(effort.seconds >= SLEEPS_FOR.as_secs_f64(), "all slept");
    Played::in_all(timers, effort)
}
