//! Pools that have nothing to do.

use std::future;
use std::sync::{Arc, Barrier, mpsc};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use creel_runtime::{ThreadPool, sleep};

use crate::process::{self, Thread};
use crate::scene::{Figures, Scene};
use crate::setting::Setting;
use crate::watch;

pub(crate) const SCENE: Scene = Scene {
    name: "idle",
    claim: "an idle pool makes no wake-ups",
    play,
};

const WORKERS: usize = 4;

/// Beyond the end of the scene.
const FAR: Duration = Duration::from_secs(3600);

/// How long nothing is done.
const REST: Duration = Duration::from_secs(10);
const QUICK_REST: Duration = Duration::from_secs(2);

/// How long a worker that has nothing to do may take until it sleeps.
const PATIENCE: Duration = Duration::from_secs(10);

fn play(setting: &Setting) -> Figures {
    let builder = || ThreadPool::builder().max_workers(WORKERS);
    let pools = [
        builder().build().unwrap(),
        builder().min_workers(WORKERS).build().unwrap(),
        builder().keep_alive(FAR).build().unwrap(),
    ];
    pools.iter().for_each(busy_all);

    let (suspends, suspended) = mpsc::channel();
    let waiting = pools[0].spawn(future::poll_fn({
        let mut polled = false;
        move |context| {
            if polled {
                return Poll::Ready(());
            }
            polled = true;
            suspends.send(context.waker().clone()).unwrap();
            Poll::Pending
        }
    }));
    let waiting = waiting.unwrap();
    let waker = suspended.recv().unwrap();
    let sleeping = pools[0].spawn(sleep(FAR)).unwrap();

    let before = asleep();
    assert_eq!(
        before.len(),
        pools.len() * WORKERS + 1,
        "they, and the clock's"
    );
    let rest = if setting.quick { QUICK_REST } else { REST };
    thread::sleep(rest);
    setting.watch.advance(1);
    assert_eq!(threads(), before, "no thread was woken");

    waker.wake();
    waiting.result().unwrap();
    assert!(sleeping.cancel());
    pools.iter().for_each(busy_all);
    for pool in &pools {
        pool.shutdown().unwrap();
    }
    Figures {
        count: None,
        story: format!(
            "{} idle workers of {} pools, a suspended task and a sleeping one, no wake-up in {rest:?}",
            pools.len() * WORKERS,
            pools.len(),
        ),
    }
}

/// Has every worker of a pool run a task at the same time.
fn busy_all(pool: &ThreadPool) {
    let all = Arc::new(Barrier::new(WORKERS));
    let futures: Vec<_> = (0..WORKERS)
        .map(|_| {
            let all = Arc::clone(&all);
            pool.submit(move || {
                all.wait();
            })
            .unwrap()
        })
        .collect();
    for future in futures {
        future.result().unwrap();
    }
}

/// The threads, once none of them has run for a while.
fn asleep() -> Vec<Thread> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let before = threads();
        thread::sleep(Duration::from_millis(200));
        if threads() == before || Instant::now() > deadline {
            return before;
        }
    }
}

/// All but this one and the one that watches.
fn threads() -> Vec<Thread> {
    let mut threads = process::threads();
    let this = u64::from(std::process::id());
    threads.retain(|thread| thread.id != this && thread.name != watch::NAME);
    threads
}
