//! When the next frame of a paced camera is due.

use std::time::{Duration, Instant};

/// The ticks of a camera: tick `n` is due `n / fps` seconds after the first.
///
/// The schedule is absolute: a late tick delays none of those behind it, so that the rate does not drift.
/// Ticks that were due while nobody asked are skipped, all but the last, as a driver overwrites pictures that
/// nobody fetched.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    fps: f64,
    start: Option<Instant>,
    next: u64,
}

impl Pace {
    /// A pace of `fps` frames per second, finite and above zero. The first tick is due at once.
    pub(crate) fn new(fps: f64) -> Self {
        Self {
            fps,
            start: None,
            next: 0,
        }
    }

    /// What to do at `now`.
    pub(crate) fn tick(&mut self, now: Instant) -> Tick {
        let start = *self.start.get_or_insert(now);
        let due = self.due(start, self.next);
        if now < due {
            return Tick::Wait(due);
        }
        let sequence = self.latest(start, now);
        self.next = sequence + 1;
        Tick::Take { sequence }
    }

    fn due(&self, start: Instant, tick: u64) -> Instant {
        start + Duration::from_secs_f64(tick as f64 / self.fps)
    }

    /// The last tick that is due at `now`, whatever rounding says.
    fn latest(&self, start: Instant, now: Instant) -> u64 {
        let guess = ((now - start).as_secs_f64() * self.fps) as u64;
        let low = guess.saturating_sub(1);
        (low..=guess + 1)
            .rev()
            .find(|&tick| self.due(start, tick) <= now)
            .unwrap_or(low)
    }
}

/// What a paced camera does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Tick {
    /// Take the frame of this tick.
    Take {
        /// Counts the ticks from 0; a gap is what was skipped.
        sequence: u64,
    },
    /// Nothing is due before this.
    Wait(Instant),
}

#[cfg(test)]
mod tests;
