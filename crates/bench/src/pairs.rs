//! Creel and a rival one right after the other, again and again: what the verdicts are made of.
//!
//! The machine has moods that last from seconds to minutes and that are better for one pool than for another. Whoever is compared
//! by medians of a whole run is compared across moods; the two of a pair have the same one.

use serde::{Deserialize, Serialize};

use crate::summary::{middle, sorted};
use crate::workload::Played;

/// The pairs that a way of using Creel and one rival have played.
#[derive(Deserialize, Serialize)]
pub(crate) struct Pairs {
    pub(crate) creel: String,
    pub(crate) rival: String,
    pub(crate) samples: Vec<Pair>,
}

/// Two samples that were taken one right after the other.
#[derive(Deserialize, Serialize)]
pub(crate) struct Pair {
    pub(crate) creel: Played,
    pub(crate) rival: Played,
}

/// What Creel takes of what a rival takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    /// That of the pair in the middle.
    pub(crate) median: f64,
    /// Between these lie the middle half of the pairs.
    pub(crate) quartiles: (f64, f64),
}

impl Pairs {
    /// The ratio of a figure of the samples.
    ///
    /// # Panics
    /// Without a pair.
    pub(crate) fn ratio(&self, figure: impl Fn(&Played) -> f64) -> Ratio {
        let ratios = self
            .samples
            .iter()
            .map(|pair| figure(&pair.creel) / figure(&pair.rival));
        let ratios = sorted(ratios.collect());
        let quarter = ratios.len() / 4;
        Ratio {
            median: middle(&ratios),
            quartiles: (ratios[quarter], ratios[ratios.len() - 1 - quarter]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Effort;

    fn played(value: f64) -> Played {
        Played {
            value,
            operations: 1,
            effort: Effort {
                seconds: 1.0,
                cpu_seconds: 1.0,
                voluntary_switches: 0,
                allocations: None,
            },
        }
    }

    #[test]
    fn a_mood_that_both_of_a_pair_have_does_not_change_the_ratio() {
        let pair = |mood: f64| Pair {
            creel: played(30.0 * mood),
            rival: played(40.0 * mood),
        };
        let pairs = Pairs {
            creel: "creel".into(),
            rival: "rival".into(),
            samples: [1.0, 2.0, 1.0, 2.0, 2.0].map(pair).into(),
        };
        let ratio = pairs.ratio(|played| played.value);
        assert_eq!((ratio.median, ratio.quartiles), (0.75, (0.75, 0.75)));
    }

    #[test]
    fn the_ratio_is_that_of_the_middle_pair_and_its_quartiles_leave_out_the_outer_quarters() {
        let pair = |ratio: f64| Pair {
            creel: played(ratio),
            rival: played(1.0),
        };
        let samples = [9.0, 4.0, 1.0, 3.0, 2.0, 7.0, 5.0, 8.0, 6.0].map(pair);
        let pairs = Pairs {
            creel: "creel".into(),
            rival: "rival".into(),
            samples: samples.into(),
        };
        let ratio = pairs.ratio(|played| played.value);
        assert_eq!((ratio.median, ratio.quartiles), (5.0, (3.0, 7.0)));
    }
}
