//! A workload: who takes part, in which unit, and where Creel must stand.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::allocator::Allocator;
use crate::foreign::Foreign;
use crate::goal::Goal;
use crate::meter::Effort;

/// How a peer is called that is Creel with its defaults. Other ways to use Creel begin with the same word.
pub(crate) const CREEL: &str = "creel";
/// Creel with every task measured.
pub(crate) const DIAGNOSED: &str = "creel, diagnostics";
/// A thread for each task.
pub(crate) const THREADS: &str = "std::thread";
/// What no pool can be faster than, played beside the peers.
pub(crate) const LIMIT: &str = "limit";

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
    pub(crate) play: Play,
}

/// Where a workload is played.
#[derive(Clone, Copy)]
pub(crate) enum Play {
    /// In a process of this program.
    Here(fn(u64) -> Played),
    /// In another language.
    Elsewhere(Foreign),
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
    Microseconds,
    Milliseconds,
    BytesPerTask,
    WakeUps,
    PercentStranded,
    MicrosecondsOfCpu,
    TimesTheSockets,
}

impl Workload {
    /// The contestant of this name.
    pub(crate) fn contestant(&self, peer: &str) -> Option<&'static Contestant> {
        self.contestants
            .iter()
            .find(|contestant| contestant.peer == peer)
    }

    /// How often a peer plays it at most: what cannot vary need not be seen again and again.
    pub(crate) fn most_repetitions(&self) -> usize {
        match self.unit {
            Unit::WakeUps | Unit::BytesPerTask | Unit::PercentStranded => 3,
            _ => usize::MAX,
        }
    }

    pub(crate) fn size(&self, quick: bool) -> u64 {
        if quick {
            self.sizes.quick
        } else {
            self.sizes.full
        }
    }
}

impl Contestant {
    pub(crate) const fn new(peer: &'static str, play: fn(u64) -> Played) -> Self {
        Self {
            peer,
            play: Play::Here(play),
        }
    }

    pub(crate) const fn python() -> Self {
        Self::elsewhere("Python", Foreign::Python)
    }

    pub(crate) const fn java_thread_pool() -> Self {
        Self::elsewhere("Java ThreadPoolExecutor", Foreign::JavaThreadPoolExecutor)
    }

    pub(crate) const fn java_fork_join() -> Self {
        Self::elsewhere("Java ForkJoinPool", Foreign::JavaForkJoinPool)
    }

    const fn elsewhere(peer: &'static str, foreign: Foreign) -> Self {
        Self {
            peer,
            play: Play::Elsewhere(foreign),
        }
    }

    /// Whether it plays on an allocator: those of other languages have their own, and play once.
    pub(crate) fn plays_on(&self, allocator: Allocator) -> bool {
        match self.play {
            Play::Here(_) => true,
            Play::Elsewhere(_) => allocator == Allocator::Glibc,
        }
    }

    /// Whether what it needs is there.
    pub(crate) fn is_installed(&self) -> bool {
        match self.play {
            Play::Here(_) => true,
            Play::Elsewhere(foreign) => foreign.version().is_some(),
        }
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

    /// A sample whose value is its time, in milliseconds.
    pub(crate) fn in_all(operations: u64, effort: Effort) -> Self {
        Self {
            value: effort.seconds * 1e3,
            operations,
            effort,
        }
    }

    /// The processor time of each operation, in nanoseconds.
    pub(crate) fn cpu_ns(&self) -> f64 {
        self.effort.cpu_seconds * 1e9 / self.operations as f64
    }

    /// What two cores would need that share this work evenly, for nothing.
    pub(crate) fn shared_by_two(self) -> Self {
        Self {
            value: self.value / 2.0,
            ..self
        }
    }
}

/// Whether this is Creel, in whatever way it is used.
pub(crate) fn is_creel(peer: &str) -> bool {
    peer.starts_with(CREEL)
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NanosecondsPerTask => "ns per task",
            Self::Nanoseconds => "ns",
            Self::Microseconds => "µs",
            Self::Milliseconds => "ms",
            Self::BytesPerTask => "bytes per task",
            Self::WakeUps => "wake-ups",
            Self::PercentStranded => "% stranded",
            Self::MicrosecondsOfCpu => "CPU µs per request",
            Self::TimesTheSockets => "of the sockets' time",
        })
    }
}
