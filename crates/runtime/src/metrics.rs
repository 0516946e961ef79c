//! How a pool is doing, in figures.

use std::fmt;
use std::time::Duration;

use creel_core::ledger::Ledger;
use hdrhistogram::Histogram;

/// How a pool is doing, in figures; [`ThreadPool::metrics`](crate::ThreadPool::metrics) gives them.
///
/// The times are those of one task in 250 or so, and of all tasks of a pool that was built with
/// [`diagnostics`](crate::Builder::diagnostics).
///
/// ```
/// use creel_runtime::ThreadPool;
///
/// let pool = ThreadPool::builder().diagnostics(true).build()?;
/// for n in 0..10_u64 {
///     pool.submit(move || n * n)?.result()?;
/// }
/// let metrics = pool.metrics();
/// assert_eq!(metrics.ledger.succeeded, 10);
/// assert_eq!(metrics.run_time.count(), 10);
/// assert!(metrics.queue_wait.quantile(0.5) <= metrics.queue_wait.max());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Metrics {
    /// How many tasks are where, at one instant.
    pub ledger: Ledger,
    /// How many tasks were let in beyond the capacity, as [`ThreadPool::overdraft`](crate::ThreadPool::overdraft) says.
    pub overdraft: u64,
    /// From being queued to the first start.
    pub queue_wait: Durations,
    /// What the bodies took that have come to an end; of an async task, all its polls together.
    pub run_time: Durations,
}

/// How long something took, each time that it was measured; kept to one part in a hundred.
#[derive(Clone, Default)]
pub struct Durations(Option<Histogram<u64>>);

impl Durations {
    pub(crate) fn record(&mut self, duration: Duration) {
        let histogram = self.0.get_or_insert_with(empty);
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        // It grows by itself up to 146 years, and what takes longer is not missed.
        let _recorded = histogram.record(nanoseconds);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        if let Some(other) = &other.0 {
            // Both grow by themselves.
            let _added = self.0.get_or_insert_with(empty).add(other);
        }
    }

    /// How many were measured.
    pub fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    /// The time that so large a part of them took at most: 0.5 gives the median. `None` if nothing was measured.
    pub fn quantile(&self, part: f64) -> Option<Duration> {
        self.measured(|histogram| histogram.value_at_quantile(part))
    }

    /// The shortest.
    pub fn min(&self) -> Option<Duration> {
        self.measured(Histogram::min)
    }

    /// The longest.
    pub fn max(&self) -> Option<Duration> {
        self.measured(Histogram::max)
    }

    /// The average.
    pub fn mean(&self) -> Option<Duration> {
        self.measured(|histogram| histogram.mean() as u64)
    }

    fn measured(&self, nanoseconds: impl FnOnce(&Histogram<u64>) -> u64) -> Option<Duration> {
        self.0
            .as_ref()
            .map(|histogram| Duration::from_nanos(nanoseconds(histogram)))
    }
}

impl fmt::Display for Durations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.quantile(0.5), self.quantile(0.99), self.max()) {
            (Some(median), Some(most), Some(max)) => write!(
                f,
                "{} measured: half within {median:.1?}, 99 % within {most:.1?}, all within {max:.1?}",
                self.count()
            ),
            _ => f.write_str("none measured"),
        }
    }
}

impl fmt::Debug for Durations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Durations({self})")
    }
}

fn empty() -> Histogram<u64> {
    Histogram::new(2).expect("two digits are within what a histogram can keep")
}

#[cfg(all(test, not(creel_loom)))]
mod tests {
    use super::*;

    fn durations(milliseconds: impl IntoIterator<Item = u64>) -> Durations {
        let mut durations = Durations::default();
        for each in milliseconds {
            durations.record(Duration::from_millis(each));
        }
        durations
    }

    #[track_caller]
    fn check_near(actual: Option<Duration>, milliseconds: u64) {
        let actual = actual.expect("something was measured");
        let expected = Duration::from_millis(milliseconds);
        let off = actual.abs_diff(expected);
        assert!(off <= expected / 100, "{actual:?} is not {expected:?}");
    }

    #[test]
    fn quantiles_are_those_of_what_was_recorded() {
        let durations = durations(1..=1000);
        assert_eq!(durations.count(), 1000);
        check_near(durations.min(), 1);
        check_near(durations.quantile(0.5), 500);
        check_near(durations.quantile(0.99), 990);
        check_near(durations.max(), 1000);
        check_near(durations.mean(), 500);
    }

    #[test]
    fn what_two_workers_measured_is_added_up() {
        let mut all = durations([1, 2]);
        all.add(&durations([30_000]));
        all.add(&Durations::default());
        assert_eq!(all.count(), 3);
        check_near(all.min(), 1);
        check_near(all.max(), 30_000);
    }

    #[test]
    fn nothing_measured_has_no_quantiles() {
        let none = Durations::default();
        assert_eq!(
            (none.count(), none.quantile(0.5), none.max()),
            (0, None, None)
        );
        assert_eq!(format!("{none:?}"), "Durations(none measured)");
    }

    #[test]
    fn no_time_is_too_short_or_too_long() {
        let mut durations = Durations::default();
        durations.record(Duration::ZERO);
        durations.record(Duration::from_secs(3600 * 24 * 365));
        assert_eq!(durations.count(), 2);
        assert_eq!(durations.min(), Some(Duration::ZERO));
        check_near(durations.max(), 3600 * 24 * 365 * 1000);
    }
}
