//! The choices that a pool has, so that each can be tried beside the others.

/// How the pool decides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) name: &'static str,
    pub(super) wake: Wake,
    pub(super) searchers: Searchers,
    /// So many short tasks are taken from the common queue at a time.
    pub(super) batch: u64,
    /// There is a common queue for every so many workers.
    pub(super) workers_per_injector: usize,
    /// Whoever publishes, and whoever asks whether to leave, reads a line that is written only when the answer changes,
    /// in place of the word.
    pub(super) has_flag: bool,
}

/// When a submit wakes a sleeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// When nobody searches; the last one that searches wakes the next when it finds something.
    OneSearches,
    /// Each time, as long as one sleeps.
    EachTask,
}

/// How many workers may look for work at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Searchers {
    Half,
    /// One in eight, and one in any case.
    Eighth,
}

/// As the pool does it.
pub(super) const CREEL: Rules = Rules {
    name: "as it is",
    wake: Wake::OneSearches,
    searchers: Searchers::Half,
    batch: 32,
    workers_per_injector: usize::MAX,
    has_flag: false,
};

/// What it could do otherwise, one thing at a time, and at last what goes well together.
pub(super) const OTHERS: [Rules; 6] = [
    Rules {
        name: "a wake for each task",
        wake: Wake::EachTask,
        ..CREEL
    },
    Rules {
        name: "an eighth may search",
        searchers: Searchers::Eighth,
        ..CREEL
    },
    Rules {
        name: "one at a time from outside",
        batch: 1,
        ..CREEL
    },
    Rules {
        name: "a common queue for every 8",
        workers_per_injector: 8,
        ..CREEL
    },
    Rules {
        name: "a flag beside the word",
        has_flag: true,
        ..CREEL
    },
    Rules {
        name: "the last two",
        workers_per_injector: 8,
        has_flag: true,
        ..CREEL
    },
];
