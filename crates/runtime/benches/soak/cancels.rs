//! Cancels that race the start, each step and the end of a task, each other, and the end of the pool.

mod pace;
mod rival;

use std::sync::{Arc, mpsc};

use creel_runtime::ThreadPool;

use crate::contest::{Body, Contest, Endings};
use crate::room::free_places;
use crate::scene::{Figures, Scene};
use crate::setting::Setting;
use pace::Pace;
use rival::Rival;

pub(crate) const SCENE: Scene = Scene {
    name: "cancels",
    claim: "a task is cancelled or runs, never both, and is cancelled by one call at most",
    play,
};

const CANCELS: u64 = 10_000_000;

/// So many tasks are raced for before anybody looks at what came of them.
const ROUND: usize = 64;

const WORKERS: usize = 2;
/// Of the pool with a bounded queue; a round has to wait for room.
const CAPACITY: usize = 48;

fn play(setting: &Setting) -> Figures {
    let total = setting.scaled(CANCELS);
    let mut racer = Racer {
        random: setting.random(0),
        rival: Rival::start(),
        at_start: [Pace::default(); Body::ALL.len()],
        in_turn: [Pace::default(); Body::ALL.len()],
    };
    let mut endings = Endings::default();
    for capacity in [None, Some(CAPACITY)] {
        let pool = pool(capacity);
        setting.watch.exhibit(0, &pool);
        // The tenth that is left races the end of its pool.
        let target = endings.sum() + total * 9 / 20;
        while endings.sum() < target {
            endings += racer.race_start(&pool);
            endings += racer.race_in_turn(&pool);
            setting.watch.advance(1);
        }
        if capacity.is_some() {
            assert_eq!(
                free_places(&pool, WORKERS),
                CAPACITY,
                "each place in the queue is free"
            );
        }
        pool.shutdown().unwrap();
    }
    while endings.sum() < total {
        endings += racer.race_shutdown();
        setting.watch.advance(1);
    }
    assert!(
        endings.ran.min(endings.cancelled) > total / 50,
        "that is no race: {endings:?}"
    );
    Figures {
        count: Some(endings.sum()),
        story: format!(
            "{} tasks: {} ran, {} were cancelled first, {} were stopped by a request or with their pool",
            endings.sum(),
            endings.ran,
            endings.cancelled,
            endings.stopped
        ),
    }
}

fn pool(capacity: Option<usize>) -> Arc<ThreadPool> {
    let builder = ThreadPool::builder().max_workers(WORKERS);
    let builder = match capacity {
        Some(capacity) => builder.queue_capacity(capacity),
        None => builder,
    };
    Arc::new(builder.build().unwrap())
}

struct Racer {
    random: fastrand::Rng,
    rival: Rival,
    at_start: [Pace; Body::ALL.len()],
    in_turn: [Pace; Body::ALL.len()],
}

impl Racer {
    /// Each task is cancelled as soon as it was submitted.
    fn race_start(&mut self, pool: &ThreadPool) -> Endings {
        let body = self.body();
        let pace = self.at_start[body as usize];
        let contests = (0..ROUND).map(|_| {
            let contest = Contest::enter(pool, body, None, &mut self.random);
            pace.wait();
            contest.cancel();
            contest.wake();
            contest.cancel();
            contest
        });
        let endings = end(contests.collect());
        self.at_start[body as usize].adapt(&endings);
        endings
    }

    /// Two threads cancel, wake, or ask to stop, while the workers take the same tasks.
    fn race_in_turn(&mut self, pool: &ThreadPool) -> Endings {
        let body = self.body();
        let pace = self.in_turn[body as usize];
        let contests = self.contests(pool, body);
        let contested = Arc::clone(&contests);
        let backward = self.random.bool();
        let asks = self.random.u8(..4) == 0;
        self.rival.race(move || {
            for place in 0..ROUND {
                let place = if backward { ROUND - 1 - place } else { place };
                contested[place].wake();
                pace.wait();
                if asks {
                    contested[place].request_cancel();
                } else {
                    contested[place].cancel();
                }
            }
        });
        for contest in &*contests {
            pace.wait();
            contest.cancel();
        }
        let endings = self.end(contests);
        self.in_turn[body as usize].adapt(&endings);
        endings
    }

    /// The tasks are cancelled while their pool is shut down.
    fn race_shutdown(&mut self) -> Endings {
        let pool = pool(None);
        let body = self.body();
        let contests = self.contests(&pool, body);
        let (stops, stopped) = mpsc::channel();
        let now = self.random.bool();
        self.rival.race(move || {
            let stopped = if now {
                pool.shutdown_now()
            } else {
                // A pool that drains waits for those that are suspended; they are all cancelled or woken.
                pool.shutdown().map(|()| 0)
            };
            stops.send(stopped.unwrap()).unwrap();
        });
        for contest in &*contests {
            contest.cancel();
            contest.wake();
            contest.cancel();
        }
        let endings = self.end(contests);
        let stopped = stopped.recv().unwrap() as u64;
        if body == Body::Closure {
            assert_eq!(
                endings.stopped, stopped,
                "each is counted by who cancelled it"
            );
        }
        endings
    }

    fn body(&mut self) -> Body {
        Body::ALL[self.random.usize(..Body::ALL.len())]
    }

    fn contests(&mut self, pool: &ThreadPool, body: Body) -> Arc<Vec<Contest>> {
        let enter = |_| Contest::enter(pool, body, None, &mut self.random);
        Arc::new((0..ROUND).map(enter).collect())
    }

    /// What came of the tasks, once the rival is through.
    fn end(&self, contests: Arc<Vec<Contest>>) -> Endings {
        self.rival.finish();
        end(Arc::into_inner(contests).expect("the rival has dropped what it held"))
    }
}

fn end(contests: Vec<Contest>) -> Endings {
    let mut endings = Endings::default();
    for contest in contests {
        endings.add(contest.end());
    }
    endings
}
