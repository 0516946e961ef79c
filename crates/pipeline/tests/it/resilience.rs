//! A resilient service before servers that falter, in virtual time and under many seeds.

mod server;
mod waiting;

use std::time::Duration;

use creel_core::resilience::LimitPolicy;
use creel_pipeline::Resilience;

use server::{Load, MILLISECOND, SECOND, Server};

const SEEDS: u64 = 3;

/// Sixty-four callers at a server that works on 16 requests at a time, each of which takes 50 ms.
fn load(seed: u64, server: Server, seconds: u32) -> Load {
    let resilience = Resilience {
        limit: LimitPolicy::Fixed(64),
        ..Resilience::default()
    };
    Load::play(seed, server, resilience, 64, seconds * SECOND)
}

#[test]
fn an_outage_of_ten_seconds_loses_nothing_and_multiplies_nothing() {
    for seed in 0..SEEDS {
        let server = Server::new(16, 50 * MILLISECOND).gone(5 * SECOND..15 * SECOND);
        let load = load(seed, server, 40);
        load.check_all_answered();
        assert!(load.amplification() <= 1.1, "{load:?}");
        // What was asked before is still answered, which closes it for a moment.
        let openings = load.efforts.openings;
        assert!((1..=5).contains(&openings), "{load:?}");
        // A probe goes out every two seconds, and the first answer takes its time.
        let recovered = load.first_answer_after(15 * SECOND) - 15 * SECOND;
        assert!(recovered <= 2100 * MILLISECOND, "{recovered:?} {load:?}");
        let (before, after) = (load.rate(2, 5), load.rate(20, 35));
        assert!(after >= 0.95 * before, "{before} then {after}");
    }
}

#[test]
fn a_server_that_hangs_is_found_again() {
    for seed in 0..SEEDS {
        let server = Server::new(16, 50 * MILLISECOND)
            .hanging(5 * SECOND..15 * SECOND)
            .with_patience(SECOND);
        let load = load(seed, server, 40);
        load.check_all_answered();
        assert!(load.amplification() <= 1.1, "{load:?}");
        let recovered = load.first_answer_after(15 * SECOND) - 15 * SECOND;
        assert!(recovered <= 2100 * MILLISECOND, "{recovered:?} {load:?}");
        let (before, after) = (load.rate(2, 5), load.rate(20, 35));
        assert!(after >= 0.95 * before, "{before} then {after}");
    }
}

#[test]
fn a_server_that_allows_so_many_a_second_gets_little_more_and_answers_all() {
    for seed in 0..SEEDS {
        let server = Server::new(64, 5 * MILLISECOND).allowing(100);
        let load = load(seed, server, 60);
        load.check_all_answered();
        assert!(load.amplification() <= 1.1, "{load:?}");
        let rate = load.rate(10, 60);
        assert!(rate >= 75.0, "{rate}: {load:?}");
    }
}

#[test]
fn half_the_capacity_halves_the_answers_and_no_more() {
    for seed in 0..SEEDS {
        let server = Server::new(16, 50 * MILLISECOND).halved(10 * SECOND..20 * SECOND);
        let load = load(seed, server, 30);
        load.check_all_answered();
        assert_eq!(load.efforts.retries, 0, "{load:?}");
        let (whole, half) = (load.rate(2, 10), load.rate(12, 20));
        assert!(half >= 0.47 * whole, "{whole} then {half}");
    }
}

#[test]
fn an_adaptive_limit_is_within_a_tenth_of_the_best_fixed_one() {
    let with = |limit, seed| {
        let server = Server::new(16, 50 * MILLISECOND).suffering(24);
        let resilience = Resilience {
            limit,
            ..Resilience::default()
        };
        Load::play(seed, server, resilience, 128, 40 * SECOND).rate(15, 40)
    };
    let fixed = [4, 8, 12, 16, 20, 24, 32, 64].map(|count| with(LimitPolicy::Fixed(count), 0));
    let best = fixed.into_iter().fold(0.0, f64::max);
    assert!(fixed[7] < 0.8 * best, "the server suffers: {fixed:?}");
    for seed in 0..SEEDS {
        let found = with(LimitPolicy::Adaptive(128), seed);
        assert!(found >= 0.9 * best, "seed {seed}: {found} beside {fixed:?}");
    }
}

#[test]
fn a_hedge_cuts_the_tail_and_takes_no_more_than_its_share() {
    let tail = |hedge| {
        let server = Server::new(64, 50 * MILLISECOND).slow_now_and_then(20);
        let resilience = Resilience {
            hedge,
            ..Resilience::default()
        };
        let load = Load::play(7, server, resilience, 8, 30 * SECOND);
        load.check_all_answered();
        assert!(load.amplification() <= 1.1, "{load:?}");
        load.slowest_but_one_in_a_hundred()
    };
    let (without, with) = (tail(None), tail(Some(100 * MILLISECOND)));
    assert!(without >= SECOND, "{without:?}");
    assert!(with <= 200 * MILLISECOND, "{with:?}");
}

#[test]
fn a_rate_is_kept() {
    let resilience = Resilience {
        rate: Some("40/s".parse().unwrap()),
        ..Resilience::default()
    };
    let server = Server::new(64, 5 * MILLISECOND);
    let load = Load::play(3, server, resilience, 64, 20 * SECOND);
    load.check_all_answered();
    let rate = load.rate(0, 20);
    assert!((39.0..=41.0).contains(&rate), "{rate}");
}

#[test]
fn a_run_can_be_played_again_by_its_seed() {
    let play = || {
        let server = Server::new(16, 50 * MILLISECOND).gone(SECOND..3 * SECOND);
        load(5, server, 6)
    };
    let (one, again) = (play(), play());
    assert_eq!(one.answers(), again.answers());
    assert_eq!(one.efforts, again.efforts);
    assert!(one.efforts.retries > 0);
    assert!(one.answers().len() > 100 && one.answers()[0] >= Duration::ZERO);
}
