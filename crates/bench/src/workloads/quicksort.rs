//! W4Q: quicksort by join.

use super::WORKERS;
use crate::goal::Goal;
use crate::meter::Meter;
use crate::peer::Join;
use crate::peers::{Chili, Creel, Diagnosed, Forte, Rayon};
use crate::workload::{CREEL, Contestant, DIAGNOSED, LIMIT, Played, Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W4Q",
    title: "quicksort of 10 million numbers by join",
    unit: Unit::Milliseconds,
    sizes: Sizes {
        full: 10_000_000,
        quick: 1_000_000,
    },
    contestants: &[
        Contestant::new(CREEL, play::<Creel>),
        Contestant::new(DIAGNOSED, play::<Diagnosed>),
        Contestant::new("rayon", play::<Rayon>),
        Contestant::new("forte", play::<Forte>),
        Contestant::new("chili", play::<Chili>),
        Contestant::new(LIMIT, play_alone),
    ],
    goals: &[Goal::against(1.0, "rayon")],
};

/// Below this a part is sorted without dividing it further.
const CUTOFF: usize = 1_024;

fn play<P: Join>(length: u64) -> Played {
    let pool = P::start(WORKERS);
    // The workers wake before the clock starts.
    let mut small = numbers(10 * CUTOFF as u64);
    pool.enter(move |context| sort::<P>(context, &mut small));
    let numbers = numbers(length);
    let sum = sum(&numbers);
    let meter = Meter::start();
    let sorted = pool.enter(move |context| {
        let mut numbers = numbers;
        sort::<P>(context, &mut numbers);
        numbers
    });
    let played = Played::in_all(length, meter.stop());
    check(&sorted, sum);
    played
}

/// Half of what one thread needs.
fn play_alone(length: u64) -> Played {
    let mut numbers = numbers(length);
    let sum = sum(&numbers);
    let meter = Meter::start();
    sort_alone(&mut numbers);
    let played = Played::in_all(length, meter.stop()).shared_by_two();
    check(&numbers, sum);
    played
}

fn sort<P: Join>(context: &mut P::Context<'_>, numbers: &mut [u32]) {
    if numbers.len() < CUTOFF {
        numbers.sort_unstable();
        return;
    }
    let (left, right) = divide(numbers);
    P::join(
        context,
        |context| sort::<P>(context, left),
        |context| sort::<P>(context, right),
    );
}

fn sort_alone(numbers: &mut [u32]) {
    if numbers.len() < CUTOFF {
        numbers.sort_unstable();
        return;
    }
    let (left, right) = divide(numbers);
    sort_alone(left);
    sort_alone(right);
}

/// Parts the numbers around one of them: what is on the left is not greater than it, what is on the right not smaller.
fn divide(numbers: &mut [u32]) -> (&mut [u32], &mut [u32]) {
    let last = numbers.len() - 1;
    let middle = last / 2;
    // The median of three ends as the pivot at the end.
    if numbers[middle] < numbers[0] {
        numbers.swap(middle, 0);
    }
    if numbers[last] < numbers[0] {
        numbers.swap(last, 0);
    }
    if numbers[middle] < numbers[last] {
        numbers.swap(middle, last);
    }
    let pivot = numbers[last];
    let mut store = 0;
    for index in 0..last {
        if numbers[index] <= pivot {
            numbers.swap(index, store);
            store += 1;
        }
    }
    numbers.swap(store, last);
    let (left, right) = numbers.split_at_mut(store);
    (left, &mut right[1..])
}

/// The same numbers every time, in no order.
fn numbers(length: u64) -> Vec<u32> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u32
        })
        .collect()
}

fn sum(numbers: &[u32]) -> u64 {
    numbers.iter().map(|&number| u64::from(number)).sum()
}

fn check(sorted: &[u32], expected: u64) {
    assert!(sorted.is_sorted(), "the numbers are in order");
    assert_eq!(sum(sorted), expected, "they are the same numbers");
}
