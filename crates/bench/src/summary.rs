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
            cpu_ns: middle(&column(|played| {
                played.effort.cpu_seconds * 1e9 / played.operations as f64
            })),
            switches_per_thousand: middle(&column(|played| {
                played.effort.voluntary_switches as f64 * 1e3 / played.operations as f64
            })),
        }
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The middle of sorted values: the mean of the two middle ones where their number is even.
fn middle(values: &[f64]) -> f64 {
    let half = values.len() / 2;
    if values.len() % 2 == 1 {
        values[half]
    } else {
        f64::midpoint(values[half - 1], values[half])
    }
}
