//! The steps of Creel's runtime one by one, for whoever works on one of them:
//! `cargo bench --manifest-path crates/bench/Cargo.toml --ignore-rust-version [STEP]`.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use creel_runtime::{TaskFuture, ThreadPool};
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

/// How many tasks are timed together where one alone would be too short.
const MANY: usize = 1_000;
/// Long enough for a worker to fall asleep.
const REST: Duration = Duration::from_micros(500);

/// From a thread outside, while no worker takes anything.
#[divan::bench(sample_size = 1000)]
fn submit(bencher: Bencher<'_, '_>) {
    let held = Held::new();
    bencher.bench_local(|| submitted(held.pool));
}

/// A worker submits tasks and runs them itself, as there is no other: push, pop and run.
#[divan::bench]
fn pop(bencher: Bencher<'_, '_>) {
    let pool = started(1);
    bencher.counter(ItemsCount::new(MANY)).bench_local(|| {
        let body = || {
            let futures: Vec<_> = (0..MANY).map(|_| submitted(pool)).collect();
            futures.into_iter().for_each(finish);
        };
        finish(pool.submit(body).expect("the pool is open"));
    });
}

/// A worker submits tasks and blocks, and another one has to take them all from it.
#[divan::bench]
fn steal(bencher: Bencher<'_, '_>) {
    let pool = started(2);
    bencher.counter(ItemsCount::new(MANY)).bench_local(|| {
        let body = || {
            let (sender, all_run) = mpsc::channel();
            let count = Arc::new(AtomicUsize::new(0));
            for _ in 0..MANY {
                let (sender, count) = (sender.clone(), Arc::clone(&count));
                let task = move || {
                    if count.fetch_add(1, Ordering::Relaxed) + 1 == MANY {
                        sender.send(()).expect("the first task waits");
                    }
                };
                drop(pool.submit(task).expect("the pool is open"));
            }
            all_run.recv().expect("the last task sends");
        };
        finish(pool.submit(body).expect("the pool is open"));
    });
}

/// A task for a worker that sleeps, to its result.
#[divan::bench(sample_size = 1)]
fn wake(bencher: Bencher<'_, '_>) {
    let pool = started(2);
    finish(submitted(pool));
    bencher
        .with_inputs(|| thread::sleep(REST))
        .bench_local_values(|()| finish(submitted(pool)));
}

/// A task for a worker that has just run another, to its result.
#[divan::bench]
fn ping(bencher: Bencher<'_, '_>) {
    let pool = started(2);
    bencher.bench_local(|| finish(submitted(pool)));
}

/// Of a task that is queued.
#[divan::bench(sample_size = 1000)]
fn cancel(bencher: Bencher<'_, '_>) {
    let held = Held::new();
    bencher
        .with_inputs(|| submitted(held.pool))
        .bench_local_values(|future| {
            assert!(future.cancel());
            future
        });
}

/// Added to a task that is queued.
#[divan::bench(sample_size = 1000)]
fn callback(bencher: Bencher<'_, '_>) {
    let held = Held::new();
    bencher
        .with_inputs(|| submitted(held.pool))
        .bench_local_values(|future| {
            future.add_done_callback(|outcome| assert!(black_box(outcome).is_ok()));
            future
        });
}

/// Added to a task that is done: it runs at once.
#[divan::bench(sample_size = 1000)]
fn callback_when_done(bencher: Bencher<'_, '_>) {
    let pool = started(1);
    bencher
        .with_inputs(|| {
            let future = submitted(pool);
            future.wait().expect("a thread outside may wait");
            future
        })
        .bench_local_values(|future| {
            future.add_done_callback(|outcome| assert!(black_box(outcome).is_ok()));
            future
        });
}

/// Of a task that is done.
#[divan::bench(sample_size = 1000)]
fn result(bencher: Bencher<'_, '_>) {
    let pool = started(1);
    bencher
        .with_inputs(|| {
            let future = submitted(pool);
            future.wait().expect("a thread outside may wait");
            future
        })
        .bench_local_values(finish);
}

/// Two closures that do nothing, one after the other on a worker that has nobody to share with.
#[divan::bench(args = [1, 2])]
fn join(bencher: Bencher<'_, '_>, workers: usize) {
    let pool = started(workers);
    bencher.counter(ItemsCount::new(MANY)).bench_local(|| {
        let body = || {
            for number in 0..MANY {
                let joined = pool.join(|| black_box(number), || black_box(number));
                assert_eq!(joined, (number, number));
            }
        };
        finish(pool.submit(body).expect("the pool is open"));
    });
}

/// A pool whose only worker waits at a gate, so that what is queued stays queued; dropping it lets everything run.
struct Held {
    pool: &'static ThreadPool,
    gate: &'static OnceLock<()>,
}

impl Held {
    fn new() -> Self {
        let pool = started(1);
        let gate: &OnceLock<()> = Box::leak(Box::default());
        let (sender, arrived) = mpsc::channel();
        let closed = pool.submit(move || {
            sender.send(()).expect("the first thread waits");
            gate.wait();
        });
        drop(closed.expect("the pool is open"));
        arrived.recv().expect("the worker comes to the gate");
        Self { pool, gate }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.gate.get_or_init(|| ());
        self.pool.shutdown().expect("no worker shuts it down");
    }
}

/// A pool with so many workers, there until the process ends.
fn started(workers: usize) -> &'static ThreadPool {
    let builder = ThreadPool::builder()
        .min_workers(workers)
        .max_workers(workers);
    Box::leak(Box::new(
        builder.build().expect("the settings are in range"),
    ))
}

/// A task that does nothing.
fn submitted(pool: &ThreadPool) -> TaskFuture<()> {
    pool.submit(|| ()).expect("the pool is open")
}

fn finish(future: TaskFuture<()>) {
    assert!(future.result().is_ok());
}
