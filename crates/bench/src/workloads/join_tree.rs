//! W2J: the tree of W2, by join.

use std::hint::black_box;

use super::{WORKERS, rounds};
use crate::goal::Goal;
use crate::peer::Join;
use crate::peers::{Chili, Creel, Diagnosed, Forte, Rayon};
use crate::workload::{CREEL, Contestant, DIAGNOSED, LIMIT, Played, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W2J",
    title: "the same tree by join",
    unit: Unit::NanosecondsPerTask,
    sizes: Sizes {
        full: 18,
        quick: 16,
    },
    contestants: &[
        Contestant::new(CREEL, play::<Creel>),
        Contestant::new(DIAGNOSED, play::<Diagnosed>),
        Contestant::new("chili", play::<Chili>),
        Contestant::new("rayon", play::<Rayon>),
        Contestant::new("forte", play::<Forte>),
        Contestant::java_fork_join(),
        Contestant::new(LIMIT, play_alone),
    ],
    goals: &[
        Goal::against(1.0, "rayon"),
        Goal::against(1.0, "chili").beyond(),
    ],
};

fn play<P: Join>(depth: u64) -> Played {
    let pool = P::start(WORKERS);
    let leaves = 1 << depth;
    rounds::play(2 * leaves - 1, || {
        let counted = pool.enter(move |context| count::<P>(context, depth));
        assert_eq!(counted, leaves);
    })
}

/// Half of what one thread needs.
fn play_alone(depth: u64) -> Played {
    let leaves = 1 << depth;
    rounds::play(2 * leaves - 1, || {
        assert_eq!(count_alone(black_box(depth)), leaves);
    })
    .shared_by_two()
}

/// How many leaves there are below.
fn count<P: Join>(context: &mut P::Context<'_>, depth: u64) -> u64 {
    if depth == 0 {
        return 1;
    }
    let (left, right) = P::join(
        context,
        |context| count::<P>(context, depth - 1),
        |context| count::<P>(context, depth - 1),
    );
    left + right
}

fn count_alone(depth: u64) -> u64 {
    if depth == 0 {
        return 1;
    }
    // Not seen through: the compiler would take a power of two for the tree.
    black_box(count_alone(depth - 1)) + black_box(count_alone(depth - 1))
}
