//! Whether `--workers auto` finds what a server can do.

use std::fmt;
use std::time::Duration;

use anyhow::Result;

use super::job::{Job, Kind, Program};
use super::pace::Pace;
use super::script::{Script, Strain};

/// The number that finds itself brings this part of what the best fixed one brings.
const SHARE_MIN: f64 = 0.9;
/// What counts as found.
const FOUND: f64 = 0.9;

/// How long a fixed number is tried, about, and the one that finds itself.
const FIXED_FOR: u64 = 4;
const AUTO_FOR: u64 = 40;
/// Where the search is over at the latest, and the steady state begins.
const STEADY_FROM: Duration = Duration::from_secs(10);

/// A server with a best number of requests in flight.
pub(super) struct Landscape {
    pub(super) name: &'static str,
    script: Script,
    /// The numbers that are tried.
    fixed: &'static [u32],
    /// Answers a second that it gives at most, about.
    rate: u64,
}

/// What was found.
pub(super) struct Outcome {
    pub(super) name: &'static str,
    /// Numbers in flight, and what each brought a second.
    pub(super) fixed: Vec<(u32, f64)>,
    /// What the number that finds itself brought, once it had.
    pub(super) auto: f64,
    /// The number at the end.
    pub(super) number: u32,
    /// When it first brought nine tenths of the best.
    pub(super) found_after: Option<Duration>,
}

impl Landscape {
    pub(super) fn all() -> Vec<Self> {
        vec![
            Self {
                name: "24 at once, 20 ms each",
                script: Script::steady(24, Duration::from_millis(20)),
                fixed: &[4, 8, 16, 24, 32, 64, 128],
                rate: 1_200,
            },
            Self {
                name: "20 ms each, and a tenth more for each beyond 16 at once",
                script: Script {
                    strain: Some(Strain {
                        beyond: 16,
                        each: 0.1,
                    }),
                    ..Script::steady(256, Duration::from_millis(20))
                },
                fixed: &[4, 8, 12, 16, 20, 24, 32, 64],
                rate: 800,
            },
        ]
    }

    pub(super) fn explore(&self, program: &Program) -> Result<Outcome> {
        let service = self.script.service.as_secs_f64();
        let job = |rate: f64, seconds: u64| Job {
            items: (rate * seconds as f64) as u64,
            kind: Kind::Prompts,
            options: "",
        };
        let mut fixed = Vec::new();
        for &number in self.fixed {
            let rate = (f64::from(number) / service).min(self.rate as f64);
            let ran = program.run(job(rate, FIXED_FOR), &number.to_string(), self.script)?;
            let pace = Pace::new(ran.seen.answers);
            let rate = pace.rate(Duration::from_millis(500), pace.end());
            println!("{number:>4} in flight: {rate:>6.0} answers a second");
            fixed.push((number, rate));
        }
        let ran = program.run(job(self.rate as f64, AUTO_FOR), "auto", self.script)?;
        let pace = Pace::new(ran.seen.answers);
        let best = best(&fixed).1;
        Ok(Outcome {
            name: self.name,
            auto: pace.rate(STEADY_FROM, pace.end()),
            number: ran.ledger.in_flight_max,
            found_after: pace.reaches(FOUND * best, Duration::ZERO),
            fixed,
        })
    }
}

fn best(fixed: &[(u32, f64)]) -> (u32, f64) {
    let best = fixed.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    *best.expect("there is at least one")
}

impl Outcome {
    /// The best of the numbers that were tried.
    pub(super) fn best(&self) -> (u32, f64) {
        best(&self.fixed)
    }

    /// What part of that the number that finds itself brought.
    pub(super) fn share(&self) -> f64 {
        self.auto / self.best().1
    }

    /// In which way it is not as it must be.
    pub(super) fn objection(&self) -> Option<String> {
        (self.share() < SHARE_MIN).then(|| {
            format!(
                "{}: --workers auto brings {:.0} % of what the best number does",
                self.name,
                self.share() * 100.0
            )
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, rate) = self.best();
        write!(
            f,
            "auto: {:.0} answers a second, {:.0} % of the {rate:.0} with {number}; {} in flight at the end",
            self.auto,
            self.share() * 100.0,
            self.number
        )?;
        if let Some(found) = self.found_after {
            write!(f, "; found after {:.1} s", found.as_secs_f64())?;
        }
        Ok(())
    }
}
