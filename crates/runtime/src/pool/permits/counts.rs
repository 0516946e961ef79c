//! What is queued, counted against the capacity.

use crate::task::home::Left;

/// So many entries may be left behind by tasks, however small the capacity.
const LEFTOVERS_MIN: usize = 64;

/// How much may be queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capacity {
    /// So many tasks; `None` for any number.
    pub(crate) tasks: Option<usize>,
    /// So much weight altogether; `None` for any.
    pub(crate) weight: Option<u64>,
}

pub(super) struct Counts {
    capacity: Capacity,
    /// Of tasks that neither started nor ended.
    tasks: Load,
    /// Of what stands in the queues. An entry that leaves may be counted before its task.
    entries: Load,
}

/// Room that is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Load {
    tasks: usize,
    /// Wide enough for any number of tasks beyond the capacity.
    weight: u128,
}

impl Counts {
    pub(super) fn new(capacity: Capacity) -> Self {
        Self {
            capacity,
            tasks: Load::default(),
            entries: Load::default(),
        }
    }

    pub(super) fn take(&mut self, weight: u64) {
        let load = self.capacity.load(weight);
        self.tasks.add(load);
        self.entries.add(load);
    }

    pub(super) fn give_back(&mut self, left: Left, weight: u64) {
        let load = self.capacity.load(weight);
        if left != Left::Entry {
            self.tasks.subtract(load);
        }
        if left != Left::Task {
            self.entries.subtract(load);
        }
    }

    pub(super) fn fits(&self, weight: u64) -> bool {
        self.has_room_for(self.capacity.load(weight)) && self.has_few_leftovers()
    }

    fn has_room_for(&self, load: Load) -> bool {
        let Self {
            capacity, tasks, ..
        } = self;
        let by_tasks = capacity.tasks.is_none_or(|limit| tasks.tasks < limit);
        // What weighs nothing passes also where others have exceeded the limit.
        let by_weight = load.weight == 0
            || capacity
                .weight
                .is_none_or(|limit| tasks.weight + load.weight <= limit.into());
        by_tasks && by_weight
    }

    /// A task that is cancelled makes room at once, but the entries that stay must be bounded as well: to as much as
    /// the capacity.
    fn has_few_leftovers(&self) -> bool {
        let Self {
            capacity,
            tasks,
            entries,
        } = self;
        let leftovers = entries.tasks.saturating_sub(tasks.tasks);
        let weight = entries.weight.saturating_sub(tasks.weight);
        leftovers < LEFTOVERS_MIN
            || capacity.tasks.is_none_or(|limit| leftovers < limit)
                && capacity.weight.is_none_or(|limit| weight < limit.into())
    }
}

impl Capacity {
    /// What a task of that weight takes. One that is heavier than the limit takes all of it, so that it is admitted
    /// when nothing else with weight is queued.
    fn load(self, weight: u64) -> Load {
        let limit = self.weight.unwrap_or(0);
        Load {
            tasks: 1,
            weight: weight.min(limit).into(),
        }
    }
}

impl Load {
    fn add(&mut self, other: Self) {
        self.tasks += other.tasks;
        self.weight += other.weight;
    }

    fn subtract(&mut self, other: Self) {
        self.tasks -= other.tasks;
        self.weight -= other.weight;
    }
}
