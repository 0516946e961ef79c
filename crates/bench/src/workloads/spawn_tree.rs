//! W2: each task submits two more, without handles, down to the leaves.

use std::hint::black_box;

use crossbeam_deque::Worker;

use super::{WORKERS, rounds};
use crate::goal::Goal;
use crate::peer::Spawn;
use crate::peers::{Creel, Diagnosed, Forte, Rayon, RayonScope, Tokio};
use crate::tally::Tally;
use crate::workload::{CREEL, Contestant, DIAGNOSED, LIMIT, Played, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W2",
    title: "each task submits two more without handles, 18 levels deep",
    unit: Unit::NanosecondsPerTask,
    sizes: Sizes {
        full: 18,
        quick: 14,
    },
    contestants: &[
        Contestant::new(CREEL, play::<Creel>),
        Contestant::new(DIAGNOSED, play::<Diagnosed>),
        Contestant::new("forte", play::<Forte>),
        Contestant::new("rayon scope", play::<RayonScope>),
        Contestant::new("rayon", play::<Rayon>),
        Contestant::new("tokio", play::<Tokio>),
        Contestant::java_fork_join(),
        Contestant::java_thread_pool(),
        Contestant::python(),
        Contestant::new(LIMIT, play_alone),
    ],
    goals: &[Goal::against(0.9, "forte")],
};

fn play<P: Spawn>(depth: u64) -> Played {
    let pool = P::start(WORKERS);
    let tally = Tally::start();
    let leaves = 1 << depth;
    let mut expected = 0;
    rounds::play(2 * leaves - 1, || {
        pool.enter(move |context| grow::<P>(context, depth, tally));
        expected += leaves;
        tally.wait_for(expected);
    })
}

/// One thread, a deque, and nobody else; halved.
fn play_alone(depth: u64) -> Played {
    let deque = Worker::new_lifo();
    let leaves = 1 << depth;
    rounds::play(2 * leaves - 1, || {
        let mut counted = 0;
        deque.push(Box::new(depth));
        while let Some(depth) = deque.pop() {
            match black_box(*depth) {
                0 => counted += 1,
                depth => (0..2).for_each(|_| deque.push(Box::new(depth - 1))),
            }
        }
        assert_eq!(counted, leaves);
    })
    .shared_by_two()
}

/// The leaves alone are counted: a leaf is there when everything above it has run.
fn grow<P: Spawn>(context: &P::Context<'_>, depth: u64, tally: &'static Tally) {
    if depth == 0 {
        tally.add_one();
        return;
    }
    for _ in 0..2 {
        P::spawn(context, move |context| {
            grow::<P>(context, depth - 1, tally);
        });
    }
}
