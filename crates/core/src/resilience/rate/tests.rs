use super::*;
use crate::port::tests::some_time;

const SECOND: Duration = Duration::from_secs(1);

/// How much goes out within a time, of what is asked for as soon as it may, at a cost each.
fn out(mut rate: Rate, cost: u64, begin: Instant, time: Duration) -> u64 {
    let (mut now, mut out) = (begin, 0);
    while now < begin + time {
        let (taken, next) = rate.take(cost, now);
        rate = next;
        match taken {
            Ok(()) => out += cost,
            Err(then) => {
                assert!(then > now, "it would be asked for ever");
                now = then;
            }
        }
    }
    out
}

#[test]
fn so_many_go_out_in_a_time() {
    let now = some_time();
    for (text, time, expected) in [
        ("10/s", SECOND, 10),
        ("600/min", SECOND, 10),
        ("600 / min", 60 * SECOND, 600),
        ("36000/h", SECOND, 10),
        ("4/s", 100 * SECOND, 400),
    ] {
        let rate: Rate = text.parse().unwrap();
        assert_eq!(out(rate, 1, now, time), expected, "{text}");
    }
}

#[test]
fn they_are_spread_evenly() {
    let now = some_time();
    let rate: Rate = "10/s".parse().unwrap();
    let (taken, rate) = rate.take(1, now);
    assert_eq!(taken, Ok(()));
    for early in [0, 50, 99] {
        let early = now + Duration::from_millis(early);
        assert_eq!(rate.take(1, early).0, Err(now + Duration::from_millis(100)));
    }
    assert_eq!(rate.take(1, now + Duration::from_millis(100)).0, Ok(()));
}

#[test]
fn a_silence_is_made_up_for_as_far_as_the_slack_reaches() {
    let start = some_time();
    for (slack, expected) in [(0, 10), (500, 15), (5000, 20)] {
        let rate = "10/s".parse::<Rate>().unwrap();
        let rate = rate.with_slack(Duration::from_millis(slack));
        let (_, rate) = rate.take(1, start);
        // One second of silence after the first is paid for.
        let later = start + Duration::from_millis(1100);
        assert_eq!(out(rate, 1, later, SECOND), expected, "{slack} ms");
    }
}

#[test]
fn what_costs_more_than_a_second_gives_goes_out_and_is_paid_for() {
    let now = some_time();
    let rate: Rate = "60/min".parse().unwrap();
    let (taken, rate) = rate.take(90, now);
    assert_eq!(taken, Ok(()));
    assert_eq!(rate.take(1, now).0, Err(now + 90 * SECOND));
    assert_eq!(rate.take(1, now + 90 * SECOND).0, Ok(()));
}

#[test]
fn what_costs_nothing_waits_for_its_turn_and_takes_nothing() {
    let now = some_time();
    let rate: Rate = "1/s".parse().unwrap();
    let (taken, rate) = rate.take(0, now);
    assert_eq!(taken, Ok(()));
    assert_eq!(rate.take(1, now).0, Ok(()));
}

#[test]
fn a_price_beyond_all_times_is_no_panic() {
    let rate = Rate::new(NonZeroU64::MIN, Duration::MAX);
    let now = some_time();
    let (_, rate) = rate.take(u64::MAX, now);
    assert!(rate.take(1, now).0.is_err());
}

#[test]
fn what_is_no_rate_is_told() {
    for text in [
        "", "10", "10/", "/s", "0/s", "-1/s", "10/day", "1.5/s", "ten/s",
    ] {
        assert_eq!(text.parse::<Rate>(), Err(RateError), "{text}");
    }
}
