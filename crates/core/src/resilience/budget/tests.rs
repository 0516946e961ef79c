use proptest::prelude::*;

use super::*;
use crate::port::tests::some_time;

/// Without a trickle, unless one waits for an hour.
const POLICY: BudgetPolicy = BudgetPolicy {
    percent: 10,
    reserve: 3,
    saved_max: 5,
    trickle: Duration::from_secs(3600),
};

/// How many retries are granted at this moment.
fn granted(budget: &mut Budget, now: Instant) -> usize {
    (0..1000)
        .take_while(|_| {
            let (withdrawal, next) = budget.withdraw(now);
            *budget = next;
            withdrawal == Withdrawal::Granted
        })
        .count()
}

fn earned(budget: Budget, requests: usize) -> Budget {
    (0..requests).fold(budget, |budget, _| budget.earn())
}

#[test]
fn the_reserve_is_there_from_the_start_and_earned_later() {
    let now = some_time();
    for (requests, expected) in [(0, 3), (9, 3), (30, 3), (39, 3), (40, 4), (49, 4), (50, 5)] {
        let mut budget = earned(Budget::new(POLICY), requests);
        assert_eq!(granted(&mut budget, now), expected, "{requests} requests");
    }
}

#[test]
fn no_more_than_so_many_are_saved() {
    let mut budget = earned(Budget::new(POLICY), 100_000);
    assert_eq!(granted(&mut budget, some_time()), 5);
}

#[test]
fn when_all_are_spent_one_comes_at_a_time() {
    let policy = BudgetPolicy {
        trickle: Duration::from_millis(100),
        ..POLICY
    };
    let start = some_time();
    let mut budget = Budget::new(policy);
    assert_eq!(granted(&mut budget, start), 3);
    let next = start + policy.trickle;
    let (withdrawal, after) = budget.withdraw(start);
    assert_eq!(withdrawal, Withdrawal::Spent(next));
    budget = after;
    assert_eq!(granted(&mut budget, next - Duration::from_nanos(1)), 0);
    assert_eq!(granted(&mut budget, next), 1);
    // Those of a long silence are not saved.
    assert_eq!(granted(&mut budget, start + Duration::from_secs(60)), 1);
}

#[test]
fn an_endless_trickle_is_no_panic() {
    let policy = BudgetPolicy {
        reserve: 0,
        trickle: Duration::MAX,
        ..POLICY
    };
    let now = some_time();
    let (withdrawal, _) = Budget::new(policy).withdraw(now);
    assert!(matches!(withdrawal, Withdrawal::Spent(then) if then > now));
}

proptest! {
    #[test]
    fn retries_are_never_more_than_the_share_of_the_requests_or_the_reserve(
        steps in proptest::collection::vec(any::<bool>(), 0..2000)
    ) {
        let now = some_time();
        let mut budget = Budget::new(BudgetPolicy { saved_max: 1000, ..POLICY });
        let (mut requests, mut retries) = (0_u64, 0_u64);
        for is_request in steps {
            if is_request {
                requests += 1;
                budget = budget.earn();
            } else {
                let (withdrawal, next) = budget.withdraw(now);
                budget = next;
                retries += u64::from(withdrawal == Withdrawal::Granted);
            }
            prop_assert!(retries <= (requests / 10).max(3), "{retries} of {requests}");
        }
    }
}
