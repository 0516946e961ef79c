//! Playing the same thing again and again, until the clock has something to show.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::meter::Meter;
use crate::workload::Played;

/// How long a sample goes on at least.
const AT_LEAST: Duration = Duration::from_millis(150);
/// How many rounds a sample has at least, the first not counted.
const FEWEST: usize = 3;

/// Whether the clock does not matter, since something else is counted.
static ONCE: AtomicBool = AtomicBool::new(false);

/// Has every play of this process be a single round, so that its operations are all that are done.
pub(crate) fn play_once() {
    ONCE.store(true, Ordering::Relaxed);
}

/// Plays a round until it has taken long enough; the value is that of the median round, in nanoseconds per operation.
pub(crate) fn play(operations: u64, mut round: impl FnMut()) -> Played {
    let once = ONCE.load(Ordering::Relaxed);
    if !once {
        round();
    }
    let meter = Meter::start();
    let mut rounds = Vec::new();
    while rounds.is_empty() || !once && (rounds.len() < FEWEST || meter.elapsed() < AT_LEAST) {
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
