//! A task makes one allocation at most, and small ones share it.

use allocation_counter::measure;
use creel_runtime::{TaskFuture, ThreadPool};

use crate::gate::{occupy, pool_of};

/// More than one block of the common queue, which is allocated for 63 entries at a time.
const TASKS: u64 = 63 * 100;
/// One in 256 or so is measured, and needs room for that; more of them are never seen.
#[cfg(not(creel_alone))]
const MEASURED: u64 = TASKS / 256 * 3;

/// Checks how many allocations the submitter makes for each task, rounded down, and how many beside that: its share of
/// the queue's blocks and of what several tasks have together.
#[track_caller]
fn check_on(
    pool: &ThreadPool,
    submit: impl Fn(&ThreadPool) -> TaskFuture<u64>,
    (each, together): (u64, u64),
) {
    let _held = occupy(pool);
    let mut futures = Vec::with_capacity(TASKS as usize);
    let made = measure(|| futures.extend((0..TASKS).map(|_| submit(pool)))).count_total;
    assert_eq!(made / TASKS, each, "of each task");
    let beside = made % TASKS;
    assert!(beside <= TASKS / 63 + together + 1, "{beside} beside");
}

#[track_caller]
fn check(submit: impl Fn(&ThreadPool) -> TaskFuture<u64>, expected: (u64, u64)) {
    check_on(&pool_of(1), submit, expected);
}

#[cfg(not(creel_alone))]
#[test]
fn small_tasks_share_their_allocations() {
    let one_word = (0, TASKS / 21 + MEASURED);
    check(|pool| pool.submit(|| 7).unwrap(), one_word);
    check(|pool| pool.task().submit(|| 7).unwrap(), one_word);
    let bounded = ThreadPool::builder()
        .max_workers(1)
        .queue_capacity(usize::MAX)
        .build()
        .unwrap();
    check_on(&bounded, |pool| pool.submit(|| 7).unwrap(), one_word);
    let nine = [7_u64; 9];
    let nine_words = (0, TASKS / 7 + MEASURED);
    check(|pool| pool.submit(move || nine[3]).unwrap(), nine_words);
}

#[cfg(not(creel_alone))]
#[test]
fn small_futures_share_their_allocations() {
    // The list of the pool's futures grows now and then.
    let one_word = (0, TASKS / 10 + MEASURED + 20);
    check(|pool| pool.spawn(async { 7 }).unwrap(), one_word);
}

#[test]
fn a_large_task_makes_one_allocation() {
    let many = [7_u64; 40];
    check(|pool| pool.submit(move || many[3]).unwrap(), (1, 0));
}

#[test]
fn what_a_task_carries_adds_none() {
    let name: std::sync::Arc<str> = "upload".into();
    let named = |pool: &ThreadPool| pool.task().name(name.clone()).submit(|| 7).unwrap();
    let shared = (0, TASKS / 3);
    check(named, if cfg!(creel_alone) { (1, 0) } else { shared });
}
