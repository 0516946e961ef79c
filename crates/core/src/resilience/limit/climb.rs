//! The search for the knee.

use std::time::{Duration, Instant};

/// Doubling goes on while it brings so many times the answers.
const RISE: f64 = 1.25;

/// A try with more is kept when it brings so many times the answers.
const GAIN: f64 = 1.06;

/// A try with fewer is kept when it leaves this part of the answers.
const LOSS: f64 = 0.97;

/// Answers that a comparison is made of, so that chance does not decide it.
const ANSWERS: u32 = 400;

/// A slow service is judged by fewer, after this time.
const SPAN: Duration = Duration::from_secs(2);

/// Fewer than these say nothing: so many, and so many times the limit.
const ANSWERS_MIN: u32 = 48;
const ROUNDS_MIN: u32 = 3;

/// So many measures at the level are made between two tries once tries bring nothing.
const CALM_MAX: u32 = 6;

/// Measures how many answers come in a time, tries other limits, and keeps those that are better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Climb {
    phase: Phase,
    measure: Measure,
    /// Tries in a row that brought nothing.
    futile: u32,
    up_next: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Doubling; with the rate before.
    Rising { before: Option<f64> },
    /// Measuring at the level, so many times more before the next try.
    Level { rest: u32 },
    /// Measuring at another limit than the level.
    Trying { level: u32, rate: f64 },
}

/// Answers counted over a time.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Measure {
    /// What was sent under another limit is still coming.
    Settling { left: u32 },
    Counting {
        since: Instant,
        answers: u32,
        /// Of these, how many came while the limit was not reached.
        unfilled: u32,
        /// So many answers more count as those of a full service: what answers in batches empties itself at once.
        credit: u32,
    },
}

impl Climb {
    /// The limit to begin with.
    pub(super) const FIRST: u32 = 4;

    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Rising { before: None },
            measure: Measure::Settling { left: Self::FIRST },
            futile: 0,
            up_next: true,
        }
    }

    /// The limit was cut: what was measured holds no more.
    pub(super) fn cut(&mut self, limit: u32) {
        self.phase = Phase::Level { rest: 0 };
        self.up_next = true;
        self.measure = Measure::Settling { left: limit };
    }

    /// One more answer; gives the limit from here on.
    pub(super) fn answered(&mut self, limit: u32, max: u32, now: Instant, filled: bool) -> u32 {
        let Some(rate) = self.measure.answered(limit, now, filled) else {
            return limit;
        };
        let next = self.judge(rate, limit).clamp(1, max);
        if next == limit {
            // The last answer of this measure is the beginning of the next.
            self.measure = Measure::begin(now);
        } else {
            self.measure = Measure::Settling {
                left: limit.max(next),
            };
        }
        // Where nothing more is allowed there is nothing to double.
        if next == max && matches!(self.phase, Phase::Rising { .. }) {
            self.phase = Phase::Level { rest: 0 };
            self.up_next = false;
        }
        next
    }

    fn judge(&mut self, rate: f64, limit: u32) -> u32 {
        match self.phase {
            Phase::Rising { before } => {
                let gain = before.map_or(f64::INFINITY, |before| rate / before);
                if gain >= RISE {
                    self.phase = Phase::Rising { before: Some(rate) };
                    return limit.saturating_mul(2);
                }
                // The knee lies not far above the limit before; a tenth more makes up for chance.
                self.phase = Phase::Level { rest: 0 };
                self.up_next = true;
                scaled(limit / 2, gain.max(1.0) * 1.1)
            }
            Phase::Level { rest: 0 } => {
                let next = self.other(limit);
                self.phase = Phase::Trying { level: limit, rate };
                next
            }
            Phase::Level { rest } => {
                self.phase = Phase::Level { rest: rest - 1 };
                limit
            }
            Phase::Trying {
                level,
                rate: before,
            } => {
                let is_better = if limit > level {
                    rate >= before * GAIN
                } else {
                    rate >= before * LOSS
                };
                if is_better {
                    // On in the same direction.
                    self.futile = 0;
                    self.phase = Phase::Trying { level: limit, rate };
                    return self.other(limit);
                }
                self.up_next = !self.up_next;
                self.futile = self.futile.saturating_add(1);
                self.phase = Phase::Level {
                    rest: (self.futile / 2).min(CALM_MAX),
                };
                level
            }
        }
    }

    /// The limit to try beside another.
    fn other(&self, limit: u32) -> u32 {
        if self.up_next {
            scaled(limit, 1.25).max(limit + 1)
        } else {
            scaled(limit, 0.85).min(limit - 1).max(1)
        }
    }
}

impl Measure {
    fn begin(now: Instant) -> Self {
        Self::Counting {
            since: now,
            answers: 0,
            unfilled: 0,
            credit: 0,
        }
    }

    /// One more answer; the answers a second once they are enough to tell.
    fn answered(&mut self, limit: u32, now: Instant, filled: bool) -> Option<f64> {
        match self {
            Self::Settling { left } => {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    *self = Self::begin(now);
                }
                None
            }
            Self::Counting {
                since,
                answers,
                unfilled,
                credit,
            } => {
                *answers += 1;
                *credit = if filled {
                    limit
                } else {
                    credit.saturating_sub(1)
                };
                *unfilled += u32::from(*credit == 0);
                let elapsed = now.saturating_duration_since(*since);
                let enough = ANSWERS_MIN.max(limit.saturating_mul(ROUNDS_MIN));
                let is_enough = *answers >= enough && (*answers >= ANSWERS || elapsed >= SPAN);
                if !is_enough || elapsed.is_zero() {
                    return None;
                }
                let (answers, unfilled) = (*answers, *unfilled);
                if unfilled > answers / 10 {
                    // There was not enough to send: the service was not put to the test.
                    *self = Self::begin(now);
                    return None;
                }
                Some(f64::from(answers) / elapsed.as_secs_f64())
            }
        }
    }
}

fn scaled(limit: u32, factor: f64) -> u32 {
    (f64::from(limit) * factor).round() as u32
}
