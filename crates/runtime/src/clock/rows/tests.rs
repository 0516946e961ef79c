use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use creel_core::port::Alarm;
use creel_testkit::WakeCount;
use proptest::prelude::*;

use super::{BLOCK, GAPS_MIN, ROWS, Rows};

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Enters alarms that are due after so many milliseconds, one after the other.
fn enter(rows: &mut Rows, start: Instant, times: impl IntoIterator<Item = u64>) -> Vec<Alarm> {
    let wakes = WakeCount::new();
    let mut number = 0;
    let mut insert = |time| {
        number += 1;
        rows.insert(start + ms(time), number, wakes.waker())
    };
    times.into_iter().map(&mut insert).collect()
}

#[test]
fn alarms_that_come_in_order_need_no_map() {
    let (mut rows, start) = (Rows::new(), Instant::now());
    // A far one, sleeps of one length, and of another.
    enter(&mut rows, start, [9_000]);
    enter(
        &mut rows,
        start,
        (0..500).flat_map(|time| [time, time + 700]),
    );
    assert!(rows.others.is_empty());
    assert_eq!(rows.rows.iter().filter(|row| !row.is_empty()).count(), 3);
}

#[test]
fn what_fits_at_no_end_comes_out_in_its_turn_all_the_same() {
    let (mut rows, start) = (Rows::new(), Instant::now());
    let times: Vec<_> = (0..20).rev().collect();
    enter(&mut rows, start, times);
    assert_eq!(rows.others.len(), 20 - ROWS);
    let taken = std::iter::from_fn(|| rows.take_due(start + ms(99)));
    let taken: Vec<_> = taken.map(|(alarm, _)| alarm.when()).collect();
    assert_eq!(taken, Vec::from_iter((0..20).map(|time| start + ms(time))));
}

#[test]
fn rows_of_which_most_is_forgotten_keep_little() {
    let (mut rows, start) = (Rows::new(), Instant::now());
    let count = 100 * BLOCK as u64;
    let alarms = enter(&mut rows, start, 0..count);
    for alarm in &alarms[1..alarms.len() - 1] {
        assert!(rows.remove(*alarm).is_some());
    }
    let places = |rows: &Rows| rows.rows.iter().map(|row| row.places).sum::<usize>();
    let blocks = |rows: &Rows| rows.rows.iter().map(|row| row.blocks.len()).sum::<usize>();
    assert!(places(&rows) <= 2 + GAPS_MIN && blocks(&rows) <= 2);
    assert_eq!(rows.first(), Some(start));
    for alarm in [alarms[0], alarms[alarms.len() - 1]] {
        assert!(rows.remove(alarm).is_some());
        assert!(rows.remove(alarm).is_none());
    }
    assert!(rows.is_empty());
    assert!(places(&rows) == 0 && blocks(&rows) <= 1);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Insert { ms: u64 },
    Remove { index: usize },
    Take { until: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        // Some times are frequent, so that there are equal ones and long rows.
        3 => (0..4_u64).prop_map(|time| Step::Insert { ms: 100 * time }),
        3 => (0..500_u64).prop_map(|ms| Step::Insert { ms }),
        3 => any::<usize>().prop_map(|index| Step::Remove { index }),
        2 => (0..200_u64).prop_map(|until| Step::Take { until }),
    ]
}

proptest! {
    #[test]
    fn rows_are_an_ordered_map(steps in prop::collection::vec(step(), 1..600)) {
        let (mut rows, mut now) = (Rows::new(), Instant::now());
        let mut model: BTreeMap<Alarm, WakeCount> = BTreeMap::new();
        let mut gone: Vec<Alarm> = Vec::new();
        for (step, number) in steps.into_iter().zip(1..) {
            match step {
                Step::Insert { ms: time } => {
                    let wakes = WakeCount::new();
                    let alarm = rows.insert(now + ms(time), number, wakes.waker());
                    prop_assert_eq!((alarm.when(), Rows::number_of(alarm)), (now + ms(time), number));
                    model.insert(alarm, wakes);
                }
                Step::Remove { index } => {
                    if let Some(alarm) = model.keys().nth(index % model.len().max(1)).copied() {
                        prop_assert!(rows.remove(alarm).is_some());
                        let wakes = model.remove(&alarm).unwrap();
                        prop_assert_eq!((wakes.count(), wakes.wakers()), (0, 0));
                        gone.push(alarm);
                    }
                }
                Step::Take { until } => {
                    while let Some((alarm, waker)) = rows.take_due(now + ms(until)) {
                        let (first, wakes) = model.pop_first().unwrap();
                        prop_assert_eq!(alarm, first);
                        waker.wake();
                        prop_assert_eq!((wakes.count(), wakes.wakers()), (1, 0));
                        gone.push(alarm);
                    }
                    now += ms(until / 10);
                    prop_assert!(model.keys().next().is_none_or(|first| first.when() > now));
                }
            }
            prop_assert_eq!(rows.first(), model.keys().next().map(|alarm| alarm.when()));
            prop_assert_eq!(rows.is_empty(), model.is_empty());
        }
        for alarm in gone {
            prop_assert!(rows.remove(alarm).is_none(), "what is gone names nothing else");
        }
        prop_assert!(model.values().all(|wakes| wakes.wakers() == 1));
    }
}
