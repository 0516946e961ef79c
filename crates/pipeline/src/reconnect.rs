//! How long to be patient with a source that lost its connection.

use std::time::Duration;

use creel_core::resilience::Backoff;

/// How often a source that lost its connection is asked again, and after which pauses.
///
/// Each pause is twice the one before, up to the longest; an item in between starts the count anew.
///
/// ```
/// use std::time::Duration;
/// use creel_pipeline::Reconnect;
///
/// let reconnect = Reconnect::default();
/// assert_eq!(reconnect.pause(1), Duration::from_millis(100));
/// assert_eq!(reconnect.pause(3), Duration::from_millis(400));
/// assert_eq!(reconnect.pause(30), Duration::from_secs(5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconnect {
    /// How often it is asked again before it is given up.
    pub attempts: u32,
    /// The same as long as it has given nothing: it may not be there at all.
    pub attempts_at_first: u32,
    /// The pause before the first attempt.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
}

impl Reconnect {
    /// The pause before an attempt, counted from one.
    pub fn pause(&self, attempt: u32) -> Duration {
        let backoff = Backoff {
            first: self.first,
            longest: self.longest,
        };
        backoff.ceiling(attempt)
    }
}

impl Default for Reconnect {
    /// Ten attempts within half a minute.
    fn default() -> Self {
        Self {
            attempts: 10,
            attempts_at_first: 10,
            first: Duration::from_millis(100),
            longest: Duration::from_secs(5),
        }
    }
}
