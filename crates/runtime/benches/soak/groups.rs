//! Tasks that are waited for, continued or cancelled together, from outside and from inside of small pools.

mod crew;
mod round;

use std::sync::Arc;
use std::thread;

use creel_runtime::ThreadPool;

use crate::panics::bomb;
use crate::scene::{Figures, Scene};
use crate::setting::Setting;
use crew::Crew;
use round::Round;

pub(crate) const SCENE: Scene = Scene {
    name: "groups",
    claim: "of many futures each is told once, and of those that are not waited for nothing stays",
    play,
};

const ROUNDS: u64 = 300_000;
/// How many workers, and how many threads have rounds played at a time.
const POOLS: [(usize, u64); 3] = [(1, 1), (1, 2), (2, 2)];

fn play(setting: &Setting) -> Figures {
    bomb::silence();
    let share = setting.scaled(ROUNDS).div_ceil(POOLS.len() as u64);
    let crew = Arc::new(Crew::default());
    let mut rounds = 0;
    for (workers, players) in POOLS {
        let pool = ThreadPool::builder().max_workers(workers).build().unwrap();
        let pool = Arc::new(pool);
        setting.watch.exhibit(0, &pool);
        let each = share.div_ceil(players);
        thread::scope(|scope| {
            for player in 0..players {
                let (pool, crew, watch) = (&pool, &crew, &setting.watch);
                let mut random = setting.random(rounds + player);
                scope.spawn(move || {
                    for _ in 0..each {
                        let round = Round {
                            pool: Arc::clone(pool),
                            crew: Arc::clone(crew),
                            random: random.fork(),
                        };
                        // On a worker what is waited for runs in place, or a spare takes over.
                        if random.bool() {
                            let inside = pool.submit(move || round.play()).unwrap();
                            inside.result().unwrap();
                        } else {
                            round.play();
                        }
                        watch.advance(1);
                    }
                });
            }
        });
        rounds += each * players;
        pool.shutdown().unwrap();
        assert_eq!(crew.alive(), 0, "no body is left");
    }
    Figures {
        count: Some(rounds),
        story: format!(
            "{rounds} rounds of {} tasks, of which {} ran",
            crew.made(),
            crew.ran()
        ),
    }
}
