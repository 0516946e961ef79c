//! What the charts show: a sample for each second.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;

use crate::journal::Excerpt;
use crate::view::View;

/// How many samples are kept.
const SAMPLES: usize = 180;

/// The time from one to the next.
const STEP: Duration = Duration::from_secs(1);

/// What was measured at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Sample {
    /// Seconds since the start of the run.
    at: f64,
    /// Items a second, since the sample before.
    captured: f64,
    answered: f64,
    failed: f64,
    dropped: f64,
    /// Seconds from capture to answer, over the last second; `None` where nothing was answered.
    p50: Option<f64>,
    p99: Option<f64>,
    /// How full the first place is where items wait, from 0 to 1.
    fill: f64,
}

/// The latest samples.
#[derive(Debug, Default)]
pub(crate) struct History {
    samples: VecDeque<Sample>,
    earlier: Option<Counts>,
}

#[derive(Clone, Copy, Debug)]
struct Counts {
    elapsed: Duration,
    captured: u64,
    answered: u64,
    failed: u64,
    dropped: u64,
}

impl Counts {
    fn of(view: &View) -> Self {
        let ledger = &view.ledger;
        Self {
            elapsed: view.elapsed,
            captured: ledger.count("captured"),
            answered: ledger.count("answered"),
            failed: ledger.count("failed"),
            dropped: ledger.count("dropped"),
        }
    }
}

impl History {
    /// Takes a sample if it is time for one; gives the latest.
    pub(crate) fn sample(&mut self, view: &View, excerpt: &Excerpt) -> Option<Sample> {
        let counts = Counts::of(view);
        let Some(earlier) = self.earlier else {
            self.earlier = Some(counts);
            return None;
        };
        let passed = counts.elapsed.saturating_sub(earlier.elapsed);
        if passed >= STEP {
            self.earlier = Some(counts);
            let rate = |before: u64, after: u64| {
                let rate = after.saturating_sub(before) as f64 / passed.as_secs_f64();
                (rate * 100.0).round() / 100.0
            };
            let latency = excerpt.latency;
            let seconds = |time: Duration| (latency.count > 0).then_some(time.as_secs_f64());
            let fill = view.fills.first().map_or(0.0, |fill| {
                fill.used as f64 / fill.capacity.unwrap_or(fill.used).max(1) as f64
            });
            if self.samples.len() == SAMPLES {
                self.samples.pop_front();
            }
            self.samples.push_back(Sample {
                at: counts.elapsed.as_secs_f64(),
                captured: rate(earlier.captured, counts.captured),
                answered: rate(earlier.answered, counts.answered),
                failed: rate(earlier.failed, counts.failed),
                dropped: rate(earlier.dropped, counts.dropped),
                p50: seconds(latency.p50),
                p99: seconds(latency.p99),
                fill: (fill * 1e3).round() / 1e3,
            });
        }
        self.samples.back().copied()
    }

    pub(crate) fn samples(&self) -> Vec<Sample> {
        self.samples.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests;
