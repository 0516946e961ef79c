//! W5S: a map over few items, one of which is a hundred times dearer than the others.

use super::map::{self, Mapped, burn};
use crate::goal::Goal;
use crate::workload::{Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W5S",
    title: "map over 1,000 items of 10 µs, one of them 100 times dearer",
    unit: Unit::Milliseconds,
    sizes: Sizes {
        full: 1_000,
        quick: 1_000,
    },
    contestants: &map::contestants::<Skewed>(),
    goals: &[Goal::against(1.0, "rayon")],
};

/// The one that is dear, neither the first nor the last.
const DEAR: u64 = 700;

struct Skewed;

impl Mapped for Skewed {
    const CHUNK: usize = 50;

    fn work(item: u64) -> u64 {
        burn(item, if item == DEAR { 1_000 } else { 10 })
    }
}
