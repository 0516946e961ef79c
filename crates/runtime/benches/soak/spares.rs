//! Workers beyond those that are there most of the time: in place of those that wait, and for a burst.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use creel_runtime::{TaskFuture, ThreadPool};

use crate::process;
use crate::scene::{Figures, Scene};
use crate::setting::Setting;

pub(crate) const SCENE: Scene = Scene {
    name: "spares",
    claim: "nested waits on one worker end, and workers that are not needed any more leave",
    play,
};

/// How deep tasks wait inside one another, and how often; most of them run in place.
const DEPTH: u64 = 1_000;
const NESTS: u64 = 2_000;

/// The same for waits with a time-out, each of which takes another worker.
const TIMED_DEPTH: u64 = 200;
const TIMED_NESTS: u64 = 200;

const BURST: usize = 400;
const BURSTS: u64 = 50;
const KEEP_ALIVE: Duration = Duration::from_millis(100);
/// How much longer hundreds of threads on a busy machine may take to end.
const SLACK: Duration = Duration::from_secs(1);

const NAME: &str = "soak-spares";

fn play(setting: &Setting) -> Figures {
    let (nests, timed_nests) = (setting.scaled(NESTS), setting.scaled(TIMED_NESTS));
    let threads = nest(setting, nests, DEPTH, |child| child.result().unwrap());
    let timed_threads = nest(setting, timed_nests, TIMED_DEPTH, |child| {
        child
            .wait_timeout(Duration::from_secs(3600))
            .unwrap()
            .unwrap()
    });

    let pool = ThreadPool::builder()
        .max_workers(BURST)
        .keep_alive(KEEP_ALIVE)
        .thread_name(NAME)
        .build();
    let pool = Arc::new(pool.unwrap());
    setting.watch.exhibit(0, &pool);
    let bursts = setting.scaled(BURSTS);
    let slowest = (0..bursts).map(|_| {
        setting.watch.advance(1);
        burst(&pool)
    });
    let slowest = slowest.max().unwrap_or_default();
    pool.shutdown().unwrap();
    Figures {
        count: None,
        story: format!(
            "{nests} times {DEPTH} waits deep on one worker, with at most {threads} threads, and {timed_nests} times \
             {TIMED_DEPTH} deep with time-outs and {timed_threads}; {bursts} bursts of {BURST} threads, gone in at most \
             {slowest:.0?} with a keep-alive of {KEEP_ALIVE:?}"
        ),
    }
}

/// Has tasks wait inside one another on a pool of one worker; the most threads there were.
fn nest(
    setting: &Setting,
    times: u64,
    depth: u64,
    wait: fn(TaskFuture<Bottom>) -> Bottom,
) -> usize {
    let pool = ThreadPool::builder().max_workers(1).thread_name(NAME);
    let pool = Arc::new(pool.build().unwrap());
    setting.watch.exhibit(0, &pool);
    let mut threads = 0;
    for _ in 0..times {
        let inner = Arc::clone(&pool);
        let outermost = pool.submit(move || descend(&inner, depth, wait)).unwrap();
        let bottom = outermost.result().unwrap();
        assert_eq!(bottom.waits, depth);
        threads = threads.max(bottom.threads);
        setting.watch.advance(1);
    }
    until(|| pool.workers() == 1, SLACK);
    pool.shutdown().unwrap();
    threads
}

/// What the innermost task saw.
struct Bottom {
    waits: u64,
    threads: usize,
}

fn descend(pool: &Arc<ThreadPool>, left: u64, wait: fn(TaskFuture<Bottom>) -> Bottom) -> Bottom {
    if left == 0 {
        return Bottom {
            waits: 0,
            threads: pool.workers(),
        };
    }
    let inner = Arc::clone(pool);
    let child = pool.submit(move || descend(&inner, left - 1, wait));
    let bottom = wait(child.unwrap());
    Bottom {
        waits: bottom.waits + 1,
        ..bottom
    }
}

/// Grows the pool to its maximum, and gives the time from the end of the tasks to that of the last thread.
fn burst(pool: &ThreadPool) -> Duration {
    let all = Arc::new(Barrier::new(BURST + 1));
    let futures: Vec<_> = (0..BURST)
        .map(|_| {
            let all = Arc::clone(&all);
            pool.submit(move || {
                all.wait();
            })
            .unwrap()
        })
        .collect();
    let before = Instant::now();
    all.wait();
    for future in futures {
        future.result().unwrap();
    }
    let over = Instant::now();
    let is_there = |thread: &process::Thread| thread.name == NAME;
    until(
        || !process::threads().iter().any(is_there),
        KEEP_ALIVE + SLACK,
    );
    assert_eq!(pool.workers(), 0);
    assert!(before.elapsed() >= KEEP_ALIVE, "each stays so long");
    over.elapsed()
}

/// Waits until something is so, which it must be in time.
fn until(is_so: impl Fn() -> bool, patience: Duration) {
    let deadline = Instant::now() + patience;
    while !is_so() {
        assert!(Instant::now() < deadline, "not so within {patience:?}");
        thread::sleep(Duration::from_millis(5));
    }
}
