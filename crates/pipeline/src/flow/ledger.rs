//! The counts that always add up.

use std::fmt;
use std::iter::Sum;
use std::ops::AddAssign;

/// Why an item came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// The buffer had no room for it.
    BufferFull,
    /// A later item took its place, as [`Policy::Latest`](super::Policy::Latest) asks.
    Superseded,
    /// The run was interrupted before its turn came.
    Interrupted,
    /// A sink broke before its record was written.
    SinkFailed,
    /// A sink refused its record, and only that.
    SinkRejected,
    /// The spool had no room for it.
    SpoolFull,
    /// The spool did not take it in time: as many waited for that as may.
    SpoolBehind,
    /// The spool could not keep it, or not give it back.
    SpoolFailed,
    /// The disk that the spool lies on had no room for it.
    DiskFull,
}

impl DropReason {
    /// Every reason, in the order of [`Drops`].
    pub const ALL: [Self; 9] = [
        Self::BufferFull,
        Self::Superseded,
        Self::Interrupted,
        Self::SinkFailed,
        Self::SinkRejected,
        Self::SpoolFull,
        Self::SpoolBehind,
        Self::SpoolFailed,
        Self::DiskFull,
    ];

    /// The reason in words, for a record or a status line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BufferFull => "buffer full",
            Self::Superseded => "superseded",
            Self::Interrupted => "interrupted",
            Self::SinkFailed => "sink failed",
            Self::SinkRejected => "sink rejected",
            Self::SpoolFull => "spool full",
            Self::SpoolBehind => "spool too slow",
            Self::SpoolFailed => "spool failed",
            Self::DiskFull => "disk full",
        }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How many items were dropped, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops([u64; DropReason::ALL.len()]);

impl Drops {
    /// One more was dropped.
    pub(super) const fn count(&mut self, reason: DropReason) {
        self.0[reason as usize] += 1;
    }

    /// So many more were dropped.
    pub(super) const fn count_many(&mut self, reason: DropReason, count: u64) {
        self.0[reason as usize] += count;
    }

    /// How many were dropped for this reason.
    pub const fn of(&self, reason: DropReason) -> u64 {
        self.0[reason as usize]
    }

    /// How many were dropped for any reason.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Each reason with its count, also where that is zero.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        DropReason::ALL
            .into_iter()
            .map(|reason| (reason, self.of(reason)))
    }
}

impl AddAssign for Drops {
    fn add_assign(&mut self, other: Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }
}

/// Where every item is, each term counted at its own event.
///
/// Two equations hold at every instant; [`adds_up`](Ledger::adds_up) checks both:
///
/// ```text
/// captured + recovered = answered + failed + dropped + known + spilled + buffered + in_flight + awaiting_sink
/// answered + failed + dropped = recorded + unrecorded + notices
/// ```
///
/// The sum of the ledgers of a run's sources is the ledger of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ledger {
    /// Items that a source gave, or failed to read.
    pub captured: u64,
    /// Items that earlier runs had left in the spool.
    pub recovered: u64,
    /// Items that were answered and whose record the sinks took.
    pub answered: u64,
    /// Items that failed: their record the sinks took, or they could not be read, or not be recorded.
    pub failed: u64,
    /// Items that came to nothing, counted when that was decided.
    pub dropped: Drops,
    /// Items out of the spool of which the sinks had a record of an earlier run.
    pub known: u64,
    /// Items that wait in the spool alone; at the end of a run, for a later one.
    pub spilled: u64,
    /// Items that wait for their turn in memory.
    pub buffered: u64,
    /// Items that were submitted and are neither answered nor failed.
    pub in_flight: u64,
    /// Items that were answered or failed and whose record is still to be written.
    pub awaiting_sink: u64,
    /// Records that the sinks took.
    pub recorded: u64,
    /// Items that are over without a record in the sinks.
    pub unrecorded: u64,
    /// Records still to be written of items that never were in flight: dropped, or unreadable.
    pub notices: u64,
}

impl Ledger {
    /// The sum of all the places where an item can be.
    pub fn accounted(&self) -> u64 {
        let waiting = self.spilled + self.buffered + self.in_flight + self.awaiting_sink;
        self.over() + self.known + waiting
    }

    /// Items that are answered, failed or dropped for good.
    pub fn over(&self) -> u64 {
        self.answered + self.failed + self.dropped.total()
    }

    /// Whether every item is in exactly one place, and every one that is over has had its record.
    pub fn adds_up(&self) -> bool {
        self.captured + self.recovered == self.accounted()
            && self.over() == self.recorded + self.unrecorded + self.notices
    }
}

impl AddAssign for Ledger {
    fn add_assign(&mut self, other: Self) {
        self.captured += other.captured;
        self.recovered += other.recovered;
        self.answered += other.answered;
        self.failed += other.failed;
        self.dropped += other.dropped;
        self.known += other.known;
        self.spilled += other.spilled;
        self.buffered += other.buffered;
        self.in_flight += other.in_flight;
        self.awaiting_sink += other.awaiting_sink;
        self.recorded += other.recorded;
        self.unrecorded += other.unrecorded;
        self.notices += other.notices;
    }
}

impl Sum for Ledger {
    fn sum<I: Iterator<Item = Self>>(ledgers: I) -> Self {
        ledgers.fold(Self::default(), |mut sum, ledger| {
            sum += ledger;
            sum
        })
    }
}

impl fmt::Display for Ledger {
    /// The first equation, without the terms that are zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "captured {}", self.captured)?;
        if self.recovered > 0 {
            write!(f, " + recovered {}", self.recovered)?;
        }
        write!(f, " = answered {} + failed {}", self.answered, self.failed)?;
        for (reason, count) in self.dropped.iter().filter(|(_, count)| *count > 0) {
            write!(f, " + dropped {count} ({reason})")?;
        }
        let waiting = [
            ("known", self.known),
            ("spilled", self.spilled),
            ("buffered", self.buffered),
            ("in flight", self.in_flight),
            ("awaiting sink", self.awaiting_sink),
        ];
        for (name, count) in waiting.into_iter().filter(|(_, count)| *count > 0) {
            write!(f, " + {name} {count}")?;
        }
        Ok(())
    }
}
