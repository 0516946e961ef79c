//! How long answers took over the last second.

use std::time::{Duration, Instant};

use crate::view::Latency;

/// Over how long.
const SPAN: Duration = Duration::from_secs(1);

/// How many times are kept of a span; of more, the latest.
const TIMES: usize = 2048;

/// The times of the last span that is over, and those of the one that is not.
#[derive(Debug)]
pub(super) struct Lately {
    begun: Instant,
    growing: Times,
    whole: Times,
}

/// The times of a span.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    latency: Vec<Duration>,
    service: Vec<Duration>,
    count: u64,
}

impl Lately {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            begun: now,
            growing: Times::default(),
            whole: Times::default(),
        }
    }

    pub(super) fn record(&mut self, now: Instant, latency: Duration, service: Option<Duration>) {
        self.turn(now);
        let place = self.growing.count as usize % TIMES;
        self.growing.count += 1;
        put(&mut self.growing.latency, place, latency);
        if let Some(service) = service {
            put(&mut self.growing.service, place, service);
        }
    }

    /// The times of the last span that is over.
    pub(super) fn whole(&mut self, now: Instant) -> &Times {
        self.turn(now);
        &self.whole
    }

    /// Turns to the span of this instant.
    fn turn(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.begun);
        if passed < SPAN {
            return;
        }
        self.whole = std::mem::take(&mut self.growing);
        if passed >= 2 * SPAN {
            self.whole = Times::default();
        }
        self.begun = now;
    }
}

impl Times {
    /// From capture to answer, and what the service took of it; sorts them, for which the journal is not to be held.
    pub(super) fn spread(mut self) -> (Latency, Latency) {
        (spread(&mut self.latency), spread(&mut self.service))
    }
}

fn put(times: &mut Vec<Duration>, place: usize, time: Duration) {
    match times.get_mut(place) {
        Some(earlier) => *earlier = time,
        None => times.push(time),
    }
}

fn spread(times: &mut [Duration]) -> Latency {
    times.sort_unstable();
    let at = |share: f64| {
        let rank = (times.len() as f64 * share).ceil() as usize;
        times
            .get(rank.saturating_sub(1))
            .copied()
            .unwrap_or_default()
    };
    Latency {
        count: times.len() as u64,
        p50: at(0.5),
        p99: at(0.99),
    }
}
