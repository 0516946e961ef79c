//! How a source is.

use std::fmt;
use std::time::Duration;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// How a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It has given nothing so far.
    Opening,
    /// It gives items.
    Live,
    /// It has been silent for longer than it should be.
    Stalled {
        /// The time since it was asked.
        since: Duration,
    },
    /// It has lost its connection.
    Reconnecting {
        /// The time since it did.
        since: Duration,
        /// How often it was asked again.
        attempts: u32,
    },
    /// It has come to its end.
    Ended,
    /// It failed, and is not asked any more.
    Gone,
}

impl Health {
    /// The word for each, as a label of a metric.
    pub(crate) const WORDS: [&str; 6] = [
        "opening",
        "live",
        "stalled",
        "reconnecting",
        "ended",
        "gone",
    ];

    /// That word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Live => "live",
            Self::Stalled { .. } => "stalled",
            Self::Reconnecting { .. } => "reconnecting",
            Self::Ended => "ended",
            Self::Gone => "gone",
        }
    }

    /// Whether nobody needs to look after it: it gives items, is about to, or has given all it had.
    pub const fn is_well(self) -> bool {
        matches!(self, Self::Opening | Self::Live | Self::Ended)
    }

    /// For how long it has given nothing, where that is not as it should be.
    pub const fn silence(self) -> Duration {
        match self {
            Self::Stalled { since } | Self::Reconnecting { since, .. } => since,
            _ => Duration::ZERO,
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stalled { since } => write!(f, "stalled for {:.1} s", since.as_secs_f64()),
            Self::Reconnecting { since, attempts } => {
                let since = since.as_secs_f64();
                write!(f, "reconnecting for {since:.1} s, attempt {attempts}")
            }
            _ => f.pad(self.word()),
        }
    }
}

impl Serialize for Health {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Health", 3)?;
        fields.serialize_field("word", self.word())?;
        fields.serialize_field("is_well", &self.is_well())?;
        fields.serialize_field("text", &self.to_string())?;
        fields.end()
    }
}
