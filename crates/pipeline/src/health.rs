//! How a source is, from what was seen of it.

use std::fmt;
use std::time::{Duration, Instant};

/// How a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// It has given nothing so far.
    Opening,
    /// It gives items, as often as it has so far.
    Live,
    /// It is asked, and has been silent for so long: longer than a second, and than four of its usual pauses.
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
    /// It has come to its end, or was told to stop.
    Ended,
    /// It failed, and is not asked any more.
    Gone,
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opening => f.pad("opening"),
            Self::Live => f.pad("live"),
            Self::Stalled { since } => write!(f, "stalled for {:.1} s", since.as_secs_f64()),
            Self::Reconnecting { since, attempts } => {
                let since = since.as_secs_f64();
                write!(f, "reconnecting for {since:.1} s, attempt {attempts}")
            }
            Self::Ended => f.pad("ended"),
            Self::Gone => f.pad("gone"),
        }
    }
}

/// Shorter silences are nothing to speak of.
const SILENCE_MIN: Duration = Duration::from_secs(1);

/// How many of its usual pauses a source may be silent.
const PAUSES: u32 = 4;

/// What was seen of a source; each event comes with its time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse {
    /// Since when it is asked; `None` while whoever asks is busy.
    asked: Option<Instant>,
    gave: Option<Instant>,
    /// The time from one item to the next, smoothed.
    pause: Duration,
    lost: Option<(Instant, u32)>,
    end: Option<End>,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Ended,
    Gone,
}

impl Pulse {
    /// It is asked for the next item.
    pub(crate) fn asked(&mut self, now: Instant) {
        self.asked = Some(now);
    }

    /// It is not asked for a while, which is not its fault.
    pub(crate) fn held(&mut self) {
        self.asked = None;
    }

    /// It gave an item; returns the time since the one before, unless the connection was lost in between.
    pub(crate) fn gave(&mut self, now: Instant) -> Option<Duration> {
        let pause = self
            .gave
            .map(|before| now.saturating_duration_since(before));
        if let Some(pause) = pause {
            self.pause = if self.pause.is_zero() {
                pause
            } else {
                (self.pause * 7 + pause) / 8
            };
        }
        self.gave = Some(now);
        self.lost = None;
        pause
    }

    /// It has lost its connection, and will be asked again for that many times.
    pub(crate) fn disconnected(&mut self, now: Instant, attempts: u32) {
        let since = self.lost.map_or(now, |(since, _)| since);
        self.lost = Some((since, attempts));
        // The pause that ends here is not one of its usual ones.
        self.gave = None;
    }

    /// It is not asked any more: for a failure of its own, or not.
    pub(crate) fn ended(&mut self, failed: bool) {
        self.end = Some(if failed { End::Gone } else { End::Ended });
    }

    /// How it is.
    pub(crate) fn health(&self, now: Instant) -> Health {
        match (self.end, self.lost, self.asked) {
            (Some(End::Ended), ..) => Health::Ended,
            (Some(End::Gone), ..) => Health::Gone,
            (None, Some((since, attempts)), _) => Health::Reconnecting {
                since: now.saturating_duration_since(since),
                attempts,
            },
            (None, None, Some(asked)) => {
                let since = now.saturating_duration_since(asked);
                if since > SILENCE_MIN.max(self.pause * PAUSES) {
                    Health::Stalled { since }
                } else if self.gave.is_none() {
                    Health::Opening
                } else {
                    Health::Live
                }
            }
            (None, None, None) => Health::Live,
        }
    }
}

#[cfg(test)]
mod tests;
