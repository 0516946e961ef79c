//! Submits while workers come and go: bursts, with pauses about as long as an idle worker stays.

use std::hint;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use creel_runtime::{TaskFuture, ThreadPool};

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
                // A worker that leaves looks at the queues again, and would find what was stranded; one stays.
                if number / 2 % 2 == 0 {
                    builder = builder.min_workers(1);
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

/// At most so many turns of a spin until the next task of a rally.
const DELAY_MAX: u32 = 200;
/// After so many looks somebody else may need the core.
const LOOKS: u32 = 1_000;

struct Submitter<'a> {
    pool: &'a ThreadPool,
    share: u64,
    keep_alive: Duration,
    random: fastrand::Rng,
}

/// What is submitted between two pauses.
enum Burst {
    /// Tasks in one go.
    Volley(u64),
    /// So many tasks, each as soon as the one before is done: it comes while its worker is falling asleep.
    Rally(u64),
}

impl Submitter<'_> {
    /// Submits its share, waits for the end of each burst, and counts the bursts.
    fn submit(mut self, setting: &Setting) -> u64 {
        let ran = Arc::new(AtomicU64::new(0));
        let mut futures = Vec::new();
        let mut left = self.share;
        let mut bursts = 0;
        while left > 0 {
            let size = match self.burst(left) {
                Burst::Volley(size) => {
                    futures.extend((0..size).map(|number| self.task(number, &ran)));
                    for (number, future) in (0..).zip(futures.drain(..)) {
                        assert_eq!(future.result().unwrap(), number);
                    }
                    size
                }
                Burst::Rally(size) => {
                    for number in 0..size {
                        let future = self.task(number, &ran);
                        watch_until_done(&future);
                        assert_eq!(future.result().unwrap(), number);
                        (0..self.random.u32(..DELAY_MAX)).for_each(|_| hint::spin_loop());
                    }
                    size
                }
            };
            setting.watch.advance(size);
            left -= size;
            bursts += 1;
            thread::sleep(self.keep_alive.mul_f64(2.0 * self.random.f64()));
        }
        let ran = Arc::into_inner(ran).expect("no body is left").into_inner();
        assert_eq!(ran, self.share, "each task runs once");
        bursts
    }

    fn task(&self, number: u64, ran: &Arc<AtomicU64>) -> TaskFuture<u64> {
        let ran = Arc::clone(ran);
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
    }

    /// Often a task alone, which nobody but its own submit brings a worker to.
    fn burst(&mut self, left: u64) -> Burst {
        match self.random.u8(..10) {
            0..2 => Burst::Volley(1),
            2..4 => Burst::Volley(self.random.u64(2..=8).min(left)),
            4..6 => Burst::Rally(self.random.u64(16..=64).min(left)),
            _ => Burst::Volley(self.random.u64(64..=512).min(left)),
        }
    }
}

/// Waits without sleeping, so as to be back before the worker sleeps.
fn watch_until_done(future: &TaskFuture<u64>) {
    let mut looks = 0_u32;
    while !future.done() {
        looks += 1;
        if looks.is_multiple_of(LOOKS) {
            thread::yield_now();
        } else {
            hint::spin_loop();
        }
    }
}
