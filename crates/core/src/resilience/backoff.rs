//! Pauses between attempts.

use std::time::Duration;

/// Pauses that grow, at random below a ceiling that doubles: exponential back-off with full jitter.
///
/// Those who failed together do not come back together.
///
/// ```
/// use std::time::Duration;
/// use creel_core::resilience::Backoff;
///
/// let backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(5) };
/// assert_eq!(backoff.ceiling(1), Duration::from_millis(100));
/// assert_eq!(backoff.ceiling(3), Duration::from_millis(400));
/// assert_eq!(backoff.ceiling(30), Duration::from_secs(5));
/// assert_eq!(backoff.pause(3, u64::MAX / 2), Duration::from_millis(200));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The ceiling of the first pause.
    pub first: Duration,
    /// No ceiling is higher.
    pub longest: Duration,
}

impl Backoff {
    /// The longest pause before a retry, counted from one.
    pub fn ceiling(&self, retry: u32) -> Duration {
        let doublings = retry.saturating_sub(1);
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }

    /// The pause before a retry; `draw` is a number drawn evenly from all.
    pub fn pause(&self, retry: u32, draw: u64) -> Duration {
        let share = draw as f64 / u64::MAX as f64;
        // Rounding may not take it beyond the ceiling, and a ceiling near the end of time not into a panic.
        let pause = self.ceiling(retry).as_secs_f64() * share;
        Duration::try_from_secs_f64(pause)
            .unwrap_or(self.longest)
            .min(self.ceiling(retry))
    }
}

impl Default for Backoff {
    /// From 100 ms to 10 s.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_millis(10),
        longest: Duration::from_millis(65),
    };

    #[test]
    fn the_ceiling_doubles_up_to_the_longest() {
        let ceilings: Vec<_> = [0, 1, 2, 3, 4, 40, u32::MAX]
            .map(|retry| BACKOFF.ceiling(retry).as_millis())
            .into();
        assert_eq!(ceilings, [10, 10, 20, 40, 65, 65, 65]);
    }

    #[test]
    fn a_pause_lies_anywhere_below_the_ceiling() {
        assert_eq!(BACKOFF.pause(3, 0), Duration::ZERO);
        assert_eq!(BACKOFF.pause(3, u64::MAX / 4), Duration::from_millis(10));
        assert_eq!(BACKOFF.pause(3, u64::MAX), Duration::from_millis(40));
    }

    #[test]
    fn an_endless_pause_is_no_panic() {
        let endless = Backoff {
            first: Duration::MAX,
            longest: Duration::MAX,
        };
        assert_eq!(endless.pause(1, u64::MAX), Duration::MAX);
        assert!(endless.pause(1, u64::MAX / 2) > Duration::from_secs(1 << 60));
    }
}
