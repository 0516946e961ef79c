//! What a run waits for, and for how long.

use std::time::{Duration, Instant};

use crate::flow::Holdup;

/// For how long a run has waited for what; the parts add up to the time since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strain([Duration; Holdup::ALL.len()]);

impl Strain {
    /// How long this held the run up.
    pub const fn of(&self, holdup: Holdup) -> Duration {
        self.0[holdup as usize]
    }

    /// The time since the start of the run.
    pub fn total(&self) -> Duration {
        self.0.iter().sum()
    }

    /// Each with its time, also where that is zero.
    pub fn iter(&self) -> impl Iterator<Item = (Holdup, Duration)> + '_ {
        Holdup::ALL
            .into_iter()
            .map(|holdup| (holdup, self.of(holdup)))
    }

    /// What has come since an earlier look at the same run.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut parts = self.0;
        for (part, before) in parts.iter_mut().zip(earlier.0) {
            *part = part.saturating_sub(before);
        }
        Self(parts)
    }
}

/// Keeps the time of what a run waits for; each event comes with its time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    strain: Strain,
    holdup: Holdup,
    /// Up to when the time is told.
    until: Instant,
}

impl Watch {
    pub(crate) fn start(holdup: Holdup, now: Instant) -> Self {
        Self {
            strain: Strain::default(),
            holdup,
            until: now,
        }
    }

    /// What holds the run up.
    pub(crate) fn holdup(&self) -> Holdup {
        self.holdup
    }

    /// From here on it is this.
    pub(crate) fn turn_to(&mut self, holdup: Holdup, now: Instant) {
        self.strain = self.strain(now);
        self.until = self.until.max(now);
        self.holdup = holdup;
    }

    /// The account up to a time.
    pub(crate) fn strain(&self, now: Instant) -> Strain {
        let mut strain = self.strain;
        strain.0[self.holdup as usize] += now.saturating_duration_since(self.until);
        strain
    }
}

#[cfg(test)]
mod tests;
