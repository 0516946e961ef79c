//! W5U: a map over many short items, all alike.

use super::map::{self, Mapped, burn};
use crate::goal::Goal;
use crate::workload::{Sizes, Unit, Workload};

pub(crate) const WORKLOAD: Workload = Workload {
    name: "W5U",
    title: "map over 100,000 items of 1 µs",
    unit: Unit::Milliseconds,
    sizes: Sizes {
        full: 100_000,
        quick: 10_000,
    },
    contestants: &map::contestants::<Even>(),
    goals: &[Goal::against(1.0, "rayon")],
};

struct Even;

impl Mapped for Even {
    const CHUNK: usize = 100;

    fn work(item: u64) -> u64 {
        burn(item, 1)
    }
}
