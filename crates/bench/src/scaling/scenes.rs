//! What the simulated pool is given to do.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;

use super::engine::{Nanoseconds, Time};
use super::pool::{Pool, Task};
use super::rules::Rules;
use super::threads::{Submitter, work};
use crate::table::figure;

/// The seed of every run: the same figures each time.
const SEED: u64 = 20;

/// Work for a pool of any size.
pub(super) struct Scene {
    pub(super) title: &'static str,
    /// How many threads submit to so many workers.
    submitters: fn(u64) -> u64,
    /// How many tasks they submit to so many workers, together.
    tasks: fn(u64) -> u64,
    pause: Nanoseconds,
    takes: Nanoseconds,
    generations: u32,
}

/// What a scene came to.
pub(super) struct Outcome {
    workers: u16,
    rules: &'static str,
    /// How much of the workers' time went into the tasks themselves.
    efficiency: f64,
    ns_per_task: f64,
    queued_for_word: f64,
    queued_for_injector: f64,
    queued_for_deques: f64,
    transfers: f64,
    retries: f64,
    wakes_per_thousand: f64,
    /// When the last worker that had a task began its first, in microseconds.
    all_at_work_us: f64,
    at_work: u64,
    /// How long a task was queued: the median and 99 %, in microseconds.
    wait_us: [f64; 2],
}

/// The scenes, of which each asks another question.
pub(super) const SCENES: [Scene; 5] = [
    Scene {
        title: "One thread submits tasks of 1 µs as fast as it can",
        submitters: |_| 1,
        tasks: |_| 20_000,
        pause: 0,
        takes: 1_000,
        generations: 0,
    },
    Scene {
        title: "Every fourth core submits tasks of 1 µs",
        submitters: |workers| workers / 4,
        tasks: |workers| 500 * workers,
        pause: 0,
        takes: 1_000,
        generations: 0,
    },
    Scene {
        title: "Each task of 200 ns submits two more, 16 levels deep",
        submitters: |_| 1,
        tasks: |_| 1,
        pause: 0,
        takes: 200,
        generations: 16,
    },
    Scene {
        title: "A burst of ten tasks of 20 µs for each worker",
        submitters: |_| 1,
        tasks: |workers| 10 * workers,
        pause: 0,
        takes: 20_000,
        generations: 0,
    },
    Scene {
        title: "A task of 10 µs every 200 µs",
        submitters: |_| 1,
        tasks: |_| 2_000,
        pause: 200_000,
        takes: 10_000,
        generations: 0,
    },
];

impl Scene {
    /// Plays it on a pool of that many workers that goes by those rules.
    pub(super) fn play(&self, workers: u16, rules: Rules) -> Outcome {
        let time = Time::new(SEED);
        let pool = Rc::new(Pool::asleep(&time, workers, rules));
        let count = u64::from(workers);
        let submitters = (self.submitters)(count);
        let mut actors: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
        for me in 0..pool.workers() {
            actors.push(Box::pin(work(Rc::clone(&pool), me)));
        }
        for _ in 0..submitters {
            let me = actors.len();
            let submitter = Submitter {
                tasks: (self.tasks)(count) / submitters,
                task: Task {
                    takes: self.takes,
                    generations: self.generations,
                    made_by: me,
                    submitted_at: 0,
                },
                pause: self.pause,
            };
            actors.push(Box::pin(submitter.run(Rc::clone(&pool), me)));
        }
        time.run(actors);
        self.told(&pool, workers)
    }

    /// How many tasks run in the end, those that are begotten with them.
    fn expected(&self, workers: u16) -> u64 {
        let submitters = (self.submitters)(u64::from(workers));
        let submitted = (self.tasks)(u64::from(workers)) / submitters * submitters;
        submitted * ((2 << self.generations) - 1)
    }

    fn told(&self, pool: &Pool, workers: u16) -> Outcome {
        let figures = &pool.figures;
        let done = figures.done.get();
        assert_eq!(done, self.expected(workers), "a task was stranded");
        let per_task = |total: u64| float(total) / float(done);
        let elapsed = figures.ended_at.get();
        let transfers = [
            &figures.word,
            &figures.injector,
            &figures.deques,
            &figures.list,
        ]
        .map(|traffic| traffic.transfers())
        .iter()
        .sum();
        let mut waits = figures.waits.borrow_mut();
        waits.sort_unstable();
        let wait_us = [0.5, 0.99].map(|part| float(waits[place(waits.len(), part)]) / 1e3);
        Outcome {
            workers,
            rules: pool.rules.name,
            efficiency: per_task(done * self.takes) * float(done)
                / (float(elapsed) * f64::from(workers)),
            ns_per_task: per_task(elapsed),
            queued_for_word: per_task(figures.word.queued()),
            queued_for_injector: per_task(figures.injector.queued()),
            queued_for_deques: per_task(figures.deques.queued()),
            transfers: per_task(transfers),
            retries: per_task(figures.retries.get()),
            wakes_per_thousand: 1e3 * per_task(figures.wakes.get()),
            all_at_work_us: float(figures.all_at_work_at.get()) / 1e3,
            at_work: figures.at_work.get(),
            wait_us,
        }
    }
}

/// A row of the table.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "| {} | {} | {} | {:.0} % | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            self.workers,
            self.rules,
            figure(self.ns_per_task),
            100.0 * self.efficiency,
            figure(self.queued_for_word),
            figure(self.queued_for_injector),
            figure(self.queued_for_deques),
            figure(self.transfers),
            figure(self.retries),
            figure(self.wakes_per_thousand),
            self.at_work,
            figure(self.all_at_work_us),
            figure(self.wait_us[0]),
            figure(self.wait_us[1]),
        )
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures are told with three digits"
)]
fn float(count: u64) -> f64 {
    count as f64
}

/// The place in a sorted list below which that part of it stands.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a part of a length is a place in it"
)]
fn place(len: usize, part: f64) -> usize {
    ((len as f64 * part) as usize).min(len.saturating_sub(1))
}
