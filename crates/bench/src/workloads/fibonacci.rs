//! W4F: Fibonacci numbers the slow way, with a join at every step and no cutoff.

use std::hint::black_box;

use super::WORKERS;
use crate::meter::Meter;
use crate::peer::Join;
use crate::peers::{Chili, Creel, Diagnosed, Forte, Rayon};
use crate::workload::{CREEL, Contestant, DIAGNOSED, Goal, Played, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W4F",
    title: "fib(32) by join, no cutoff",
    unit: Unit::Milliseconds,
    sizes: Sizes {
        full: 32,
        quick: 27,
    },
    contestants: &[
        Contestant::new(CREEL, play::<Creel>),
        Contestant::new(DIAGNOSED, play::<Diagnosed>),
        Contestant::new("chili", play::<Chili>),
        Contestant::new("forte", play::<Forte>),
        Contestant::new("rayon", play::<Rayon>),
    ],
    goals: &[Goal::against(1.0, "rayon"), Goal::against(1.0, "chili")],
};

/// Wakes the workers before the clock starts.
const WARM_UP: u64 = 15;

fn play<P: Join>(number: u64) -> Played {
    let pool = P::start(WORKERS);
    assert_eq!(pool.enter(|context| fib::<P>(context, WARM_UP)), 610);
    let meter = Meter::start();
    let result = pool.enter(move |context| fib::<P>(context, black_box(number)));
    let effort = meter.stop();
    assert_eq!(result, expected(number));
    Played {
        value: effort.seconds * 1e3,
        // Each number above one is a join; there are as many as fib(n + 1) - 1.
        operations: expected(number + 1) - 1,
        effort,
    }
}

fn fib<P: Join>(context: &mut P::Context<'_>, number: u64) -> u64 {
    if number < 2 {
        return number;
    }
    let (left, right) = P::join(
        context,
        |context| fib::<P>(context, number - 1),
        |context| fib::<P>(context, number - 2),
    );
    left + right
}

/// The same number the fast way.
fn expected(number: u64) -> u64 {
    (0..number).fold((0, 1), |(a, b), _| (b, a + b)).0
}
