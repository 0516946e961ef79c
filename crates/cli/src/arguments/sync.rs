//! When what is on disk is safe from a power failure.

use std::str::FromStr;
use std::time::Duration;

use super::duration;

/// When what is on disk is safe from a power failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyncWhen {
    Never,
    Every(Duration),
    Each,
}

impl FromStr for SyncWhen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "never" => Ok(Self::Never),
            "each" => Ok(Self::Each),
            time => duration(time)
                .map(Self::Every)
                .map_err(|error| format!("`never`, `each`, or a time: {error}")),
        }
    }
}
