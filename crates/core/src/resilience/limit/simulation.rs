//! A limit against simulated servers: beside the best fixed limit, over many seeds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use super::*;
use crate::port::tests::some_time;

/// Enough to tell, and few enough for a build without optimization.
const SEEDS: u64 = 3;

/// A server as its throughput sees it.
#[derive(Clone, Copy, Debug)]
struct Server {
    /// How many requests it works on at the same time; others wait.
    workers: usize,
    /// What one takes on average, in seconds.
    service_time: f64,
    /// Whether each takes another time, exponentially spread.
    is_random: bool,
    /// Beyond so many in it, each one more costs all of them this much of their time.
    strain: Option<(usize, f64)>,
    /// Whether its workers work on one batch of all that waits, in a time that grows little with their number.
    is_batching: bool,
}

const M_M: Server = Server {
    workers: 8,
    service_time: 0.008,
    is_random: true,
    strain: None,
    is_batching: false,
};

/// Chance for simulations: splitmix64.
struct Chance(u64);

impl Chance {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A client that always has more to send, and a server.
struct Simulation {
    server: Server,
    chance: Chance,
    start: Instant,
    now: f64,
    /// The ends of what is being worked on, in nanoseconds, and how many end there.
    ends: BinaryHeap<Reverse<(u64, usize)>>,
    working: usize,
    waiting: usize,
}

impl Simulation {
    fn new(server: Server, seed: u64) -> Self {
        Self {
            server,
            chance: Chance(seed),
            start: some_time(),
            now: 0.0,
            ends: BinaryHeap::new(),
            working: 0,
            waiting: 0,
        }
    }

    fn in_flight(&self) -> usize {
        self.waiting
            + self
                .ends
                .iter()
                .map(|Reverse((_, count))| count)
                .sum::<usize>()
    }

    /// Lets the server take up what waits.
    fn take_up(&mut self, in_flight: usize) {
        while self.working < self.server.workers && self.waiting > 0 {
            let count = if self.server.is_batching {
                self.waiting.min(32)
            } else {
                1
            };
            self.waiting -= count;
            self.working += 1;
            let mut time = self.server.service_time;
            if self.server.is_batching {
                time *= 1.0 + 0.05 * count as f64;
            }
            if self.server.is_random {
                time *= -(1.0 - self.chance.share()).ln();
            }
            if let Some((bearable, cost)) = self.server.strain {
                time *= 1.0 + cost * in_flight.saturating_sub(bearable) as f64;
            }
            let end = ((self.now + time) * 1e9) as u64;
            self.ends.push(Reverse((end, count)));
        }
    }

    /// Runs for so many seconds; gives the answers in each of them.
    fn run(&mut self, limit: &mut Limit, seconds: usize) -> Vec<f64> {
        let begin = self.now;
        let mut answers = vec![0.0; seconds];
        let mut in_flight = self.in_flight();
        loop {
            while in_flight < limit.current() as usize {
                in_flight += 1;
                self.waiting += 1;
            }
            self.take_up(in_flight);
            let Some(Reverse((end, count))) = self.ends.pop() else {
                unreachable!("a limit lets at least one out");
            };
            self.now = end as f64 / 1e9;
            self.working -= 1;
            let second = (self.now - begin) as usize;
            if second >= seconds {
                self.ends.push(Reverse((end, count)));
                self.working += 1;
                return answers;
            }
            answers[second] += count as f64;
            for _ in 0..count {
                let filled = in_flight >= limit.current() as usize;
                *limit = limit.answered(self.start + Duration::from_nanos(end), filled);
                in_flight -= 1;
            }
        }
    }
}

fn rate(answers: &[f64]) -> f64 {
    answers.iter().sum::<f64>() / answers.len() as f64
}

/// The answers a second under each fixed limit that is tried, and the best of them.
fn best_fixed(server: Server, seconds: usize) -> (u32, f64) {
    [1, 4, 8, 12, 16, 20, 32, 64, 128]
        .map(|count| {
            let mut limit = Limit::new(LimitPolicy::Fixed(count));
            let answers = Simulation::new(server, 1).run(&mut limit, seconds);
            (count, rate(&answers))
        })
        .into_iter()
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .expect("some were tried")
}

/// Servers of all kinds: few workers and many, fast and slow, that suffer from load or thrive on it.
fn servers() -> Vec<(&'static str, Server)> {
    let knee = Some((20, 0.03));
    let more = Server {
        workers: 50,
        service_time: 0.05,
        ..M_M
    };
    vec![
        (
            "one worker",
            Server {
                workers: 1,
                service_time: 0.002,
                ..M_M
            },
        ),
        ("eight workers", M_M),
        (
            "eight steady workers",
            Server {
                is_random: false,
                ..M_M
            },
        ),
        ("fifty workers", more),
        (
            "fifty steady workers",
            Server {
                is_random: false,
                ..more
            },
        ),
        (
            "eight workers that suffer",
            Server {
                strain: knee,
                ..M_M
            },
        ),
        (
            "sixteen slow workers that suffer",
            Server {
                workers: 16,
                service_time: 0.2,
                strain: knee,
                ..M_M
            },
        ),
        (
            "batches",
            Server {
                workers: 1,
                service_time: 0.02,
                is_random: false,
                is_batching: true,
                ..M_M
            },
        ),
    ]
}

#[test]
fn an_adaptive_limit_is_within_a_tenth_of_the_best_fixed_one_whatever_the_server() {
    for (name, server) in servers() {
        // As many answers of a slow one.
        let longer = if server.service_time > 0.1 { 6 } else { 1 };
        let (count, best) = best_fixed(server, 20 * longer);
        let mut worst = f64::INFINITY;
        for seed in 0..SEEDS {
            let mut limit = Limit::new(LimitPolicy::Adaptive(256));
            let mut simulation = Simulation::new(server, seed);
            simulation.run(&mut limit, 10 * longer);
            worst = worst.min(rate(&simulation.run(&mut limit, 40 * longer)) / best);
        }
        println!(
            "{name}: {:.1} % of the {best:.0}/s of {count}",
            worst * 100.0
        );
        assert!(worst >= 0.9, "{name}: {worst}");
    }
}

#[test]
fn an_adaptive_limit_follows_a_server_that_loses_half_of_its_workers_and_gets_more_again() {
    for seed in 0..SEEDS {
        let with = |workers| Server {
            workers,
            ..servers()[5].1
        };
        let mut limit = Limit::new(LimitPolicy::Adaptive(256));
        let mut simulation = Simulation::new(with(16), seed);
        simulation.run(&mut limit, 20);
        for workers in [8, 24, 8] {
            simulation.server = with(workers);
            simulation.run(&mut limit, 10);
            let (count, best) = best_fixed(with(workers), 20);
            let share = rate(&simulation.run(&mut limit, 30)) / best;
            assert!(
                share >= 0.9,
                "seed {seed}, {workers} workers: {share} of {best} with {count}, at {}",
                limit.current()
            );
        }
    }
}

#[test]
fn an_adaptive_limit_does_not_stray_far_above_the_knee() {
    for seed in 0..SEEDS {
        let mut limit = Limit::new(LimitPolicy::Adaptive(256));
        let mut simulation = Simulation::new(M_M, seed);
        simulation.run(&mut limit, 20);
        let mut sum = 0;
        for _ in 0..50 {
            simulation.run(&mut limit, 1);
            sum += limit.current();
        }
        let mean = f64::from(sum) / 50.0;
        assert!((7.0..=24.0).contains(&mean), "seed {seed}: {mean}");
    }
}
