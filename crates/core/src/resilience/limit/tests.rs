use std::time::Duration;

use super::*;
use crate::port::tests::some_time;

fn answered(limit: Limit, count: u32) -> Limit {
    let now = some_time();
    (0..count).fold(limit, |limit, _| limit.answered(now, true))
}

#[test]
fn a_fixed_limit_stays_where_nothing_is_wrong() {
    let limit = answered(Limit::new(LimitPolicy::Fixed(16)), 10_000);
    assert_eq!(limit.current(), 16);
}

#[test]
fn a_limit_is_never_zero() {
    assert_eq!(Limit::new(LimitPolicy::Fixed(0)).current(), 1);
    assert_eq!(Limit::new(LimitPolicy::Adaptive(0)).current(), 1);
    let mut limit = Limit::new(LimitPolicy::Fixed(2));
    for _ in 0..5 {
        limit = limit.overloaded(limit.stamp());
    }
    assert_eq!(limit.current(), 1);
}

#[test]
fn an_overload_halves_the_limit_once_for_all_that_were_out() {
    let limit = Limit::new(LimitPolicy::Fixed(64));
    let sent = limit.stamp();
    let limit = limit.overloaded(sent).overloaded(sent);
    assert_eq!(limit.current(), 32);
    assert_eq!(limit.overloaded(limit.stamp()).current(), 16);
}

#[test]
fn a_fixed_limit_comes_back_slowly() {
    let limit = Limit::new(LimitPolicy::Fixed(8));
    let limit = limit.overloaded(limit.stamp());
    assert_eq!(answered(limit, 4 * 8 - 1).current(), 4);
    assert_eq!(answered(limit, 4 * 8).current(), 5);
    assert_eq!(answered(limit, (4 + 5 + 6) * 8).current(), 7);
    assert_eq!(answered(limit, 10_000).current(), 8);
}

#[test]
fn a_large_limit_comes_back_in_larger_steps() {
    let limit = Limit::new(LimitPolicy::Fixed(128));
    let limit = limit.overloaded(limit.stamp());
    assert_eq!(answered(limit, 64 * 8).current(), 72);
}

#[test]
fn an_adaptive_limit_stays_while_there_is_too_little_to_send() {
    let mut limit = Limit::new(LimitPolicy::Adaptive(64));
    let mut now = some_time();
    for _ in 0..10_000 {
        now += Duration::from_millis(1);
        limit = limit.answered(now, false);
    }
    assert_eq!(limit.current(), 4);
}

#[test]
fn an_adaptive_limit_goes_no_further_than_it_may() {
    let mut limit = Limit::new(LimitPolicy::Adaptive(20));
    let mut now = some_time();
    for _ in 0..100_000 {
        // The more are in flight, the more answers come.
        now += Duration::from_secs(1) / limit.current();
        limit = limit.answered(now, true);
        assert!(limit.current() <= 20);
    }
    assert!(limit.current() >= 17, "{}", limit.current());
}

#[test]
fn an_overload_halves_an_adaptive_limit_too() {
    let limit = Limit::new(LimitPolicy::Adaptive(64));
    let limit = limit.overloaded(limit.stamp());
    assert_eq!(limit.current(), 2);
}
