//! A rate that is kept.

use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::{Duration, Instant};

use thiserror::Error;

/// The most that may go out in a time, spread evenly: the generic cell rate algorithm, which is one instant.
///
/// What is counted is the caller's: requests, or tokens, of which a request has many. One that costs more than all that
/// is saved up goes out, and those behind it wait until that is paid for, so that none is too large to be sent.
///
/// ```
/// use std::time::{Duration, Instant};
/// use creel_core::resilience::Rate;
///
/// let now = Instant::now();
/// let rate: Rate = "120/min".parse()?;
/// let (first, rate) = rate.take(1, now);
/// let (second, _) = rate.take(1, now);
/// assert_eq!(first, Ok(()));
/// assert_eq!(second, Err(now + Duration::from_millis(500)));
/// # Ok::<(), creel_core::resilience::RateError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: NonZeroU64,
    time: Duration,
    /// What was unused may be made up for by as much as this time gives.
    slack: Duration,
    /// When what went out so far is paid for.
    due: Option<Instant>,
}

impl Rate {
    /// So many in a time, one after the other.
    pub fn new(count: NonZeroU64, time: Duration) -> Self {
        Self {
            count,
            time,
            slack: Duration::ZERO,
            due: None,
        }
    }

    /// The same rate, where so long a silence may be made up for at once.
    #[must_use]
    pub fn with_slack(self, slack: Duration) -> Self {
        Self { slack, ..self }
    }

    /// Takes `cost` out at this time, or tells when to ask again.
    pub fn take(mut self, cost: u64, now: Instant) -> (Result<(), Instant>, Self) {
        let due = self.due.unwrap_or(now);
        // What lies further back than the slack is lost.
        let due = now
            .checked_sub(self.slack)
            .map_or(due, |back| due.max(back));
        if due > now {
            return (Err(due), self);
        }
        let price = self.time.as_secs_f64() * cost as f64 / self.count.get() as f64;
        let price = Duration::try_from_secs_f64(price).unwrap_or(Duration::MAX);
        self.due = Some(due.checked_add(price).unwrap_or(now + Self::AGES));
        (Ok(()), self)
    }

    /// Longer than anybody waits.
    const AGES: Duration = Duration::from_secs(365 * 24 * 3600);
}

impl FromStr for Rate {
    type Err = RateError;

    /// Reads `10/s`, `600/min` or `5000/h`.
    fn from_str(text: &str) -> Result<Self, RateError> {
        let (count, unit) = text.split_once('/').ok_or(RateError)?;
        let seconds = match unit.trim() {
            "s" | "sec" | "second" => 1,
            "m" | "min" | "minute" => 60,
            "h" | "hour" => 3600,
            _ => return Err(RateError),
        };
        let count = count.trim().parse().map_err(|_| RateError)?;
        Ok(Self::new(count, Duration::from_secs(seconds)))
    }
}

/// A text that is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a rate is a whole number in a time, as in 10/s, 600/min or 5000/h")]
pub struct RateError;

#[cfg(test)]
mod tests;
