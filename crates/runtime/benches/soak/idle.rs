//! Pools that have nothing to do.

use std::future;
use std::sync::{Arc, Barrier, mpsc};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use creel_runtime::ThreadPool;

use crate::process::{self, Thread};
use crate::scene::{Figures, Scene};
use crate::setting::Setting;

pub(crate) const SCENE: Scene = Scene {
    name: "idle",
    claim: "an idle pool makes no wake-ups",
    play,
};

/// The name of the pools' threads.
const NAME: &str = "soak-idle";
const WORKERS: usize = 4;

/// How long nothing is done.
const REST: Duration = Duration::from_secs(10);
const QUICK_REST: Duration = Duration::from_secs(2);

/// How long a worker that has nothing to do may take until it sleeps.
const PATIENCE: Duration = Duration::from_secs(10);

fn play(setting: &Setting) -> Figures {
    let builder = || ThreadPool::builder().max_workers(WORKERS).thread_name(NAME);
    let pools = [
        builder().build().unwrap(),
        builder().min_workers(WORKERS).build().unwrap(),
        builder()
            .keep_alive(Duration::from_secs(3600))
            .build()
            .unwrap(),
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

    let before = asleep();
    assert_eq!(before.len(), pools.len() * WORKERS);
    let rest = if setting.quick { QUICK_REST } else { REST };
    thread::sleep(rest);
    setting.watch.advance(1);
    assert_eq!(workers(), before, "no thread of the pools was woken");

    waker.wake();
    waiting.result().unwrap();
    pools.iter().for_each(busy_all);
    for pool in &pools {
        pool.shutdown().unwrap();
    }
    Figures {
        count: None,
        story: format!(
            "{} idle workers of {} pools, no wake-up in {rest:?}",
            before.len(),
            pools.len()
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

/// The workers, once none of them has run for a while.
fn asleep() -> Vec<Thread> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let before = workers();
        thread::sleep(Duration::from_millis(200));
        if workers() == before || Instant::now() > deadline {
            return before;
        }
    }
}

fn workers() -> Vec<Thread> {
    let mut threads = process::threads();
    threads.retain(|thread| thread.name == NAME);
    threads
}
