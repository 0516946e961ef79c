//! The attempts at one request.

use std::time::{Duration, Instant};

use super::{Backoff, Trouble};

/// How often one request is sent again, after which pauses, and for how long altogether.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often it is sent again at most after it met nobody. Being throttled does not count, since that is a word to wait,
    /// nor does to be the probe that finds nobody.
    pub retries_max: u32,
    /// The pauses.
    pub backoff: Backoff,
    /// No attempt begins later than this after the first, whatever it waited for.
    pub patience: Duration,
}

impl Retry {
    /// Every failure stands.
    pub const NEVER: Self = Self {
        retries_max: 0,
        backoff: Backoff {
            first: Duration::ZERO,
            longest: Duration::ZERO,
        },
        patience: Duration::ZERO,
    };
}

impl Default for Retry {
    /// Four retries within two minutes.
    fn default() -> Self {
        Self {
            retries_max: 4,
            backoff: Backoff::default(),
            patience: Duration::from_secs(120),
        }
    }
}

/// Whether a request is sent again.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Once this time has come.
    At(Instant),
    /// The failure stands.
    Never,
}

/// The attempts at one request so far.
///
/// ```text
///   begin ──▶ under way ── failed, transient: At ──▶ under way
///                 └─────── failed: Never ──▶ over
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    policy: Retry,
    /// Past it no attempt begins; `None` for a time that never comes.
    end: Option<Instant>,
    failures: u32,
    throttlings: u32,
}

impl Course {
    /// Begins with the first attempt.
    pub fn begin(policy: Retry, now: Instant) -> Self {
        Self {
            policy,
            end: now.checked_add(policy.patience),
            failures: 0,
            throttlings: 0,
        }
    }

    /// When its patience ends; `None` for never.
    pub fn end(&self) -> Option<Instant> {
        self.end
    }

    /// An attempt failed; `draw` is a number drawn evenly from all.
    pub fn failed(mut self, trouble: Trouble, now: Instant, draw: u64) -> (Again, Self) {
        let pause = match trouble {
            Trouble::Final => return (Again::Never, self),
            Trouble::Unreachable | Trouble::Late => {
                self.failures += 1;
                if self.failures > self.policy.retries_max {
                    return (Again::Never, self);
                }
                self.policy.backoff.pause(self.failures, draw)
            }
            Trouble::Throttled(asked) => {
                if self.policy.retries_max == 0 {
                    return (Again::Never, self);
                }
                self.throttlings = self.throttlings.saturating_add(1);
                let pause = self.policy.backoff.pause(self.throttlings, draw);
                // The jitter comes on top, so that those who were sent away together do not come back together.
                asked.map_or(pause, |asked| asked.saturating_add(pause.min(asked / 4)))
            }
        };
        let again = now.checked_add(pause).filter(|when| self.allows(*when));
        (again.map_or(Again::Never, Again::At), self)
    }

    /// An attempt failed that was to find out whether the service is back: it waits for that like the others, and uses up
    /// patience and no retries.
    pub fn probed(self, now: Instant) -> (Again, Self) {
        let again = if self.policy.retries_max > 0 && self.allows(now) {
            Again::At(now)
        } else {
            Again::Never
        };
        (again, self)
    }

    fn allows(&self, when: Instant) -> bool {
        self.end.is_none_or(|end| when < end)
    }
}

#[cfg(test)]
mod tests;
