//! How full a flow is, and what it waits for.

use super::{Flow, Phase};

/// What holds a flow up at an instant: who, if it were faster, would make the whole faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holdup {
    /// The window has room and nothing waits: the sources give too little.
    Source,
    /// The window has room, and what waits is in the spool or on its way there.
    Spool,
    /// The window has room, and what waits in memory is not taken up.
    Executor,
    /// The window is full, for the most part of what is in flight.
    Flight,
    /// The window is full, for the most part of records that the sinks are behind with.
    Sink,
    /// Nothing more is to come: what is there is finished.
    End,
}

impl Holdup {
    /// Each of them, in the order of [`Strain`](crate::Strain).
    pub const ALL: [Self; 6] = [
        Self::Source,
        Self::Spool,
        Self::Executor,
        Self::Flight,
        Self::Sink,
        Self::End,
    ];

    /// It in a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Spool => "spool",
            Self::Executor => "executor",
            Self::Flight => "flight",
            Self::Sink => "sink",
            Self::End => "end",
        }
    }
}

/// How full the places are where items wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Levels {
    /// The buffer.
    pub buffer: Level,
    /// What waits in memory on its way to the spool.
    pub staged: Level,
    /// What is in flight and awaits the sinks.
    pub window: u64,
    /// The most of that.
    pub window_max: u64,
    /// What waits in the spool alone.
    pub spilled: u64,
    /// How much this run has ever sent there.
    pub spilled_ever: u64,
}

/// How full a place is where items wait in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Level {
    /// Items that wait.
    pub items: u64,
    /// The most of them.
    pub items_max: u64,
    /// Bytes that they hold.
    pub bytes: u64,
    /// The most of them.
    pub bytes_max: u64,
}

impl Level {
    /// The part that is taken, from 0 to 1: of the items or of the bytes, whichever is more.
    pub fn fill(&self) -> f64 {
        let part = |taken: u64, most: u64| taken as f64 / most.max(1) as f64;
        part(self.items, self.items_max)
            .max(part(self.bytes, self.bytes_max))
            .min(1.0)
    }
}

impl<F, R> Flow<F, R> {
    /// What holds the flow up.
    pub fn holdup(&self) -> Holdup {
        if self.held() >= self.settings.window.get() as u64 {
            let sinks_have_work = self.writing.is_some() || self.line.is_next_ready();
            let in_flight = self.sum(|ledger| ledger.in_flight);
            if sinks_have_work && in_flight * 2 < self.held() {
                Holdup::Sink
            } else {
                Holdup::Flight
            }
        } else if self.phase != Phase::Flowing {
            Holdup::End
        } else if !self.buffer.is_empty() {
            Holdup::Executor
        } else if !self.is_in_memory_alone() || self.spill.backlog > 0 {
            Holdup::Spool
        } else if self.sources_open > 0 {
            Holdup::Source
        } else {
            Holdup::End
        }
    }

    /// How full the flow is.
    pub fn levels(&self) -> Levels {
        Levels {
            buffer: self.buffer.level(),
            staged: self.spill.level(),
            window: self.held(),
            window_max: self.settings.window.get() as u64,
            spilled: self.sum(|ledger| ledger.spilled),
            spilled_ever: self.spill.appended,
        }
    }

    /// How many the window holds.
    pub(super) fn held(&self) -> u64 {
        self.sum(|ledger| ledger.in_flight + ledger.awaiting_sink)
    }
}

#[cfg(test)]
mod tests;
