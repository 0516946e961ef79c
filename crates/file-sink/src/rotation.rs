//! When a file is closed and another one begun, and what becomes of those that are closed.

use std::num::NonZeroU64;
use std::time::{Duration, Instant};

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

    /// Whether a part of this length is closed before so many bytes that are to come, if its first record is `since` there.
    pub(crate) fn is_due(
        &self,
        length: u64,
        more: u64,
        since: Option<Instant>,
        now: Instant,
    ) -> bool {
        let is_full = |most: u64| length + more > most;
        let is_old = |every: Duration| {
            since.is_some_and(|since| now.saturating_duration_since(since) >= every)
        };
        length > 0 && (self.part_bytes().is_some_and(is_full) || self.every.is_some_and(is_old))
    }

    /// Bytes that closed parts have at most, so that there is room for the one that is written to.
    pub(crate) fn closed_bytes(&self) -> Option<u64> {
        let keep = self.keep?.get();
        Some(keep.saturating_sub(self.part_bytes().unwrap_or(0)))
    }
}

/// The time so long ago; without an end to that, the earliest there is.
pub(crate) fn ago(age: Duration) -> Instant {
    let now = Instant::now();
    now.checked_sub(age).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_closed_when_it_would_be_too_large_or_is_too_old_and_never_an_empty_one() {
        let hour = Duration::from_secs(3_600);
        let rotation = Rotation {
            size: NonZeroU64::new(100),
            every: Some(hour),
            ..Rotation::default()
        };
        let since = Instant::now();
        let moment = Duration::from_nanos(1);
        for (length, more, age, is_due) in [
            (60, 40, hour - moment, false),
            (60, 41, Duration::ZERO, true),
            (1, 1, hour, true),
            (0, 200, hour, false),
        ] {
            let found = rotation.is_due(length, more, Some(since), since + age);
            assert_eq!(found, is_due, "{length} and {more} bytes after {age:?}");
        }
        assert!(!rotation.is_due(60, 40, None, since + hour));
        assert!(!Rotation::default().is_due(60, u64::MAX - 60, Some(since), since + hour));
    }
}
