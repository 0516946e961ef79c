use std::time::Instant;

use super::*;
use crate::journal::Journal;
use crate::view::{Fill, Ledger, Term, Unit};

fn view(milliseconds: u64, answered: u64) -> View {
    View {
        elapsed: Duration::from_millis(milliseconds),
        ledger: Ledger {
            came: vec![Term::of("captured", answered)],
            went: vec![Term::of("answered", answered)],
        },
        fills: vec![Fill {
            name: "buffer",
            unit: Unit::Items,
            used: 16,
            capacity: Some(64),
        }],
        ..View::default()
    }
}

#[test]
fn a_sample_tells_the_rates_since_the_one_before() {
    let start = Instant::now();
    let excerpt = Journal::new(start).excerpt(&[], start);
    let mut history = History::default();
    assert_eq!(history.sample(&view(0, 0), &excerpt), None);
    assert_eq!(history.sample(&view(900, 10), &excerpt), None);
    let sample = history.sample(&view(2_000, 60), &excerpt).unwrap();
    assert_eq!((sample.at, sample.answered, sample.fill), (2.0, 30.0, 0.25));
    assert_eq!(sample.p50, None, "nothing was timed");
    assert_eq!(history.sample(&view(2_500, 70), &excerpt), Some(sample));
}

#[test]
fn only_the_latest_samples_are_kept() {
    let start = Instant::now();
    let excerpt = Journal::new(start).excerpt(&[], start);
    let mut history = History::default();
    for second in 0..1_000 {
        history.sample(&view(second * 1_000, second), &excerpt);
    }
    let samples = history.samples();
    assert_eq!(samples.len(), SAMPLES);
    assert_eq!(samples[SAMPLES - 1].at, 999.0);
}
