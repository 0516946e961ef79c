//! How long a worker that found nothing looks on: as in the pool's own `patience.rs`, where a processor is free.

use std::cell::Cell;

use super::engine::Nanoseconds;

/// How long the least patient look on who expect something; each level more doubles it.
const STARE: Nanoseconds = 4_000;
const LEVEL_MAX: u32 = 5;
/// Who expects nothing tries all the same once in so many waits.
const TRIAL_PERIOD: u32 = 16;

/// What one worker has learned of its waits.
#[derive(Default)]
pub(super) struct Patience {
    level: Cell<u32>,
    untried: Cell<u32>,
}

impl Patience {
    /// For how long to look on, beyond a glance.
    pub(super) fn stare(&self) -> Option<Nanoseconds> {
        if self.level.get() > 0 {
            return Some(stare_of(self.level.get()));
        }
        self.untried.set((self.untried.get() + 1) % TRIAL_PERIOD);
        (self.untried.get() == 0).then(|| stare_of(LEVEL_MAX))
    }

    /// Something came after so long.
    pub(super) fn paid(&self, after: Nanoseconds) {
        let level = (self.level.get() + 1..LEVEL_MAX)
            .find(|level| stare_of(*level) >= after * 3 / 2)
            .unwrap_or(LEVEL_MAX);
        self.level.set(level);
    }

    pub(super) fn wasted(&self) {
        self.level.set(self.level.get().saturating_sub(1));
    }
}

fn stare_of(level: u32) -> Nanoseconds {
    STARE << (level - 1)
}
