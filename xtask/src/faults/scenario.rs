//! The faults, and how each must be borne.

use std::fmt;
use std::time::Duration;

use anyhow::Result;

use super::job::{Job, Kind, Program, Ran};
use super::pace::Pace;
use super::script::{Fault, Script};

/// Attempts for each request, at most.
const AMPLIFICATION_MAX: f64 = 1.1;
/// Work goes on as before when it has reached this part of its rate.
const RECOVERED: f64 = 0.9;
/// A server that is back must be found within this time.
const RECOVERY_MAX: Duration = Duration::from_secs(3);

/// What the server works on at the same time, and for how long: 800 requests a second.
const SLOTS: usize = 8;
const SERVICE: Duration = Duration::from_millis(10);
const WORKERS: &str = "16";

/// A server that falters, and what is asked of it meanwhile.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    fault: Fault,
    /// When, in seconds.
    during: (u64, u64),
    job: Job,
    /// Items that cannot be answered, as the fault is.
    may_fail: bool,
    /// Whether the rate says something: not where it is the job's own.
    has_pace: bool,
}

/// How a scenario was borne.
pub(super) struct Outcome {
    pub(super) name: &'static str,
    pub(super) ran: Ran,
    pub(super) items: u64,
    may_fail: bool,
    /// Answers a second before the fault, during it and after the recovery.
    pub(super) rates: Option<[f64; 3]>,
    /// From the end of the fault until work went on as before; `None` if it never did.
    pub(super) recovery: Option<Duration>,
}

impl Scenario {
    pub(super) fn all() -> Vec<Self> {
        let prompts = |items, options| Job {
            items,
            kind: Kind::Prompts,
            options,
        };
        let scenario = |name, fault, during, job| Self {
            name,
            fault,
            during,
            job,
            may_fail: false,
            has_pace: true,
        };
        // Longer than any run.
        let always = (0, 3600);
        vec![
            scenario("nothing", Fault::None, (3, 4), prompts(5_000, "")),
            scenario(
                "half the capacity for 4 s",
                Fault::Halved,
                (3, 7),
                prompts(7_000, ""),
            ),
            scenario(
                "429 with Retry-After for 2 s",
                Fault::Throttling,
                (3, 5),
                prompts(5_500, ""),
            ),
            scenario(
                "dead for 10 s, back on its port",
                Fault::Dead,
                (3, 13),
                prompts(6_000, ""),
            ),
            scenario(
                "silent for 10 s, with --timeout 2s",
                Fault::Hanging,
                (3, 13),
                prompts(6_000, "--timeout 2s"),
            ),
            Self {
                has_pace: false,
                ..scenario(
                    "one of 25 replies cut off",
                    Fault::Cutting(25),
                    always,
                    prompts(3_000, ""),
                )
            },
            Self {
                has_pace: false,
                ..scenario(
                    "every connection closed after 20 ms without a request",
                    Fault::Impatient(Duration::from_millis(20)),
                    always,
                    prompts(200, "--rate 40/s"),
                )
            },
            Self {
                has_pace: false,
                may_fail: true,
                ..scenario(
                    "one of 50 replies is another's",
                    Fault::Mixing(50),
                    always,
                    prompts(3_000, ""),
                )
            },
            Self {
                has_pace: false,
                ..scenario(
                    "one of 50 replies to ten rows has nine",
                    Fault::Miscounting(50),
                    always,
                    Job {
                        items: 20_000,
                        kind: Kind::Rows,
                        options: "--rows-per-request 10",
                    },
                )
            },
        ]
    }

    /// Plays it once.
    pub(super) fn play(&self, program: &Program) -> Result<Outcome> {
        let (from, until) = self.during;
        let (from, until) = (Duration::from_secs(from), Duration::from_secs(until));
        let script = Script {
            fault: self.fault,
            during: (from, until),
            ..Script::steady(SLOTS, SERVICE)
        };
        let ran = program.run(self.job, WORKERS, script)?;
        let pace = Pace::new(ran.seen.answers.clone());
        // The first second is that of the connections.
        let before = pace.rate(Duration::from_secs(1), from);
        let back = pace.reaches(RECOVERED * before, until);
        let after = back.map_or(0.0, |back| pace.rate(back, pace.end()));
        Ok(Outcome {
            name: self.name,
            items: self.job.items,
            may_fail: self.may_fail,
            rates: self
                .has_pace
                .then(|| [before, pace.rate(from, until), after]),
            recovery: back.map(|back| back - until).filter(|_| self.has_pace),
            ran,
        })
    }
}

impl Outcome {
    /// Attempts for each request, as the program counts them, or rows for each row, as the server does.
    pub(super) fn amplification(&self) -> f64 {
        let rows = self.ran.seen.rows as f64 / self.items as f64;
        self.ran.ledger.amplification().max(rows)
    }

    /// In which ways it was not borne as it must be.
    pub(super) fn objections(&self) -> Vec<String> {
        let ledger = &self.ran.ledger;
        let is_late = self.rates.is_some() && self.recovery.is_none_or(|took| took > RECOVERY_MAX);
        [
            (self.ran.wrong > 0, "answers stand at another's place"),
            (self.ran.uneven > 0, "items have no record, or two"),
            (!self.may_fail && ledger.failed > 0, "items have failed"),
            (
                ledger.answered + ledger.failed != self.items,
                "the ledger does not add up",
            ),
            (
                self.amplification() > AMPLIFICATION_MAX,
                "too much was sent again",
            ),
            (is_late, "work did not go on in time"),
        ]
        .into_iter()
        .filter(|(is_so, _)| *is_so)
        .map(|(_, what)| format!("{}: {what}", self.name))
        .collect()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ledger = &self.ran.ledger;
        write!(
            f,
            "{} answered, {} failed, {:.3} attempts each, {} connections",
            ledger.answered,
            ledger.failed,
            self.amplification(),
            self.ran.seen.connections
        )?;
        if let Some([before, during, after]) = self.rates {
            write!(f, "; {before:.0}/s, then {during:.0}/s, then {after:.0}/s")?;
        }
        if let Some(recovery) = self.recovery {
            write!(f, " after {:.2} s", recovery.as_secs_f64())?;
        }
        Ok(())
    }
}
