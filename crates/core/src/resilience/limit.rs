//! How many requests may be in flight.

mod climb;

use std::time::Instant;

use climb::Climb;

/// A cut leaves this part of the limit.
const CUT_DIVISOR: u32 = 2;

/// After a cut the limit grows by this part of itself …
const GROWTH_DIVISOR: u32 = 8;

/// … once this many times as many requests as it allows were answered.
const GROWTH_ROUNDS: u32 = 8;

/// How a limit is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitPolicy {
    /// So many, and fewer only while the service asks for fewer.
    Fixed(u32),
    /// As many as the service makes use of, up to so many.
    Adaptive(u32),
}

/// How many requests may be in flight.
///
/// When the service is overloaded, and says so by throttling or by silence, the limit is halved, once for all requests
/// that were out at the time. It grows again slowly: a service that allows so many requests a minute is then asked for
/// few too many each minute.
///
/// An adaptive limit also looks for the knee, the point from which on more requests in flight bring no more answers:
///
/// ```text
///           doubled while that               a little more, or a little fewer, in turn
///           brings answers                   ┌─────────────┐
///   start ───────▶ Rising ── no more ──▶ Level             Trying
///                                            ▲ └───────────┘
///                     overloaded: halved ────┘   kept if it brings more, or not fewer, answers
/// ```
///
/// The service's own work is the measure, not its latency: a server that works on batches answers later, and more, when
/// it has more to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    current: u32,
    max: u32,
    climb: Option<Climb>,
    /// Counts the cuts.
    round: u32,
    /// Answers since the limit last changed; not used by an adaptive one.
    answers: u32,
}

/// Says before or after which cut of the limit a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent(u32);

impl Limit {
    /// A limit before anything is known of the service.
    pub fn new(policy: LimitPolicy) -> Self {
        let (current, max, climb) = match policy {
            LimitPolicy::Fixed(max) => (max, max, None),
            LimitPolicy::Adaptive(max) => (Climb::FIRST, max, Some(Climb::new())),
        };
        let max = max.max(1);
        Self {
            current: current.clamp(1, max),
            max,
            climb,
            round: 0,
            answers: 0,
        }
    }

    /// How many may be in flight.
    pub fn current(&self) -> u32 {
        self.current
    }

    /// Stamps a request that is sent.
    pub fn stamp(&self) -> Sent {
        Sent(self.round)
    }

    /// The service answered; `filled` tells whether as many were in flight as may be, so that the limit mattered.
    #[must_use]
    pub fn answered(mut self, now: Instant, filled: bool) -> Self {
        match &mut self.climb {
            Some(climb) => self.current = climb.answered(self.current, self.max, now, filled),
            None => self.recover(),
        }
        self
    }

    /// The service has too much to do, as a request that was sent with this stamp tells.
    #[must_use]
    pub fn overloaded(mut self, sent: Sent) -> Self {
        if sent.0 != self.round {
            return self;
        }
        self.round = self.round.wrapping_add(1);
        self.current = (self.current / CUT_DIVISOR).max(1);
        self.answers = 0;
        if let Some(climb) = &mut self.climb {
            climb.cut(self.current);
        }
        self
    }

    fn recover(&mut self) {
        if self.current == self.max {
            return;
        }
        self.answers += 1;
        if self.answers >= self.current.saturating_mul(GROWTH_ROUNDS) {
            self.answers = 0;
            let step = (self.current / GROWTH_DIVISOR).max(1);
            self.current = self.current.saturating_add(step).min(self.max);
        }
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
