//! Deadlines and sleeps, by the ten thousand at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use creel_runtime::{Elapsed, ResultError, TaskError, ThreadPool, interval, sleep, timeout};

use crate::contest::{Body, Contest, Endings};
use crate::scene::{Figures, Scene};
use crate::setting::Setting;

pub(crate) const SCENE: Scene = Scene {
    name: "timers",
    claim: "a task starts, is cancelled or expires, and nothing that waits for a time is told early or never",
    play,
};

const DEADLINES: u64 = 1_000_000;
/// So many tasks with a deadline wait at once.
const ROUND: usize = 64;
const TIMEOUT_MAX_MICROS: u64 = 100;

const SLEEPS: u64 = 1_000_000;
/// So many tasks sleep at once.
const DORMITORY: u64 = 10_000;
const SLEEP_MAX_MICROS: u64 = 20_000;
const TICKS: u32 = 4;

const WORKERS: usize = 2;

fn play(setting: &Setting) -> Figures {
    let pool = Arc::new(ThreadPool::builder().max_workers(WORKERS).build().unwrap());
    setting.watch.exhibit(0, &pool);
    let mut random = setting.random(0);

    let deadlines = setting.scaled(DEADLINES);
    let mut endings = Endings::default();
    while endings.sum() < deadlines {
        endings += race_deadlines(&pool, &mut random);
        setting.watch.advance(1);
    }
    assert!(
        endings.ran.min(endings.expired) > deadlines / 50,
        "that is no race: {endings:?}"
    );

    let sleeps = setting.scaled(SLEEPS);
    let late = Arc::new(Lateness::default());
    let mut slept = 0;
    while slept < sleeps {
        let count = DORMITORY.min(sleeps - slept);
        fall_asleep(&pool, count, &late, &mut random);
        slept += count;
        setting.watch.advance(1);
    }
    pool.shutdown().unwrap();
    Figures {
        count: Some(endings.sum() + slept),
        story: format!(
            "{} deadlines: {} ran, {} expired, {} were cancelled, {} stopped; {slept} sleeps, on average {:.1?} late, \
             {:.0?} at most",
            endings.sum(),
            endings.ran,
            endings.expired,
            endings.cancelled,
            endings.stopped,
            late.mean(),
            late.most(),
        ),
    }
}

/// Tasks whose deadline comes while workers take them, and some are cancelled.
fn race_deadlines(pool: &ThreadPool, random: &mut fastrand::Rng) -> Endings {
    let body = Body::ALL[random.usize(..Body::ALL.len())];
    let contests: Vec<_> = (0..ROUND)
        .map(|_| {
            let timeout = Duration::from_micros(random.u64(..TIMEOUT_MAX_MICROS));
            Contest::enter(pool, body, Some(timeout), random)
        })
        .collect();
    let mut endings = Endings::default();
    for contest in contests {
        if body == Body::Parked || random.u8(..8) == 0 {
            contest.cancel();
        }
        endings.add(contest.end());
    }
    endings
}

/// How long after their time sleepers were woken.
#[derive(Default)]
struct Lateness {
    count: AtomicU64,
    sum_micros: AtomicU64,
    most_micros: AtomicU64,
}

impl Lateness {
    fn note(&self, late: Duration) {
        let micros = late.as_micros() as u64;
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
        self.most_micros.fetch_max(micros, Ordering::Relaxed);
    }

    fn mean(&self) -> Duration {
        let count = self.count.load(Ordering::Relaxed).max(1);
        Duration::from_micros(self.sum_micros.load(Ordering::Relaxed) / count)
    }

    fn most(&self) -> Duration {
        Duration::from_micros(self.most_micros.load(Ordering::Relaxed))
    }
}

/// Has tasks sleep, tick, and give up, each for a time of its own; some are cancelled meanwhile.
fn fall_asleep(pool: &ThreadPool, count: u64, late: &Arc<Lateness>, random: &mut fastrand::Rng) {
    let sleepers: Vec<_> = (0..count)
        .map(|number| {
            let time = Duration::from_micros(random.u64(1..SLEEP_MAX_MICROS));
            let other = Duration::from_micros(random.u64(..SLEEP_MAX_MICROS));
            let late = Arc::clone(late);
            let sleeper = match number % 4 {
                0 => pool
                    .spawn(async move { tick(time / TICKS, &late).await })
                    .unwrap(),
                1 => pool
                    .spawn(async move { give_up(time, other, &late).await })
                    .unwrap(),
                _ => pool.spawn(async move { nap(time, &late).await }).unwrap(),
            };
            (sleeper, random.u8(..8) == 0)
        })
        .collect();
    for (sleeper, is_cancelled) in sleepers {
        let is_cancelled = is_cancelled && (sleeper.cancel() || !sleeper.done());
        match sleeper.result() {
            Ok(()) => {}
            Err(ResultError::Task(TaskError::Cancelled)) => assert!(is_cancelled),
            Err(error) => panic!("{error}"),
        }
    }
}

async fn nap(time: Duration, late: &Lateness) {
    let start = Instant::now();
    sleep(time).await;
    late.note(
        start
            .elapsed()
            .checked_sub(time)
            .expect("nobody is woken early"),
    );
}

async fn tick(period: Duration, late: &Lateness) {
    let mut ticks = interval(period);
    let start = ticks.tick().await;
    let mut last = start;
    for _ in 0..TICKS {
        let due = ticks.tick().await;
        late.note(
            Instant::now()
                .checked_duration_since(due)
                .expect("no tick is early"),
        );
        let periods = (due - start).as_nanos() / period.as_nanos();
        assert_eq!(
            due - start,
            period * periods as u32,
            "a tick comes after whole periods"
        );
        assert!(due > last, "each tick comes once");
        last = due;
    }
}

/// Sleeps in the time that is left for it, or is told that it was not enough.
async fn give_up(limit: Duration, time: Duration, late: &Lateness) {
    let start = Instant::now();
    let due = match timeout(limit, sleep(time)).await {
        Ok(()) => time,
        Err(Elapsed) => limit,
    };
    late.note(
        start
            .elapsed()
            .checked_sub(due)
            .expect("neither is told early"),
    );
}
