//! What a scene is played with.

use std::sync::Arc;

use crate::watch::Watch;

/// How much is played, from which seed, and who watches.
pub(crate) struct Setting {
    /// A hundredth of everything.
    pub(crate) quick: bool,
    /// From which every random choice follows; how threads meet does not.
    pub(crate) seed: u64,
    pub(crate) watch: Arc<Watch>,
}

impl Setting {
    /// The same in short, with choices of its own.
    pub(crate) fn rehearsal(&self) -> Self {
        Self {
            quick: true,
            seed: !self.seed,
            watch: Arc::clone(&self.watch),
        }
    }

    /// The count to play, of the full one.
    pub(crate) fn scaled(&self, full: u64) -> u64 {
        if self.quick { full.div_ceil(100) } else { full }
    }

    /// A source of choices of its own for each number.
    pub(crate) fn random(&self, number: u64) -> fastrand::Rng {
        let mut random = fastrand::Rng::with_seed(self.seed.wrapping_add(number));
        // Neighbouring seeds begin alike.
        fastrand::Rng::with_seed(random.u64(..))
    }
}
