//! Some tasks, for whoever counts the instructions that they take: `cargo xtask price`.
//!
//! One worker is held until all are submitted, so that threads do not meet by chance and each run does the same.
//! Without a number of tasks it does nothing, so that commands which run every bench of a package do not run this one.

#![expect(
    clippy::unwrap_used,
    reason = "a run that cannot go on has failed, and says where"
)]

use std::env;
use std::sync::mpsc;

use creel_runtime::ThreadPool;

fn main() {
    let mut arguments = env::args().skip(1);
    let Some(tasks) = arguments.next().and_then(|first| first.parse().ok()) else {
        return;
    };
    let pool = ThreadPool::builder()
        .min_workers(1)
        .max_workers(1)
        .diagnostics(arguments.next().as_deref() == Some("diagnostics"))
        .build()
        .unwrap();
    let (release, held) = mpsc::channel::<()>();
    let (up, started) = mpsc::channel();
    let holder = pool.submit(move || {
        up.send(()).unwrap();
        held.recv().unwrap_err()
    });
    started.recv().unwrap();
    let futures: Vec<_> = (0..tasks)
        .map(|n| pool.submit(move || n).unwrap())
        .collect();
    let last = pool.submit(|| ()).unwrap();
    drop(release);
    holder.unwrap().result().unwrap();
    last.result().unwrap();
    let sum: u64 = futures
        .into_iter()
        .map(|future| future.result().unwrap())
        .sum();
    assert_eq!(sum, tasks * tasks.saturating_sub(1) / 2);
}
