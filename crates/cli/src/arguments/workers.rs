//! How many requests are in flight.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use creel_core::resilience::LimitPolicy;

/// How many requests are in flight at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workers {
    /// As many as the server makes use of.
    Auto,
    Count(NonZeroU32),
}

impl Workers {
    /// What is tried without a choice.
    const AUTO_MAX: u32 = 256;

    /// The most that there can be.
    pub(crate) fn most(self) -> NonZeroU32 {
        match self {
            Self::Auto => NonZeroU32::new(Self::AUTO_MAX).expect("256 is not zero"),
            Self::Count(count) => count,
        }
    }

    pub(crate) fn limit(self) -> LimitPolicy {
        match self {
            Self::Auto => LimitPolicy::Adaptive(Self::AUTO_MAX),
            Self::Count(count) => LimitPolicy::Fixed(count.get()),
        }
    }
}

impl FromStr for Workers {
    type Err = NoWorkers;

    fn from_str(text: &str) -> Result<Self, NoWorkers> {
        match text {
            "auto" => Ok(Self::Auto),
            count => count.parse().map(Self::Count).map_err(|_| NoWorkers),
        }
    }
}

impl fmt::Display for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Count(count) => count.fmt(f),
        }
    }
}

/// A text that says no number of workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoWorkers;

impl fmt::Display for NoWorkers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number of workers is at least 1, or `auto`")
    }
}

impl std::error::Error for NoWorkers {}
