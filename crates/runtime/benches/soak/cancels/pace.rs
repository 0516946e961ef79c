//! How long a canceller waits, so that neither it nor the workers always come first.

use std::hint;

use crate::contest::Endings;

#[derive(Clone, Copy, Default)]
pub(crate) struct Pace {
    spins: u32,
}

impl Pace {
    /// Some microseconds: who sleeps longer than this is not raced, but waited for.
    const SPINS_MAX: u32 = 500;

    pub(crate) fn wait(self) {
        for _ in 0..self.spins {
            hint::spin_loop();
        }
    }

    /// Waits longer after a round in which most were cancelled, and shorter after one in which most ran.
    pub(crate) fn adapt(&mut self, endings: &Endings) {
        let step = 1 + self.spins / 8;
        self.spins = if endings.cancelled > endings.ran {
            (self.spins + step).min(Self::SPINS_MAX)
        } else {
            self.spins - step.min(self.spins)
        };
    }
}
