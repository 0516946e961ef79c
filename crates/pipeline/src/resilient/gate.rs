//! The gate through which every attempt goes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use creel_core::Context;
use creel_core::port::ServiceError;
use creel_core::resilience::{
    Admission, Breaker, Budget, Limit, Pass, Rate, Sent, Standing, Trouble, Withdrawal,
};
use creel_runtime::clock;

use super::admission::{Admit, Entrant};
use super::not_sent::Refusal;
use super::pause::pause_until;
use super::{Resilience, now};
use crate::failure::chain;
use crate::summary::{Latency, Stopwatch};

/// What it took to get answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Efforts {
    /// Requests that were sent at least once.
    pub requests: u64,
    /// Attempts beyond the first at each, hedges not counted.
    pub retries: u64,
    /// Second attempts beside the first.
    pub hedges: u64,
    /// How often the service asked for fewer requests.
    pub throttled: u64,
    /// How often the service counted as gone.
    pub openings: u64,
    /// How many may be in flight.
    pub limit: u32,
    /// What one attempt took, of those that were answered.
    pub attempt_time: Latency,
}

impl Efforts {
    /// How many times as many attempts as requests there were.
    pub fn amplification(&self) -> f64 {
        if self.requests == 0 {
            return 1.0;
        }
        1.0 + (self.retries + self.hedges) as f64 / self.requests as f64
    }
}

/// What all calls of a service share.
pub(super) struct Gate {
    patience: Duration,
    /// Only ever counted up; orders nothing else.
    numbers: AtomicU64,
    state: Mutex<State>,
}

/// What the lock guards; no foreign code runs under it.
pub(super) struct State {
    budget: Budget,
    breaker: Breaker,
    limit: Limit,
    rate: Option<Rate>,
    weight_rate: Option<Rate>,
    /// The service asked for a pause until then.
    quiet_until: Option<Instant>,
    in_flight: u32,
    /// The limit has kept somebody waiting since the last answer.
    is_filled: bool,
    /// Those who wait, in the order of their numbers. Only the first is woken when something changes, and wakes the next
    /// once it has gone.
    pub(super) line: BTreeMap<u64, Waker>,
    random: fastrand::Rng,
    /// Why the service counts as gone.
    last: String,
    efforts: Efforts,
    attempt_time: Stopwatch,
}

/// What becomes of the first in line.
pub(super) enum Turn {
    Go(Permit),
    /// Something has to change: an attempt ends.
    Wait,
    /// At that time, or when something changes.
    Until(Instant),
    Refuse(Refusal),
}

impl Gate {
    pub(super) fn new(settings: &Resilience) -> Self {
        Self {
            patience: settings.retry.patience,
            numbers: AtomicU64::new(0),
            state: Mutex::new(State {
                budget: Budget::new(settings.budget),
                breaker: Breaker::new(settings.breaker),
                limit: Limit::new(settings.limit),
                rate: settings.rate,
                weight_rate: None,
                quiet_until: None,
                in_flight: 0,
                is_filled: false,
                line: BTreeMap::new(),
                random: settings
                    .seed
                    .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed),
                last: String::new(),
                efforts: Efforts::default(),
                attempt_time: Stopwatch::new(),
            }),
        }
    }

    pub(super) fn keep_weight_rate(&self, rate: Rate) {
        self.lock().weight_rate = Some(rate);
    }

    pub(super) fn answered_before(&self) {
        let mut state = self.lock();
        state.breaker = state.breaker.answered();
    }

    pub(super) fn efforts(&self) -> Efforts {
        let state = self.lock();
        Efforts {
            openings: state.breaker.openings(),
            limit: state.limit.current(),
            attempt_time: state.attempt_time.latency(),
            ..state.efforts
        }
    }

    /// The number of the next request.
    pub(super) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// A number drawn evenly from all.
    pub(super) fn draw(&self) -> u64 {
        self.lock().random.u64(..)
    }

    /// Waits for a retry to be left in the budget; false when the end or a stop comes first.
    pub(super) async fn budgeted(&self, end: Option<Instant>, context: &Context) -> bool {
        loop {
            let then = {
                let mut state = self.lock();
                let (withdrawal, next) = state.budget.withdraw(now());
                state.budget = next;
                match withdrawal {
                    Withdrawal::Granted => return true,
                    Withdrawal::Spent(then) => then,
                }
            };
            if !pause_until(then, end, context).await {
                return false;
            }
        }
    }

    /// Waits for the turn of an attempt.
    pub(super) fn admit<'a>(
        gate: &'a Arc<Self>,
        entrant: Entrant,
        context: &'a Context,
    ) -> Admit<'a> {
        Admit::new(gate, entrant, context)
    }

    /// A permit for a second attempt beside the first, if all is well and there is room.
    pub(super) fn admit_extra(gate: &Arc<Self>) -> Option<Permit> {
        let now = now();
        let mut state = gate.lock();
        let is_well = state.breaker.standing() == Standing::Closed
            && state.in_flight < state.limit.current()
            && state.quiet_until.is_none_or(|until| until <= now);
        if !is_well {
            return None;
        }
        let (Withdrawal::Granted, budget) = state.budget.withdraw(now) else {
            return None;
        };
        state.budget = budget;
        let (Admission::Go(pass), breaker) = state.breaker.admit(now) else {
            return None;
        };
        state.breaker = breaker;
        state.efforts.hedges += 1;
        Some(state.permit(gate, pass, now))
    }

    /// Decides about the first in line.
    pub(super) fn turn(gate: &Arc<Self>, state: &mut State, entrant: &Entrant) -> Turn {
        let now = now();
        if let Some(until) = state.quiet_until.filter(|until| *until > now) {
            let left = until - now;
            return if left > gate.patience {
                Turn::Refuse(Refusal::Quiet { left })
            } else {
                Turn::Until(until)
            };
        }
        if state.in_flight >= state.limit.current() {
            state.is_filled = true;
            return Turn::Wait;
        }
        let mut rates = [state.rate, state.weight_rate];
        for (rate, cost) in rates.iter_mut().zip([1, entrant.weight]) {
            if let Some(known) = rate {
                let (taken, next) = known.take(cost, now);
                match taken {
                    Ok(()) => *known = next,
                    Err(then) => return Turn::Until(then),
                }
            }
        }
        let (admission, breaker) = state.breaker.admit(now);
        let pass = match admission {
            Admission::Go(pass) => pass,
            Admission::Hold(then) => return Turn::Until(then),
            Admission::Refuse => {
                let last = state.last.clone();
                return Turn::Refuse(Refusal::Gone { last });
            }
        };
        state.breaker = breaker;
        [state.rate, state.weight_rate] = rates;
        if entrant.is_retry {
            state.efforts.retries += 1;
        } else {
            state.efforts.requests += 1;
            state.budget = state.budget.earn();
        }
        Turn::Go(state.permit(gate, pass, now))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the first in line look again.
    pub(super) fn wake_first(state: MutexGuard<'_, State>) {
        let first = state.line.values().next().cloned();
        drop(state);
        if let Some(waker) = first {
            waker.wake();
        }
    }
}

impl State {
    fn permit(&mut self, gate: &Arc<Gate>, pass: Pass, now: Instant) -> Permit {
        self.in_flight += 1;
        Permit {
            gate: Arc::clone(gate),
            pass,
            sent: self.limit.stamp(),
            at: now,
            is_settled: false,
        }
    }

    fn answered(&mut self, permit: &Permit, now: Instant) {
        let filled = self.is_filled || self.in_flight >= self.limit.current();
        self.is_filled = false;
        self.breaker = self.breaker.answered();
        self.limit = self.limit.answered(now, filled);
        self.attempt_time
            .record(now.saturating_duration_since(permit.at));
    }

    fn failed(&mut self, permit: &Permit, error: &ServiceError, now: Instant) {
        match Trouble::from(error) {
            // An answer all the same, though one that says nothing of what the service can do.
            Trouble::Final => {
                if !matches!(error, ServiceError::Cancelled) {
                    self.breaker = self.breaker.answered();
                }
            }
            Trouble::Throttled(pause) => {
                self.efforts.throttled += 1;
                self.breaker = self.breaker.answered();
                self.limit = self.limit.overloaded(permit.sent);
                let until = pause.and_then(|pause| now.checked_add(pause));
                self.quiet_until = self.quiet_until.max(until);
            }
            trouble @ (Trouble::Unreachable | Trouble::Late) => {
                if trouble == Trouble::Late && self.breaker.standing() == Standing::Closed {
                    self.limit = self.limit.overloaded(permit.sent);
                }
                self.breaker = self.breaker.failed(permit.pass, now);
                if self.breaker.standing() != Standing::Closed {
                    self.last = chain(error);
                }
            }
        }
    }
}

/// The right to one attempt, and how it is told what came of it.
///
/// Dropped without that, the attempt was given up, and says nothing.
pub(super) struct Permit {
    gate: Arc<Gate>,
    pass: Pass,
    sent: Sent,
    at: Instant,
    is_settled: bool,
}

impl Permit {
    /// Whether the attempt is to find out if the service is back.
    pub(super) fn is_probe(&self) -> bool {
        self.pass.is_probe()
    }

    /// The attempt has ended, with this error or with an answer.
    pub(super) fn settle(mut self, error: Option<&ServiceError>) {
        self.is_settled = true;
        let now = clock::current().now();
        let gate = Arc::clone(&self.gate);
        let mut state = gate.lock();
        let before = state.breaker.standing();
        match error {
            None => state.answered(&self, now),
            Some(error) => state.failed(&self, error, now),
        }
        state.in_flight -= 1;
        let after = state.breaker.standing();
        Gate::wake_first(state);
        match (before, after) {
            (Standing::Closed, Standing::Open) => {
                tracing::warn!("the service has stopped answering; it is probed until it is back");
            }
            (Standing::Open | Standing::HalfOpen, Standing::Closed) => {
                tracing::info!("the service answers again");
            }
            _ => {}
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.is_settled {
            let mut state = self.gate.lock();
            state.in_flight -= 1;
            Gate::wake_first(state);
        }
    }
}
