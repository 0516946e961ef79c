//! A plain task makes one allocation.

use allocation_counter::measure;
use creel_runtime::{TaskBuilder, TaskFuture, ThreadPool};

use crate::gate::{occupy, pool_of};

/// More than one block of the common queue, which is allocated for 63 entries at a time.
const TASKS: u64 = 63 * 100;

/// How many allocations the submitter of a task makes, its share of the queue's blocks left out.
#[track_caller]
fn check(submit: impl Fn(&ThreadPool) -> TaskFuture<u64>, expected: u64) {
    check_on(&pool_of(1), submit, expected);
}

#[track_caller]
fn check_on(pool: &ThreadPool, submit: impl Fn(&ThreadPool) -> TaskFuture<u64>, expected: u64) {
    let _held = occupy(pool);
    let mut futures = Vec::with_capacity(TASKS as usize);
    let made = measure(|| futures.extend((0..TASKS).map(|_| submit(pool)))).count_total;
    let blocks = made - made / TASKS * TASKS;
    assert_eq!(made / TASKS, expected, "of each task");
    assert!(blocks <= TASKS / 63 + 1, "{blocks} beside those of tasks");
}

fn with(carry: impl Fn(TaskBuilder<&ThreadPool>) -> TaskBuilder<&ThreadPool>, expected: u64) {
    check(|pool| carry(pool.task()).submit(|| 7).unwrap(), expected);
}

#[test]
fn a_plain_task_makes_one_allocation() {
    check(|pool| pool.submit(|| 7).unwrap(), 1);
    let seven = [7_u64; 9];
    check(|pool| pool.submit(move || seven[3]).unwrap(), 1);
    with(|task| task, 1);
    let bounded = ThreadPool::builder()
        .max_workers(1)
        .queue_capacity(usize::MAX)
        .build()
        .unwrap();
    check_on(&bounded, |pool| pool.submit(|| 7).unwrap(), 1);
}

#[test]
fn what_a_task_carries_adds_none() {
    let name: std::sync::Arc<str> = "upload".into();
    with(|task| task.name(name.clone()), 1);
    with(|task| task.inherit_cancel(), 1);
}
