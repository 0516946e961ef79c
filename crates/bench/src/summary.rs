//! What the samples of one peer in one workload come to.

use serde::{Deserialize, Serialize};

use crate::workload::Played;

/// Medians over the repetitions.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Summary {
    pub(crate) peer: String,
    /// In the workload's unit.
    pub(crate) median: f64,
    pub(crate) best: f64,
    /// From the best to the worst, as a part of the median.
    pub(crate) spread: f64,
    /// Of all processors together, in nanoseconds for each operation.
    pub(crate) cpu_ns: f64,
    /// Voluntary context switches for each thousand operations.
    pub(crate) switches_per_thousand: f64,
}

impl Summary {
    /// Sums up what a peer has played.
    ///
    /// # Panics
    /// Without a sample.
    pub(crate) fn of(peer: &str, samples: &[Played]) -> Self {
        let column = |figure: fn(&Played) -> f64| sorted(samples.iter().map(figure).collect());
        let values = column(|played| played.value);
        let (best, worst) = (values[0], values[values.len() - 1]);
        let median = middle(&values);
        Self {
            peer: peer.to_owned(),
            median,
            best,
            spread: if worst > best {
                (worst - best) / median
            } else {
                0.0
            },
            cpu_ns: middle(&column(Played::cpu_ns)),
            switches_per_thousand: middle(&column(|played| {
                played.effort.voluntary_switches as f64 * 1e3 / played.operations as f64
            })),
        }
    }
}

pub(crate) fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The middle of sorted values: the mean of the two middle ones where their number is even.
pub(crate) fn middle(values: &[f64]) -> f64 {
    let half = values.len() / 2;
    if values.len() % 2 == 1 {
        values[half]
    } else {
        f64::midpoint(values[half - 1], values[half])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Effort;

    fn played(value: f64, cpu_seconds: f64) -> Played {
        Played {
            value,
            operations: 1_000,
            effort: Effort {
                seconds: 1.0,
                cpu_seconds,
                voluntary_switches: 5,
                allocations: None,
            },
        }
    }

    #[test]
    fn samples_come_to_their_median_best_and_spread() {
        let samples = [played(30.0, 3e-6), played(10.0, 1e-6), played(20.0, 2e-6)];
        let summary = Summary::of("peer", &samples);
        assert_eq!((summary.median, summary.best), (20.0, 10.0));
        assert_eq!(summary.spread, 1.0);
        assert!((summary.cpu_ns - 2.0).abs() < 1e-9, "{}", summary.cpu_ns);
        assert_eq!(summary.switches_per_thousand, 5.0);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        let samples = [1.0, 9.0, 2.0, 4.0].map(|value| played(value, 0.0));
        assert_eq!(Summary::of("peer", &samples).median, 3.0);
    }

    #[test]
    fn samples_that_are_all_nothing_have_no_spread() {
        let summary = Summary::of("peer", &[played(0.0, 0.0), played(0.0, 0.0)]);
        assert_eq!(summary.spread, 0.0);
    }
}
