//! Playing the same thing again and again, until the clock has something to show.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::meter::Meter;
use crate::workload::Played;

/// How many rounds a sample has at least, the first not counted.
const FEWEST: usize = 3;

/// How long a sample goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Pace {
    /// For 150 ms at least.
    Full,
    /// For 30 ms at least.
    Quick,
    /// For one round, so that its operations are all that are done: something else than time is counted.
    Once,
}

/// That of this process.
static PACE: OnceLock<Pace> = OnceLock::new();

/// Has every play of this process go on for so long; the first word counts.
pub(crate) fn set_pace(pace: Pace) {
    let _same = PACE.set(pace);
}

impl Pace {
    fn at_least(self) -> Duration {
        match self {
            Self::Full => Duration::from_millis(150),
            Self::Quick => Duration::from_millis(30),
            Self::Once => Duration::ZERO,
        }
    }
}

/// Plays a round until it has taken long enough; the value is that of the median round, in nanoseconds per operation.
pub(crate) fn play(operations: u64, mut round: impl FnMut()) -> Played {
    let pace = PACE.get().copied().unwrap_or(Pace::Full);
    let fewest = match pace {
        Pace::Full | Pace::Quick => {
            round();
            FEWEST
        }
        Pace::Once => 1,
    };
    let meter = Meter::start();
    let mut rounds = Vec::new();
    while rounds.len() < fewest || meter.elapsed() < pace.at_least() {
        let started = Instant::now();
        round();
        rounds.push(started.elapsed());
    }
    let effort = meter.stop();
    Played {
        value: median(&mut rounds).as_nanos() as f64 / operations as f64,
        operations: operations * rounds.len() as u64,
        effort,
    }
}

/// The duration in the middle.
pub(crate) fn median(durations: &mut [Duration]) -> Duration {
    let middle = durations.len() / 2;
    *durations.select_nth_unstable(middle).1
}
