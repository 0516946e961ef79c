//! Everything of a task that can panic does.

pub(crate) mod bomb;
mod mishap;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use creel_runtime::ThreadPool;

use crate::attendance;
use crate::scene::{Figures, Scene};
use crate::setting::Setting;
use bomb::Bombs;
use mishap::{Calls, Mishap};

pub(crate) const SCENE: Scene = Scene {
    name: "panics",
    claim: "a panic of a body, a callback, a waker or a destructor harms nothing else",
    play,
};

const TASKS: u64 = 1_000_000;
const ROUND: u64 = 64;
const SUBMITTERS: u64 = 2;
const WORKERS: usize = 2;

fn play(setting: &Setting) -> Figures {
    bomb::silence();
    let threads = attendance::count();
    let share = setting.scaled(TASKS).div_ceil(SUBMITTERS);
    let bombs = Arc::new(Bombs::default());
    let calls = Arc::new(Calls::default());
    let pool = Arc::new(ThreadPool::builder().max_workers(WORKERS).build().unwrap());
    setting.watch.exhibit(0, &pool);
    setting.watch.exhibit(1, &bombs);
    thread::scope(|scope| {
        for submitter in 0..SUBMITTERS {
            let mut random = setting.random(submitter);
            let (pool, bombs, calls) = (&pool, &bombs, &calls);
            scope.spawn(move || {
                let mut left = share;
                while left > 0 {
                    let size = ROUND.min(left);
                    let mishaps: Vec<_> = (0..size)
                        .map(|_| Mishap::cause(pool, bombs, calls, &mut random))
                        .collect();
                    mishaps.into_iter().for_each(Mishap::check);
                    setting.watch.advance(size);
                    left -= size;
                }
            });
        }
    });
    assert_eq!(pool.workers(), WORKERS, "the workers live on");
    pool.shutdown().unwrap();
    let threads = attendance::count() - threads;
    assert!(threads <= WORKERS as u64, "no worker was replaced");

    let callbacks = calls.callbacks.load(Ordering::Relaxed);
    let wakers = calls.wakers.load(Ordering::Relaxed);
    let added = calls.callbacks_added.load(Ordering::Relaxed);
    assert_eq!(callbacks, added, "each callback is called once");
    assert_eq!(bombs.dropped(), bombs.made(), "each value is dropped once");
    let tasks = share * SUBMITTERS;
    Figures {
        count: Some(tasks),
        story: format!(
            "{tasks} tasks with {callbacks} callbacks, {wakers} wakers and {} destructors that panicked",
            bombs.dropped()
        ),
    }
}
