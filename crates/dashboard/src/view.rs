//! What is shown of a run, as plain values: whoever runs it fills them in.

mod health;
mod ledger;

use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};

pub use health::Health;
pub use ledger::{Ledger, Term};

/// Where a run stands at one instant.
#[derive(Clone, Debug, Default, Serialize)]
pub struct View {
    /// What is run, in a line: what goes where.
    pub title: String,
    /// What one item is called: `frame`, `row`.
    pub noun: &'static str,
    /// The time since the start.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
    /// Where every item is.
    pub ledger: Ledger,
    /// Each source with its part of it, in the order of [`Settings::sources`](crate::Settings::sources).
    pub sources: Vec<Source>,
    /// Where its records go.
    pub sinks: Vec<Sink>,
    /// From capture to answer, over the whole run.
    pub latency: Latency,
    /// What the service took of it.
    pub service: Latency,
    /// What the workers of the pool do.
    pub workers: Workers,
    /// How full everything is where items wait.
    pub fills: Vec<Fill>,
    /// What holds the run up, if something does.
    pub bottleneck: Option<Bottleneck>,
    /// That the run is about to end, and how.
    pub stopping: Option<&'static str>,
    /// The items that were submitted and are not over.
    #[serde(skip)]
    pub open: Vec<crate::Life>,
}

/// A camera, or a file that is read.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// Its name.
    pub name: Arc<str>,
    /// How it is.
    pub health: Health,
    /// Where every item is that it gave.
    pub ledger: Ledger,
    /// Items that were lost before it could give them, as it says itself; no part of the ledger.
    pub lost: u64,
    /// How often it lost its connection.
    pub disconnections: u64,
}

/// A place that records go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sink {
    /// Its name.
    pub name: Arc<str>,
    /// How it is, in a word: `working`, `down`.
    pub state: &'static str,
    /// Whether nobody needs to look after it.
    pub is_well: bool,
    /// Records that it has taken.
    pub written: u64,
    /// Records that it could not keep, though it can others.
    pub rejected: u64,
    /// Records that it never took.
    pub dropped: u64,
    /// Records that wait for it.
    pub queued: u64,
    /// Why it did not take what it was given, the last time.
    pub trouble: Option<Arc<str>>,
}

/// A distribution of times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Latency {
    /// How many were measured; the times say nothing where it is zero.
    pub count: u64,
    /// Half of them took at most so long.
    #[serde(serialize_with = "seconds")]
    pub p50: Duration,
    /// All but one in a hundred took at most so long.
    #[serde(serialize_with = "seconds")]
    pub p99: Duration,
}

/// What the workers of a pool do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Workers {
    /// They run a task.
    pub running: usize,
    /// Their task waits for something, such as an answer.
    pub blocked: usize,
    /// They have nothing to do.
    pub idle: usize,
    /// How many there are at most.
    pub most: usize,
}

/// How full a place is where items wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fill {
    /// What it is called: `buffer`, `window`, `spool`. A word of a metric's name.
    pub name: &'static str,
    /// What is counted there.
    pub unit: Unit,
    /// How many are there.
    pub used: u64,
    /// How many there can be.
    pub capacity: Option<u64>,
}

/// What a [`Fill`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Items.
    Items,
    /// Bytes.
    Bytes,
}

/// What holds a run up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bottleneck {
    /// The part of the run that is too slow, in a word: `server`, `disk`. A label of a metric.
    pub part: &'static str,
    /// What was seen of it, and what to do.
    pub text: String,
}

/// Seconds to the microsecond.
pub(crate) fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_micros() as f64 / 1e6)
}
