use super::*;

const WORKERS: usize = 2;

/// The pace of so many waits, each for so many tasks that end at such intervals.
fn of(waits: u32, tasks: u32, between: Duration) -> Pace {
    let mut pace = Pace::new(WORKERS);
    let mut now = Instant::now();
    pace.wait(now);
    for _ in 0..waits {
        (0..tasks).for_each(|_| pace.task_taken());
        now += between * tasks;
        pace.wait(now);
    }
    pace
}

#[test]
fn of_long_tasks_two_a_worker_are_ahead_and_one_is_waited_for() {
    let pace = of(50, 1, Duration::from_millis(3));
    assert_eq!(pace.tasks_ahead(), 4);
    assert_eq!(pace.tasks_at_a_time(4), 0);
    assert_eq!(pace.tasks_at_a_time(1_000), 0);
}

#[test]
fn what_is_ahead_keeps_the_workers_busy_for_two_milliseconds() {
    let pace = of(10, 1, Duration::from_micros(50));
    assert_eq!(pace.tasks_ahead(), 40);
    assert_eq!(of(10, 20, Duration::from_micros(50)).tasks_ahead(), 40);
}

#[test]
fn of_tasks_that_take_nothing_so_many_a_worker_are_ahead_at_most() {
    let pace = of(50, 1, Duration::ZERO);
    assert_eq!(pace.tasks_ahead(), TASKS_MAX * WORKERS);
}

#[test]
fn what_is_ahead_grows_with_what_was_waited_for() {
    let ahead = [0, 1, 2, 3].map(|waits| of(waits, 1, Duration::from_micros(50)).tasks_ahead());
    assert_eq!(ahead, [4, 16, 40, 40]);
}

#[test]
fn what_is_waited_for_together_is_done_in_a_millisecond_and_leaves_the_workers_enough() {
    let pace = of(10, 1, Duration::from_micros(50));
    let at_a_time = |ahead| pace.tasks_at_a_time(ahead);
    assert_eq!(
        [0, 1, 4, 5, 8, 30, 40, 100].map(at_a_time),
        [0, 0, 0, 1, 4, 15, 20, 20]
    );
}

#[test]
fn a_pace_that_is_not_known_has_each_result_waited_for() {
    assert_eq!(of(0, 0, Duration::ZERO).tasks_at_a_time(100), 0);
}

#[test]
fn a_long_task_among_short_ones_changes_little() {
    let mut pace = of(10, 1, Duration::from_micros(50));
    let waited = pace.waited.unwrap();
    (0..20).for_each(|_| pace.task_taken());
    pace.wait(waited + Duration::from_millis(2));
    assert_eq!(pace.tasks_ahead(), 26, "2 ms for twenty");
    let waited = pace.waited.unwrap();
    pace.task_taken();
    pace.wait(waited + Duration::from_millis(100));
    assert_eq!(pace.tasks_ahead(), 4, "it is told by what comes");
}

#[test]
fn at_the_end_all_are_waited_for_that_are_done_in_a_millisecond() {
    let mut pace = of(10, 1, Duration::from_micros(50));
    pace.nothing_follows();
    let at_a_time = |ahead| pace.tasks_at_a_time(ahead);
    assert_eq!([0, 1, 2, 8, 40].map(at_a_time), [0, 0, 1, 7, 20]);
}

#[test]
fn who_takes_all_has_more_ahead_and_waits_for_more_at_a_time() {
    let mut pace = of(10, 1, Duration::from_micros(50));
    pace.take_all(1);
    for _ in 0..3 {
        let waited = pace.waited.unwrap();
        pace.task_taken();
        pace.wait(waited + Duration::from_micros(50));
    }
    assert_eq!(pace.tasks_ahead(), TASKS_MAX * WORKERS, "8 ms would be 160");
    assert_eq!(pace.tasks_at_a_time(128), 64);
    assert_eq!(pace.tasks_at_a_time(1_000), 80, "4 ms");
}

#[test]
fn who_takes_all_of_chunks_need_not_find_out_that_items_are_short() {
    let mut pace = Pace::new(WORKERS);
    pace.take_all(1);
    assert_eq!(pace.tasks_ahead(), TASKS_MIN * WORKERS);
    pace.take_all(2);
    assert_eq!(pace.tasks_ahead(), TASKS_OF_ALL * WORKERS);
    assert_eq!(pace.tasks_at_a_time(16), 8);
}
