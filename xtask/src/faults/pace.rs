//! How many answers come in a time.

use std::time::Duration;

/// What a rate is taken over where it is looked for.
const WINDOW: Duration = Duration::from_millis(500);
/// How far apart two looks are.
const STEP: Duration = Duration::from_millis(50);

/// When answers came, counted from one beginning.
pub(super) struct Pace {
    answers: Vec<Duration>,
}

impl Pace {
    pub(super) fn new(mut answers: Vec<Duration>) -> Self {
        answers.sort_unstable();
        Self { answers }
    }

    /// When the last one came.
    pub(super) fn end(&self) -> Duration {
        self.answers.last().copied().unwrap_or_default()
    }

    /// Answers a second between two times.
    pub(super) fn rate(&self, from: Duration, until: Duration) -> f64 {
        let before = |time| self.answers.partition_point(|answer| *answer < time);
        let span = until.saturating_sub(from).as_secs_f64();
        if span > 0.0 {
            (before(until) - before(from)) as f64 / span
        } else {
            0.0
        }
    }

    /// The first time from then on at which so many come a second.
    pub(super) fn reaches(&self, rate: f64, from: Duration) -> Option<Duration> {
        let mut at = from;
        while at + WINDOW <= self.end() {
            if self.rate(at, at + WINDOW) >= rate {
                return Some(at);
            }
            at += STEP;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// A hundred a second, but for a gap of two seconds.
    fn with_a_gap() -> Pace {
        let answers = (0..600).map(|number| millis(number * 10));
        Pace::new(
            answers
                .filter(|at| *at < millis(2_000) || *at >= millis(4_000))
                .collect(),
        )
    }

    #[test]
    fn a_rate_is_that_of_its_time() {
        let pace = with_a_gap();
        assert_eq!(pace.rate(millis(0), millis(2_000)), 100.0);
        assert_eq!(pace.rate(millis(2_000), millis(4_000)), 0.0);
        assert_eq!(pace.rate(millis(1_000), millis(3_000)), 50.0);
        assert_eq!(pace.rate(millis(1_000), millis(1_000)), 0.0);
    }

    #[test]
    fn a_rate_is_reached_where_it_begins() {
        let pace = with_a_gap();
        assert_eq!(pace.reaches(90.0, millis(0)), Some(millis(0)));
        assert_eq!(pace.reaches(90.0, millis(2_000)), Some(millis(3_950)));
        assert_eq!(pace.reaches(101.0, millis(0)), None);
    }
}
