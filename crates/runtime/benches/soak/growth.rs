//! Memory, over so many tasks that a byte lost with each 25th of them is seen while the pool is still at work.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvError, Sender};
use std::thread;

use creel_runtime::ThreadPool;

use crate::process::Usage;
use crate::scene::{Figures, Scene};
use crate::setting::Setting;
use crate::suspension::suspend;

pub(crate) const SCENE: Scene = Scene {
    name: "growth",
    claim: "a pool holds no more memory after 10⁸ tasks than after a twentieth of them",
    play,
};

const TASKS: u64 = 100_000_000;
/// What a pool, its threads and the allocator hold for good is there after this part of the tasks.
const WARM_UP: u64 = 20;
/// So many tasks of a submitter are there at the same time, at most.
const ROUND: u64 = 4_096;
const SUBMITTERS: u64 = 2;
const WORKERS: usize = 2;

fn play(setting: &Setting) -> Figures {
    let builder = ThreadPool::builder().min_workers(WORKERS);
    let pool = Arc::new(builder.max_workers(WORKERS).build().unwrap());
    setting.watch.exhibit(0, &pool);
    let total = setting.scaled(TASKS);
    let mut submitted = submit(setting, &pool, total / WARM_UP);
    let before = Usage::now();
    submitted += submit(setting, &pool, total);
    // A thread that was joined may be listed for a moment longer.
    let after = Usage::now().with_handles_of(before);
    assert_eq!(after.excess(before), None, "{}", after.beside(before));
    assert_eq!(pool.ledger().submitted, submitted, "each was a task");
    pool.shutdown().unwrap();
    Figures {
        count: Some(submitted),
        story: format!(
            "{submitted} tasks of {} kinds by {SUBMITTERS} submitters",
            Kind::ALL.len()
        ),
    }
}

/// Submits at least so many tasks and waits for their end; how many there were.
fn submit(setting: &Setting, pool: &Arc<ThreadPool>, total: u64) -> u64 {
    thread::scope(|scope| {
        let submitting: Vec<_> = (0..SUBMITTERS)
            .map(|submitter| {
                let mut random = setting.random(submitter);
                scope.spawn(move || {
                    let mut submitted = 0;
                    while submitted < total / SUBMITTERS {
                        let kind = Kind::ALL[random.usize(..Kind::ALL.len())];
                        let size = random.u64(1..=ROUND);
                        kind.round(pool, size);
                        setting.watch.advance(size);
                        submitted += size;
                    }
                    submitted
                })
            })
            .collect();
        let submitted = submitting.into_iter().map(|thread| thread.join().unwrap());
        submitted.sum()
    })
}

/// What becomes of a task and of its handle.
#[derive(Clone, Copy)]
enum Kind {
    /// Its result is taken.
    Redeemed,
    /// Its handle is dropped at once.
    Dropped,
    /// It has no handle.
    Detached,
    /// A task submits it.
    Nested,
    /// A future that is suspended once.
    Suspended,
    /// It is cancelled, unless it has begun.
    Cancelled,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Redeemed,
        Self::Dropped,
        Self::Detached,
        Self::Nested,
        Self::Suspended,
        Self::Cancelled,
    ];

    /// Submits so many tasks and waits until nothing is left of them.
    fn round(self, pool: &Arc<ThreadPool>, size: u64) {
        let (held, all_gone) = mpsc::channel();
        match self {
            Self::Redeemed => {
                let submit = |number| pool.submit(move || number).unwrap();
                let futures: Vec<_> = (0..size).map(submit).collect();
                for (number, future) in (0..).zip(futures) {
                    assert_eq!(future.result().unwrap(), number);
                }
            }
            Self::Dropped => (0..size).for_each(|_| drop(pool.submit(hold(&held)).unwrap())),
            Self::Detached => (0..size).for_each(|_| pool.submit_detached(hold(&held)).unwrap()),
            Self::Nested => {
                let (submitter, held) = (Arc::clone(pool), held.clone());
                let submit_rest = move || {
                    (1..size).for_each(|_| submitter.submit_detached(hold(&held)).unwrap());
                };
                pool.submit_detached(submit_rest).unwrap();
            }
            Self::Suspended => {
                for _ in 0..size {
                    let task = hold(&held);
                    let future = async {
                        suspend().await;
                        task();
                    };
                    drop(pool.spawn(future).unwrap());
                }
            }
            Self::Cancelled => {
                let submit = |_| pool.submit(hold(&held)).unwrap();
                let futures: Vec<_> = (0..size).map(submit).collect();
                for future in futures.iter().rev() {
                    future.cancel();
                }
            }
        }
        drop(held);
        assert_eq!(
            all_gone.recv(),
            Err(RecvError),
            "until the last was dropped"
        );
    }
}

/// A task that holds a sender for as long as it is there.
fn hold(held: &Sender<Infallible>) -> impl FnOnce() + Send + 'static {
    let held = held.clone();
    move || drop(held)
}
