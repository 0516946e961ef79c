//! When a file is closed and another one begun, and what becomes of those that are closed.

use std::num::NonZeroU64;
use std::time::Duration;

/// When a file is closed and another one begun, and what becomes of those that are closed; without a choice, nothing is.
///
/// A file that is closed is a *part*: `results.jsonl` becomes `results.000001.jsonl`, and records go on in a file called
/// `results.jsonl`. A part is durable before the next one is begun, and begins and ends with a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Bytes that a part has at most, unless a single record is larger.
    pub size: Option<NonZeroU64>,
    /// How long a part is written to at most, counted from its first record; one that gets no more records is not closed.
    pub every: Option<Duration>,
    /// Whether parts are compressed with zstd, which the feature `zstd` brings; a thread of its own does it.
    ///
    /// A sink that is dropped waits for one part at most: the others are compressed when the file is opened again.
    pub compress: bool,
    /// Bytes that all parts have at most, together with the file that is written to; the oldest are removed.
    ///
    /// The same thread does it, just after a part was closed. Without a [`size`](Self::size) a part has a tenth of it at most.
    pub keep: Option<NonZeroU64>,
}

/// A part has this share of what is kept, unless it is said.
const PARTS_KEPT: u64 = 10;

impl Rotation {
    /// Whether anything is asked for.
    pub fn is_asked_for(&self) -> bool {
        *self != Self::default()
    }

    /// Bytes that a part has at most.
    pub fn part_bytes(&self) -> Option<u64> {
        let share = self.keep.map(|keep| (keep.get() / PARTS_KEPT).max(1));
        self.size.map(NonZeroU64::get).or(share)
    }

    /// Bytes that closed parts have at most, so that there is room for the one that is written to.
    pub(crate) fn closed_bytes(&self) -> Option<u64> {
        let keep = self.keep?.get();
        Some(keep.saturating_sub(self.part_bytes().unwrap_or(0)))
    }
}
