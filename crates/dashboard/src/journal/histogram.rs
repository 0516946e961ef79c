//! Times in buckets, as Prometheus counts them.

use std::time::Duration;

/// The upper ends of the buckets, in seconds.
const BOUNDS: [f64; 15] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// How many times were in each bucket.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    counts: [u64; BOUNDS.len()],
    /// Beyond the last bound.
    beyond: u64,
    sum: Duration,
}

impl Histogram {
    pub(crate) const fn new() -> Self {
        Self {
            counts: [0; BOUNDS.len()],
            beyond: 0,
            sum: Duration::ZERO,
        }
    }

    pub(crate) fn record(&mut self, time: Duration) {
        let seconds = time.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound);
        match bucket {
            Some(bucket) => self.counts[bucket] += 1,
            None => self.beyond += 1,
        }
        self.sum = self.sum.saturating_add(time);
    }

    /// Each bound with the number of times up to it.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let mut below = 0;
        BOUNDS
            .into_iter()
            .zip(self.counts)
            .map(move |(bound, count)| {
                below += count;
                (bound, below)
            })
    }

    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.beyond
    }

    pub(crate) fn sum(&self) -> Duration {
        self.sum
    }
}
