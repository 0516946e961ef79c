use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Pace, Tick};

/// Sequences of the ticks taken by a caller that comes back so many milliseconds after each.
fn taken(fps: f64, pauses_ms: &[u64]) -> Vec<u64> {
    let mut now = Instant::now();
    let mut pace = Pace::new(fps);
    let mut sequences = Vec::new();
    for &pause_ms in pauses_ms {
        let sequence = match pace.tick(now) {
            Tick::Take { sequence } => sequence,
            Tick::Wait(due) => {
                assert!(due > now);
                now = due;
                let Tick::Take { sequence } = pace.tick(now) else {
                    panic!("a tick is taken when it is due");
                };
                sequence
            }
        };
        sequences.push(sequence);
        now += Duration::from_millis(pause_ms);
    }
    sequences
}

#[test]
fn a_caller_who_keeps_up_gets_every_tick() {
    assert_eq!(taken(10.0, &[0, 99, 40, 100, 0]), [0, 1, 2, 3, 4]);
}

#[test]
fn a_late_caller_gets_the_last_tick_that_is_due() {
    assert_eq!(taken(10.0, &[350, 0, 120, 0]), [0, 3, 4, 5]);
}

#[test]
fn a_late_tick_delays_none_behind_it() {
    let start = Instant::now();
    let mut pace = Pace::new(4.0);
    assert_eq!(pace.tick(start), Tick::Take { sequence: 0 });
    let late = start + Duration::from_millis(390);
    assert_eq!(pace.tick(late), Tick::Take { sequence: 1 });
    assert_eq!(
        pace.tick(late),
        Tick::Wait(start + Duration::from_millis(500))
    );
}

#[test]
fn a_million_ticks_do_not_drift() {
    let start = Instant::now();
    let mut pace = Pace::new(30.0);
    assert_eq!(pace.tick(start), Tick::Take { sequence: 0 });
    let mut now = start;
    for expected in 1..=1_000_000 {
        let Tick::Wait(due) = pace.tick(now) else {
            panic!("nothing is due right after a tick");
        };
        now = due;
        assert_eq!(pace.tick(now), Tick::Take { sequence: expected });
    }
    let ideal = Duration::from_secs_f64(1_000_000.0 / 30.0);
    assert!((now - start).abs_diff(ideal) < Duration::from_micros(1));
}

proptest! {
    #[test]
    fn sequences_rise_and_none_is_taken_early(
        fps in 0.5..500.0f64,
        pauses_us in proptest::collection::vec(0u64..2_000_000, 1..50),
    ) {
        let start = Instant::now();
        let mut now = start;
        let mut pace = Pace::new(fps);
        let mut last = None;
        for pause_us in pauses_us {
            match pace.tick(now) {
                Tick::Wait(due) => now = due,
                Tick::Take { sequence } => {
                    prop_assert!(last < Some(sequence));
                    let elapsed = (now - start).as_secs_f64();
                    prop_assert!(sequence as f64 / fps <= elapsed + 2e-9);
                    prop_assert!((sequence + 1) as f64 / fps > elapsed - 2e-9);
                    last = Some(sequence);
                    now += Duration::from_micros(pause_us);
                }
            }
        }
    }
}
