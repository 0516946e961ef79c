//! A workload: who takes part, in which unit, and where Creel must stand.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::meter::Effort;

/// How a peer is called that is Creel with its defaults.
pub(crate) const CREEL: &str = "creel";
/// How Creel is called with every task measured: shown, and never compared.
pub(crate) const DIAGNOSED: &str = "creel, diagnostics";

/// The same work given to several pools.
pub(crate) struct Workload {
    /// As in `docs/performance.md`.
    pub(crate) name: &'static str,
    /// What is done, in one line.
    pub(crate) title: &'static str,
    pub(crate) unit: Unit,
    pub(crate) sizes: Sizes,
    pub(crate) contestants: &'static [Contestant],
    pub(crate) goals: &'static [Goal],
}

/// How much is done in a sample; what it counts is the workload's own.
pub(crate) struct Sizes {
    pub(crate) full: u64,
    pub(crate) quick: u64,
}

/// A pool and how it plays the workload.
pub(crate) struct Contestant {
    pub(crate) peer: &'static str,
    pub(crate) play: fn(u64) -> Played,
}

/// What a sample came to.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Played {
    /// In the workload's unit; less is better in all of them.
    pub(crate) value: f64,
    /// How many operations the effort was for.
    pub(crate) operations: u64,
    pub(crate) effort: Effort,
}

/// What a value is counted in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unit {
    NanosecondsPerTask,
    Nanoseconds,
    Milliseconds,
}

/// Where Creel must stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    /// The most that Creel may take of what the other takes.
    pub(crate) factor: f64,
    pub(crate) other: Other,
}

/// Whom Creel is compared with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Other {
    /// Whichever peer is the fastest in this run.
    FastestPeer,
    Peer(&'static str),
}

impl Workload {
    /// The contestant of this name.
    pub(crate) fn contestant(&self, peer: &str) -> Option<&'static Contestant> {
        self.contestants
            .iter()
            .find(|contestant| contestant.peer == peer)
    }
}

impl Contestant {
    pub(crate) const fn new(peer: &'static str, play: fn(u64) -> Played) -> Self {
        Self { peer, play }
    }
}

impl Played {
    /// A sample whose value is its time for each operation, in nanoseconds.
    pub(crate) fn per_operation(operations: u64, effort: Effort) -> Self {
        Self {
            value: effort.seconds * 1e9 / operations as f64,
            operations,
            effort,
        }
    }
}

impl Goal {
    pub(crate) const fn against(factor: f64, peer: &'static str) -> Self {
        Self {
            factor,
            other: Other::Peer(peer),
        }
    }

    pub(crate) const fn against_fastest(factor: f64) -> Self {
        Self {
            factor,
            other: Other::FastestPeer,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let other = match self.other {
            Other::FastestPeer => "the fastest peer",
            Other::Peer(name) => name,
        };
        if self.factor == 1.0 {
            write!(f, "≤ {other}")
        } else {
            write!(f, "≤ {} × {other}", self.factor)
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NanosecondsPerTask => "ns per task",
            Self::Nanoseconds => "ns",
            Self::Milliseconds => "ms",
        })
    }
}
