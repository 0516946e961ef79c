//! When pictures were taken, told from the driver's time stamps.

use std::time::{Duration, Instant};

use crate::Moment;

/// Puts the time stamps of a device on both of our clocks, and never goes back.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timeline {
    last: Option<Instant>,
}

impl Timeline {
    /// The moment that lies `age` before `now`, but not before the one that was told last.
    pub(super) fn place(&mut self, now: Moment, age: Duration) -> Moment {
        let taken = now.monotonic.checked_sub(age).unwrap_or(now.monotonic);
        let monotonic = self.last.map_or(taken, |last| last.max(taken));
        self.last = Some(monotonic);
        let age = now.monotonic.saturating_duration_since(monotonic);
        Moment {
            wall: now.wall - age,
            monotonic,
        }
    }
}

/// How old a picture is by its stamp and the same clock's time, each since that clock's start.
///
/// A stamp that lies ahead, or so far back that it cannot be of this clock, is taken for no stamp: the picture is as
/// old as it is told.
pub(super) fn age(now: Duration, stamp: Duration) -> Duration {
    now.checked_sub(stamp)
        .filter(|age| *age < OLDEST)
        .unwrap_or(Duration::ZERO)
}

/// Buffers are few, and even a camera of one picture a minute fills them sooner.
const OLDEST: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Timeline, age};
    use crate::Moment;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_picture_was_taken_its_age_ago_by_both_clocks() {
        let now = Moment::now();
        let taken = Timeline::default().place(now, SECOND);
        assert_eq!(taken.monotonic, now.monotonic - SECOND);
        assert_eq!(taken.wall, now.wall - SECOND);
    }

    #[test]
    fn time_never_goes_back_whatever_the_stamps_say() {
        let now = Moment::now();
        let mut timeline = Timeline::default();
        let first = timeline.place(now, SECOND);
        assert_eq!(timeline.place(now, 5 * SECOND), first);
        assert_eq!(timeline.place(now, Duration::ZERO), now);
        assert_eq!(timeline.place(now, SECOND), now);
    }

    #[test]
    fn a_stamp_of_another_clock_is_no_stamp() {
        assert_eq!(age(10 * SECOND, 8 * SECOND), 2 * SECOND);
        assert_eq!(age(10 * SECOND, 11 * SECOND), Duration::ZERO);
        assert_eq!(age(90_000 * SECOND, Duration::ZERO), Duration::ZERO);
    }
}
