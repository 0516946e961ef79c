use std::time::{Duration, Instant};

use creel_testkit::WakeCount;

use super::{Entry, Roll};

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The times of those that are due.
fn taken(roll: &mut Roll, now: Instant, most: usize) -> Vec<Instant> {
    let mut due = Vec::new();
    let _first = roll.take_due(now, most, &mut due);
    due.iter().map(|(alarm, _)| alarm.when()).collect()
}

#[test]
fn the_thread_is_told_of_alarms_that_are_due_before_it_looks() {
    let (mut roll, now, wakes) = (Roll::new(), Instant::now(), WakeCount::new());
    let is_news = |roll: &mut Roll, when| match roll.add(0, now + ms(when), wakes.waker()) {
        Entry::News(_) => true,
        Entry::Waits(_) => false,
        Entry::Due(_) => panic!("it is not due"),
    };
    let told = [5, 7, 5, 3, 4].map(|when| is_news(&mut roll, when));
    assert_eq!(told, [true, false, false, true, false]);
    // From here on it looks when the first of those is due that are left.
    assert_eq!(
        roll.take_due(now + ms(3), 9, &mut Vec::new()),
        Some(now + ms(4))
    );
    assert!(!is_news(&mut roll, 4));
    assert_eq!(roll.take_due(now + ms(7), 9, &mut Vec::new()), None);
    assert!(is_news(&mut roll, 9));
}

#[test]
fn those_that_are_due_come_out_the_earliest_first_and_so_many_at_a_time() {
    let (mut roll, now, wakes) = (Roll::new(), Instant::now(), WakeCount::new());
    for when in [4, 1, 3, 2, 6] {
        let _told = roll.add(0, now + ms(when), wakes.waker());
    }
    assert_eq!(taken(&mut roll, now, 9), []);
    assert_eq!(
        taken(&mut roll, now + ms(5), 3),
        [1, 2, 3].map(|when| now + ms(when))
    );
    assert_eq!(taken(&mut roll, now + ms(5), 3), [now + ms(4)]);
    assert!(!roll.is_empty());
}

#[test]
fn nothing_comes_in_that_is_due_before_what_was_taken_out() {
    let (mut roll, now, wakes) = (Roll::new(), Instant::now(), WakeCount::new());
    assert_eq!(roll.past(), None);
    assert!(matches!(
        roll.add(0, now + ms(2), wakes.waker()),
        Entry::News(_)
    ));
    for _ in 0..2 {
        assert!(matches!(
            roll.add(0, now + ms(3), wakes.waker()),
            Entry::Waits(_)
        ));
    }
    assert_eq!(taken(&mut roll, now + ms(4), 2).len(), 2);
    // Of two that are due at the same time one is still here.
    assert!(roll.past() >= Some(now + ms(2)) && roll.past() < Some(now + ms(3)));
    assert!(matches!(
        roll.add(0, now + ms(2), wakes.waker()),
        Entry::Due(_)
    ));
    assert!(matches!(
        roll.add(0, now + ms(3), wakes.waker()),
        Entry::Waits(_)
    ));
    assert_eq!(taken(&mut roll, now + ms(4), 9).len(), 2);
    assert_eq!(roll.past(), Some(now + ms(4)));
    assert!(matches!(
        roll.add(0, now + ms(4), wakes.waker()),
        Entry::Due(_)
    ));
    assert!(roll.is_empty());
}

#[test]
fn an_alarm_knows_its_roll() {
    let (now, wakes) = (Instant::now(), WakeCount::new());
    for index in [0, 3, super::ROLLS - 1] {
        let mut roll = Roll::new();
        for _ in 0..3 {
            let (Entry::News(alarm) | Entry::Waits(alarm)) = roll.add(index, now, wakes.waker())
            else {
                panic!("nothing was looked at");
            };
            assert_eq!(Roll::of(alarm), index);
        }
    }
}
