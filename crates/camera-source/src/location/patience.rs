//! How long a live stream may give nothing.

use std::time::Duration;

use super::AddressError;

/// How long a live stream may give nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// From the start of a connection to its first frame.
    pub first: Duration,
    /// From one frame to the next.
    pub stall: Duration,
}

impl Default for Patience {
    /// Ten seconds for the first frame, three for every other.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(10),
            stall: Duration::from_secs(3),
        }
    }
}

impl Patience {
    /// Takes a setting if it is one of these.
    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<bool, AddressError> {
        let duration = match key {
            "first" => &mut self.first,
            "stall" => &mut self.stall,
            _ => return Ok(false),
        };
        *duration = seconds(value).ok_or_else(|| AddressError::Seconds(key.to_owned()))?;
        Ok(true)
    }
}

/// Between a millisecond and a day: whatever is beyond is a slip.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    (0.001..=86_400.0)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}
