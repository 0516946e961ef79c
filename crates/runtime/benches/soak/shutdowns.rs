//! Pools that come to their end while others submit.

mod visit;

use std::hint;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use creel_runtime::{ShutdownError, ThreadPool};

use crate::scene::{Figures, Scene};
use crate::setting::Setting;
use visit::{Kind, Ledger, Visit};

pub(crate) const SCENE: Scene = Scene {
    name: "shutdowns",
    claim: "a submit that races the end of its pool is run, cancelled or given back",
    play,
};

const POOLS: u64 = 10_000;
const VISITORS: usize = 3;
/// At most so many submits of each, since some pools are only ended afterwards.
const SUBMITS_MAX: u64 = 200;

fn play(setting: &Setting) -> Figures {
    let pools = setting.scaled(POOLS);
    let mut random = setting.random(0);
    let mut ledger = Ledger::default();
    for _ in 0..pools {
        ledger += round(setting, &mut random);
        setting.watch.advance(1);
    }
    let Ledger {
        accepted,
        given_back,
        ran,
        cancelled,
        abandoned,
    } = ledger;
    assert_eq!(accepted, ran + cancelled + abandoned);
    assert!(
        ran.min(cancelled).min(given_back) > pools / 10,
        "that is no race: {ledger:?}"
    );
    Figures {
        count: Some(pools),
        story: format!(
            "{pools} pools, {} submits: {ran} ran, {cancelled} were cancelled, {abandoned} abandoned, {given_back} \
             given back",
            accepted + given_back
        ),
    }
}

/// What is submitted, first what only some ends end.
const MIXED: [Kind; 6] = [
    Kind::Endless,
    Kind::Closure,
    Kind::Closure,
    Kind::Impatient,
    Kind::Parent,
    Kind::Yielding,
];

/// How a pool is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Drain,
    Stop,
    /// By two threads, one of which waits for what is queued.
    Both,
    /// Without waiting, and then by its drop.
    TimeOut,
    /// By one of its own tasks, too.
    Inside,
    Drop,
    Detach,
}

impl End {
    const ALL: [Self; 7] = [
        Self::Drain,
        Self::Stop,
        Self::Both,
        Self::TimeOut,
        Self::Inside,
        Self::Drop,
        Self::Detach,
    ];

    /// Whether it ends a task that nobody wakes.
    fn ends_suspended(self) -> bool {
        matches!(self, Self::Stop | Self::Both | Self::Drop | Self::TimeOut)
    }

    /// Ends the pool, waits for its end, and gives how many tasks that cancelled; `None` if it cannot wait here.
    fn bring(self, pool: &Arc<ThreadPool>) -> Option<usize> {
        match self {
            Self::Drain => {
                pool.shutdown().unwrap();
                Some(0)
            }
            Self::Stop => Some(pool.shutdown_now().unwrap()),
            Self::Both => thread::scope(|scope| {
                scope.spawn(|| pool.shutdown().unwrap());
                Some(pool.shutdown_now().unwrap())
            }),
            Self::TimeOut => match pool.shutdown_timeout(Duration::ZERO) {
                Ok(()) | Err(ShutdownError::TimedOut) => None,
                Err(error) => panic!("{error}"),
            },
            Self::Inside => {
                let inner = Arc::clone(pool);
                let inside = pool.submit(move || inner.shutdown()).unwrap();
                pool.shutdown().unwrap();
                assert_eq!(inside.result().unwrap(), Err(ShutdownError::NotJoined));
                Some(0)
            }
            Self::Drop | Self::Detach => None,
        }
    }
}

/// Makes a pool, ends it while others submit, and counts what came of that.
fn round(setting: &Setting, random: &mut fastrand::Rng) -> Ledger {
    let end = End::ALL[random.usize(..End::ALL.len())];
    let kinds: &[Kind] = match random.bool() {
        true => &[Kind::Closure],
        false if end.ends_suspended() => &MIXED,
        false => &MIXED[1..],
    };
    let pool = Arc::new(build(random));
    setting.watch.exhibit(0, &pool);
    let delay = random.u32(..20_000);
    let together = Barrier::new(VISITORS + 1);
    let (visits, cancelled) = thread::scope(|scope| {
        let visiting: Vec<_> = (0..VISITORS)
            .map(|_| {
                let (pool, together, mut random) = (&pool, &together, random.fork());
                scope.spawn(move || {
                    let submits = random.u64(1..=SUBMITS_MAX);
                    together.wait();
                    Visit::pay(pool, submits, kinds, &mut random)
                })
            })
            .collect();
        together.wait();
        (0..delay).for_each(|_| hint::spin_loop());
        let cancelled = end.bring(&pool);
        let visits = visiting.into_iter().map(|thread| thread.join().unwrap());
        (visits.collect::<Vec<_>>(), cancelled)
    });
    if cancelled.is_some() {
        assert!(visits.iter().all(Visit::is_over), "{end:?}");
        assert_eq!(pool.workers(), 0);
    }
    match Arc::into_inner(pool) {
        Some(pool) if end == End::Detach => pool.detach(),
        // One of its own tasks may be the last to hold it.
        pool => drop(pool),
    }
    let mut ledger = Ledger::default();
    for visit in visits {
        ledger += visit.close();
    }
    // An async task that was asked to stop in the middle of a poll is not counted.
    if let (Some(cancelled), [Kind::Closure]) = (cancelled, kinds) {
        assert_eq!(ledger.cancelled, cancelled as u64, "{end:?}");
    }
    ledger
}

fn build(random: &mut fastrand::Rng) -> ThreadPool {
    let max_workers = random.usize(1..=3);
    let mut builder = ThreadPool::builder()
        .max_workers(max_workers)
        .min_workers(random.usize(..=max_workers));
    if random.bool() {
        builder = builder.keep_alive(Duration::from_micros(random.u64(..200)));
    }
    if random.u8(..3) == 0 {
        builder = builder.queue_capacity(random.usize(1..8));
    }
    if random.u8(..3) == 0 {
        builder = builder.max_tasks_per_worker(random.u64(1..8));
    }
    builder.build().unwrap()
}
