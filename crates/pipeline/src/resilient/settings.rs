//! How a service bears up.

use std::time::Duration;

use creel_core::resilience::{BreakerPolicy, BudgetPolicy, LimitPolicy, Rate, Retry};

/// How a [`Resilient`](super::Resilient) service bears up.
///
/// Without more it retries, shares a budget, has a breaker, and lets everything out at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resilience {
    /// How often one request is sent again, and when.
    pub retry: Retry,
    /// How many retries all requests have together.
    pub budget: BudgetPolicy,
    /// When a service counts as gone, and how long it is waited for.
    pub breaker: BreakerPolicy,
    /// How many requests may be in flight.
    pub limit: LimitPolicy,
    /// How many may be sent in a time.
    pub rate: Option<Rate>,
    /// After this time without an answer a request is sent a second time, out of the budget for retries; the first answer
    /// counts, and the other call is dropped.
    ///
    /// The service has to suspend while it waits: beside a call that blocks its thread no second one can begin.
    pub hedge: Option<Duration>,
    /// What the jitter is drawn from; each service has another one unless it is said.
    pub seed: Option<u64>,
}

impl Default for Resilience {
    fn default() -> Self {
        Self {
            retry: Retry::default(),
            budget: BudgetPolicy::default(),
            breaker: BreakerPolicy::default(),
            limit: LimitPolicy::Fixed(u32::MAX),
            rate: None,
            hedge: None,
            seed: None,
        }
    }
}

impl Resilience {
    /// Every failure stands, and nothing is waited for.
    pub fn none() -> Self {
        Self {
            retry: Retry::NEVER,
            breaker: BreakerPolicy {
                failures: 0,
                ..BreakerPolicy::default()
            },
            ..Self::default()
        }
    }

    /// Whether a request may be sent more than once.
    pub(super) fn repeats(&self) -> bool {
        self.retry.retries_max > 0 || self.hedge.is_some()
    }
}
