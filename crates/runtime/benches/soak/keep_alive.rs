//! Submits while workers come and go: bursts, with pauses about as long as an idle worker stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use creel_runtime::ThreadPool;

use crate::attendance;
use crate::scene::{Figures, Scene};
use crate::setting::Setting;

pub(crate) const SCENE: Scene = Scene {
    name: "keep-alive",
    claim: "no task is stranded when workers leave while tasks are submitted",
    play,
};

const SUBMITS: u64 = 10_000_000;

const SUBMITTERS: [u64; 3] = [1, 2, 4];
const WORKERS: [usize; 3] = [1, 2, 8];
const KEEP_ALIVES: [Duration; 3] = [
    Duration::from_micros(50),
    Duration::from_micros(200),
    Duration::from_millis(1),
];
const POOLS: u64 = (SUBMITTERS.len() * WORKERS.len() * KEEP_ALIVES.len()) as u64;

/// In every second pool a worker leaves after so many tasks, too.
const TASKS_PER_WORKER: u64 = 50;

fn play(setting: &Setting) -> Figures {
    let threads = attendance::count();
    let submits = setting.scaled(SUBMITS).div_ceil(POOLS);
    let mut bursts = 0;
    let mut sum = 0;
    let mut number = 0;
    for submitters in SUBMITTERS {
        for workers in WORKERS {
            for keep_alive in KEEP_ALIVES {
                number += 1;
                let mut builder = ThreadPool::builder()
                    .max_workers(workers)
                    .keep_alive(keep_alive);
                if number % 2 == 0 {
                    builder = builder.max_tasks_per_worker(TASKS_PER_WORKER);
                }
                let pool = Arc::new(builder.build().unwrap());
                setting.watch.exhibit(0, &pool);
                let share = submits.div_ceil(submitters);
                bursts += thread::scope(|scope| {
                    let submitting: Vec<_> = (0..submitters)
                        .map(|submitter| Submitter {
                            pool: &pool,
                            share,
                            keep_alive,
                            random: setting.random(number * 100 + submitter),
                        })
                        .map(|submitter| scope.spawn(|| submitter.submit(setting)))
                        .collect();
                    let ended = submitting.into_iter().map(|thread| thread.join().unwrap());
                    ended.sum::<u64>()
                });
                sum += share * submitters;
                pool.shutdown().unwrap();
            }
        }
    }
    let started = attendance::count() - threads;
    Figures {
        count: Some(sum),
        story: format!("{sum} submits in {bursts} bursts, {started} workers came and went"),
    }
}

struct Submitter<'a> {
    pool: &'a ThreadPool,
    share: u64,
    keep_alive: Duration,
    random: fastrand::Rng,
}

impl Submitter<'_> {
    /// Submits its share, waits for the end of each burst, and counts the bursts.
    fn submit(mut self, setting: &Setting) -> u64 {
        let ran = Arc::new(AtomicU64::new(0));
        let mut futures = Vec::new();
        let mut left = self.share;
        let mut bursts = 0;
        while left > 0 {
            let size = self.burst().min(left);
            futures.extend((0..size).map(|number| {
                let ran = Arc::clone(&ran);
                let task = move || {
                    attendance::note();
                    ran.fetch_add(1, Ordering::Relaxed);
                    number
                };
                if number % 8 == 7 {
                    self.pool.spawn(async move { task() }).unwrap()
                } else {
                    self.pool.submit(task).unwrap()
                }
            }));
            for (number, future) in (0..).zip(futures.drain(..)) {
                assert_eq!(future.result().unwrap(), number);
            }
            setting.watch.advance(size);
            left -= size;
            bursts += 1;
            thread::sleep(self.keep_alive.mul_f64(2.0 * self.random.f64()));
        }
        let ran = Arc::into_inner(ran).expect("no body is left").into_inner();
        assert_eq!(ran, self.share, "each task runs once");
        bursts
    }

    /// Most often a task alone, which nobody but its own submit brings a worker to.
    fn burst(&mut self) -> u64 {
        match self.random.u8(..10) {
            0..4 => 1,
            4..6 => self.random.u64(2..=8),
            _ => self.random.u64(64..=512),
        }
    }
}
