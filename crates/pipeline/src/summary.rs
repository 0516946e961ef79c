//! Where a run stands, or how it ended.

use std::sync::Arc;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::bottleneck::{self, Bottleneck};
use crate::flow::{Ledger, Levels};
use crate::health::Health;
use crate::sinks::SinkSummary;
use crate::stages::Stages;
use crate::strain::Strain;

/// Where a run stands, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Where every item is.
    pub ledger: Ledger,
    /// The part of it that earlier runs had left in the spool.
    pub backlog: Ledger,
    /// Each source with its part of it, in the order in which they were added.
    pub sources: Vec<SourceSummary>,
    /// The time since the start, or from there to the end.
    pub elapsed: Duration,
    /// From capture to answer, of what was answered.
    pub latency: Latency,
    /// What the service took, of what was answered.
    pub service_time: Latency,
    /// How full the places are where items wait.
    pub levels: Levels,
    /// For how long the run waited for what.
    pub strain: Strain,
    /// How long items took at each step.
    pub stages: Stages,
    /// Each sink with what it got, in the order in which they were added.
    pub sinks: Vec<SinkSummary>,
    /// How far the run was told to stop.
    pub stopping: Stopping,
}

/// Where a source stands, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceSummary {
    /// Its name.
    pub name: Arc<str>,
    /// Where every item is that it gave.
    pub ledger: Ledger,
    /// How it is.
    pub health: Health,
    /// Items that were lost before it could give them, as it says itself; no part of the ledger.
    pub lost: u64,
    /// How often it lost its connection.
    pub disconnections: u64,
    /// From one item to the next, as they came here: whether capture was held up, and how steady the source is.
    pub gaps: Latency,
    /// How long it waited for room, as [`Policy::Block`](crate::Policy::Block) asks.
    pub held: Duration,
}

impl Summary {
    /// How often a source lost its connection.
    pub fn disconnections(&self) -> u64 {
        self.sources
            .iter()
            .map(|source| source.disconnections)
            .sum()
    }

    /// Items that were lost before a source could give them; no part of the ledger.
    pub fn lost(&self) -> u64 {
        self.sources.iter().map(|source| source.lost).sum()
    }

    /// How often a record was given to a sink again.
    pub fn sink_retries(&self) -> u64 {
        self.sinks.iter().map(|sink| sink.retries).sum()
    }

    /// Items that were answered, failed or dropped, for each second since the start.
    pub fn rate(&self) -> f64 {
        per_second(self.ledger.over(), self.elapsed)
    }

    /// The part of the run that the others wait for, by what was measured since the start.
    ///
    /// `None` as long as nothing was worked on.
    pub fn bottleneck(&self) -> Option<Bottleneck> {
        bottleneck::find(&self.strain, &self.stages, &Stages::default())
    }

    /// The same, by what was measured since an earlier look at this run.
    pub fn bottleneck_since(&self, earlier: &Self) -> Option<Bottleneck> {
        let strain = self.strain.since(&earlier.strain);
        bottleneck::find(&strain, &self.stages, &earlier.stages)
    }

    /// The rate since an earlier look at this run.
    pub fn rate_since(&self, earlier: &Self) -> f64 {
        per_second(
            self.ledger.over().saturating_sub(earlier.ledger.over()),
            self.elapsed.saturating_sub(earlier.elapsed),
        )
    }
}

fn per_second(count: u64, elapsed: Duration) -> f64 {
    if elapsed.is_zero() {
        return 0.0;
    }
    count as f64 / elapsed.as_secs_f64()
}

/// How far a run was told to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stopping {
    /// Not at all.
    #[default]
    No,
    /// Capture has stopped; what is in flight is finished and written.
    Draining,
    /// Nothing more is written.
    AtOnce,
}

/// A distribution of times; all zero when nothing was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Latency {
    /// How many were measured.
    pub count: u64,
    /// Half of them took at most so long.
    pub p50: Duration,
    /// All but one in a hundred took at most so long.
    pub p99: Duration,
    /// All but one in a thousand took at most so long.
    pub p99_9: Duration,
    /// The longest.
    pub max: Duration,
    /// All of them together, exactly.
    pub total: Duration,
}

impl Latency {
    /// The average; zero when nothing was counted.
    pub fn mean(&self) -> Duration {
        let count = u32::try_from(self.count).unwrap_or(u32::MAX);
        self.total.checked_div(count).unwrap_or_default()
    }
}

/// Measures times in microseconds, up to an hour.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    histogram: Histogram<u64>,
    total: Duration,
}

impl Stopwatch {
    pub(crate) fn new() -> Self {
        Self {
            histogram: Histogram::new_with_bounds(1, 3_600_000_000, 3)
                .expect("the bounds and the precision are in range"),
            total: Duration::ZERO,
        }
    }

    pub(crate) fn record(&mut self, time: Duration) {
        self.total += time;
        self.histogram
            .saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    pub(crate) fn latency(&self) -> Latency {
        let at = |quantile| Duration::from_micros(self.histogram.value_at_quantile(quantile));
        Latency {
            count: self.histogram.len(),
            p50: at(0.5),
            p99: at(0.99),
            p99_9: at(0.999),
            max: Duration::from_micros(self.histogram.max()),
            total: self.total,
        }
    }
}
