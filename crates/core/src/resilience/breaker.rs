//! Whether a service that seems to be gone is asked at all.

use std::time::{Duration, Instant};

/// When a breaker opens, and how it finds out that the service is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// It opens after so many failures without an answer between them; zero keeps it closed.
    pub failures: u32,
    /// How long after it opened the first probe goes out; each pause after that is twice as long.
    pub pause: Duration,
    /// No pause is longer: the service that came back is found after this time at most.
    pub pause_max: Duration,
    /// Requests are held back for so long after it opened, and refused after that.
    pub patience: Duration,
}

impl Default for BreakerPolicy {
    /// Five failures, probes after half a second to two seconds, a minute of patience.
    fn default() -> Self {
        Self {
            failures: 5,
            pause: Duration::from_millis(500),
            pause_max: Duration::from_secs(2),
            patience: Duration::from_secs(60),
        }
    }
}

/// What becomes of a request that wants to go out.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It goes, and tells with this what came of it.
    Go(Pass),
    /// It waits, and asks again at that time or once the breaker has closed.
    Hold(Instant),
    /// It does not go: the service has been gone for too long, or never was there.
    Refuse,
}

/// Says under which opening or closing of the breaker a request went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    round: u32,
    is_probe: bool,
}

impl Pass {
    /// Whether the request is to find out if the service is back.
    pub const fn is_probe(self) -> bool {
        self.is_probe
    }
}

/// How a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Requests go out.
    Closed,
    /// None goes out until the next probe.
    Open,
    /// A probe is out.
    HalfOpen,
}

/// Keeps requests from a service that seems to be gone, and finds out when it is back.
///
/// A probe is a request like any other, the next in line. While one is out, others follow it after each pause, since a
/// service that hangs lets a probe wait for as long as a request may take.
///
/// ```text
///             failures in a row                pause is over
///   Closed ────────────────────▶ Open ──────────────────────────▶ HalfOpen ─┐ pause is over
///     ▲                           ▲ │                               │  │ ▲──┘ (another probe)
///     │                           └─┼────── the probe failed ───────┘  │
///     └──────── an answer ──────────┴───────────────────────────────────┘
/// ```
///
/// What was sent before the breaker last opened or closed may still fail, which says nothing of the time since; an answer is
/// proof of life, whenever it was asked for. A service that has never answered is not waited for: its requests are
/// refused while the breaker is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    policy: BreakerPolicy,
    phase: Phase,
    /// Counts the openings and closings.
    round: u32,
    has_answered: bool,
    openings: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed {
        failures: u32,
    },
    Broken {
        since: Instant,
        probe_at: Instant,
        pause: Duration,
        is_probed: bool,
    },
}

impl Breaker {
    /// A closed breaker.
    pub const fn new(policy: BreakerPolicy) -> Self {
        Self {
            policy,
            phase: Phase::Closed { failures: 0 },
            round: 0,
            has_answered: false,
            openings: 0,
        }
    }

    /// How it stands.
    pub const fn standing(&self) -> Standing {
        match self.phase {
            Phase::Closed { .. } => Standing::Closed,
            Phase::Broken {
                is_probed: false, ..
            } => Standing::Open,
            Phase::Broken {
                is_probed: true, ..
            } => Standing::HalfOpen,
        }
    }

    /// How often it has opened, those times not counted that a probe failed.
    pub const fn openings(&self) -> u64 {
        self.openings
    }

    /// Whether the next [`admit`](Self::admit) lets a request out.
    pub fn is_passable(&self, now: Instant) -> bool {
        match self.phase {
            Phase::Closed { .. } => true,
            Phase::Broken { probe_at, .. } => now >= probe_at,
        }
    }

    /// A request wants to go out.
    pub fn admit(mut self, now: Instant) -> (Admission, Self) {
        let Phase::Broken {
            since,
            ref mut probe_at,
            pause,
            ref mut is_probed,
        } = self.phase
        else {
            let pass = Pass {
                round: self.round,
                is_probe: false,
            };
            return (Admission::Go(pass), self);
        };
        if now >= *probe_at {
            *probe_at = later(now, pause);
            *is_probed = true;
            let pass = Pass {
                round: self.round,
                is_probe: true,
            };
            return (Admission::Go(pass), self);
        }
        let waited = now.saturating_duration_since(since);
        if self.has_answered && waited < self.policy.patience {
            (Admission::Hold(*probe_at), self)
        } else {
            (Admission::Refuse, self)
        }
    }

    /// The service answered, whatever it said.
    #[must_use]
    pub fn answered(mut self) -> Self {
        if let Phase::Broken { .. } = self.phase {
            self.round = self.round.wrapping_add(1);
        }
        self.phase = Phase::Closed { failures: 0 };
        self.has_answered = true;
        self
    }

    /// The service did not answer a request that went out with this pass.
    #[must_use]
    pub fn failed(mut self, pass: Pass, now: Instant) -> Self {
        if pass.round != self.round {
            return self;
        }
        match &mut self.phase {
            Phase::Closed { failures } => {
                *failures = failures.saturating_add(1);
                if *failures == self.policy.failures {
                    self.phase = Phase::Broken {
                        since: now,
                        probe_at: later(now, self.policy.pause),
                        pause: self.policy.pause,
                        is_probed: false,
                    };
                    self.round = self.round.wrapping_add(1);
                    self.openings += 1;
                }
            }
            Phase::Broken {
                probe_at,
                pause,
                is_probed,
                ..
            } => {
                // Of several probes that are out, one is enough to tell.
                if *is_probed {
                    let longer = pause.saturating_mul(2).min(self.policy.pause_max);
                    // Counted from when the probe went out: a probe that waited in vain has waited enough.
                    *probe_at = later(*probe_at, longer.saturating_sub(*pause));
                    *pause = longer;
                    *is_probed = false;
                }
            }
        }
        self
    }
}

/// A time so much later; as late as can be told where that is beyond all times.
fn later(now: Instant, pause: Duration) -> Instant {
    now.checked_add(pause)
        .unwrap_or(now + Duration::from_secs(365 * 24 * 3600))
}

#[cfg(test)]
mod tests;
