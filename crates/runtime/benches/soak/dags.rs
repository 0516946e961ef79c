//! Random programs of tasks that submit tasks and wait for others, on pools that are too small for them.

mod dag;
mod plan;

use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use creel_runtime::ThreadPool;

use crate::attendance;
use crate::scene::{Figures, Scene};
use crate::setting::Setting;
use dag::{Counts, Dag};
use plan::Plan;

pub(crate) const SCENE: Scene = Scene {
    name: "dags",
    claim: "tasks that wait for one another all end, on one worker and on two",
    play,
};

const DAGS: u64 = 100_000;

/// The pools: how many workers, how many programs at a time, and how long an idle worker stays.
const POOLS: [(usize, u64, Option<Duration>); 6] = [
    (1, 1, None),
    (1, 2, None),
    (1, 2, Some(Duration::from_micros(100))),
    (2, 1, None),
    (2, 2, None),
    (2, 2, Some(Duration::from_micros(100))),
];

fn play(setting: &Setting) -> Figures {
    let threads = attendance::count();
    let share = setting.scaled(DAGS).div_ceil(POOLS.len() as u64);
    let mut counts = Counts::default();
    let mut number = 0;
    for (workers, programs, keep_alive) in POOLS {
        let builder = ThreadPool::builder().max_workers(workers);
        let builder = match keep_alive {
            Some(keep_alive) => builder.keep_alive(keep_alive),
            None => builder,
        };
        let pool = Arc::new(builder.build().unwrap());
        setting.watch.exhibit(0, &pool);
        thread::scope(|scope| {
            let running: Vec<_> = (0..programs)
                .map(|program| {
                    let first = number + share * program / programs;
                    let end = number + share * (program + 1) / programs;
                    let pool = &pool;
                    scope.spawn(move || run(setting, program as usize, first..end, pool))
                })
                .collect();
            for thread in running {
                counts += thread.join().unwrap();
            }
        });
        number += share;
        pool.shutdown().unwrap();
    }
    Figures {
        count: Some(number),
        story: format!(
            "{number} programs of {} tasks and {} waits, {} of them for what was not done, {} callbacks; {} threads",
            counts.tasks,
            counts.waits,
            counts.early,
            counts.callbacks,
            attendance::count() - threads
        ),
    }
}

/// Runs the programs of these numbers, one after the other.
fn run(setting: &Setting, place: usize, numbers: Range<u64>, pool: &Arc<ThreadPool>) -> Counts {
    let mut counts = Counts::default();
    for number in numbers {
        let plan = Plan::random(&mut setting.random(number));
        let dag = Dag::new(number, plan, Arc::clone(pool));
        setting.watch.exhibit(1 + place, &dag);
        counts += dag.run();
        setting.watch.advance(1);
    }
    counts
}
