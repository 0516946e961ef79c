//! How many retries all requests have together.

use std::time::{Duration, Instant};

/// What a token is counted in.
const TOKEN: u64 = 100;

/// How many retries a number of requests may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetPolicy {
    /// So many retries for each hundred requests.
    pub percent: u32,
    /// So many in any case, lent until that many are earned.
    pub reserve: u32,
    /// No more are kept for later.
    pub saved_max: u32,
    /// Once the others are spent there is one more this long after the last: those who wait are not stranded.
    pub trickle: Duration,
}

impl Default for BudgetPolicy {
    /// One for ten requests, ten in any case, at most a thousand saved, and ten a second when all are spent.
    fn default() -> Self {
        Self {
            percent: 10,
            reserve: 10,
            saved_max: 1000,
            trickle: Duration::from_millis(100),
        }
    }
}

/// Whether one of the retries is there.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// It is the caller's.
    Granted,
    /// All are spent; ask again at that time.
    Spent(Instant),
}

/// The retries that requests have earned together, so that trouble is not multiplied.
///
/// A service in trouble would else get every request five times. Over many requests, the attempts are at most
/// `1 + percent / 100` times the requests, but for the trickle.
///
/// ```text
///   request ──▶ earns ──▶ saved ── withdraw: Granted ──▶ spent
///                           └───── withdraw: Spent, until the trickle's next
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    policy: BudgetPolicy,
    /// In hundredths of a retry.
    saved: u64,
    /// What is still to be earned of what was lent.
    lent: u64,
    trickled: Option<Instant>,
}

impl Budget {
    /// A budget with its reserve.
    pub fn new(policy: BudgetPolicy) -> Self {
        let reserve = u64::from(policy.reserve) * TOKEN;
        Self {
            policy,
            saved: reserve,
            lent: reserve,
            trickled: None,
        }
    }

    /// A request is sent for the first time.
    #[must_use]
    pub fn earn(mut self) -> Self {
        let earned = u64::from(self.policy.percent);
        let paid_back = earned.min(self.lent);
        self.lent -= paid_back;
        let saved_max = u64::from(self.policy.saved_max.max(self.policy.reserve)) * TOKEN;
        self.saved = (self.saved + earned - paid_back).min(saved_max);
        self
    }

    /// A request is to be sent again.
    pub fn withdraw(mut self, now: Instant) -> (Withdrawal, Self) {
        if self.saved >= TOKEN {
            self.saved -= TOKEN;
            return (Withdrawal::Granted, self);
        }
        // The first of the trickle comes as late after the end of the others as the second after it.
        let last = *self.trickled.get_or_insert(now);
        match last.checked_add(self.policy.trickle) {
            Some(next) if next <= now => {
                self.trickled = Some(now);
                (Withdrawal::Granted, self)
            }
            Some(next) => (Withdrawal::Spent(next), self),
            None => (Withdrawal::Spent(now + Duration::from_secs(3600)), self),
        }
    }
}

#[cfg(test)]
mod tests;
