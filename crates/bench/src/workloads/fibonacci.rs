//! W4F: Fibonacci numbers the slow way, with a join at every step and no cutoff.

use std::hint::black_box;

use super::WORKERS;
use crate::goal::Goal;
use crate::meter::Meter;
use crate::peer::Join;
use crate::peers::{Chili, Creel, Diagnosed, Forte, Rayon};
use crate::workload::{CREEL, Contestant, DIAGNOSED, LIMIT, Played, Sizes, Unit, Workload};

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
        Contestant::java_fork_join(),
        Contestant::new(LIMIT, play_alone),
    ],
    goals: &[
        Goal::against(1.0, "rayon"),
        Goal::against(1.0, "chili").beyond(),
    ],
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
    Played::in_all(joins(number), effort)
}

/// Half of what one thread needs.
fn play_alone(number: u64) -> Played {
    let meter = Meter::start();
    let result = fib_alone(black_box(number));
    let effort = meter.stop();
    assert_eq!(result, expected(number));
    Played::in_all(joins(number), effort).shared_by_two()
}

/// Each number above one is a join.
fn joins(number: u64) -> u64 {
    expected(number + 1) - 1
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

fn fib_alone(number: u64) -> u64 {
    if number < 2 {
        return number;
    }
    fib_alone(number - 1) + fib_alone(number - 2)
}

/// The same number the fast way.
fn expected(number: u64) -> u64 {
    (0..number).fold((0, 1), |(a, b), _| (b, a + b)).0
}
