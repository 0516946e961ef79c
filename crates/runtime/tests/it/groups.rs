//! Tasks that belong together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use creel_runtime::{
    GroupHandle, JoinError, Rejected, ResultError, TaskError, TaskFuture, TaskGroup, TimedOut,
    WaitError,
};

use crate::gate::{Gate, occupy, pool_of, wait_for_cancel};

/// Adds a task that ends with `value` once it is asked to stop, and returns once it runs.
fn endless<T: Send + 'static>(group: &TaskGroup<T>, value: T) {
    let (says, said) = mpsc::channel();
    group
        .submit(move || {
            says.send(()).unwrap();
            wait_for_cancel();
            value
        })
        .unwrap();
    said.recv().unwrap();
}

#[test]
fn values_come_in_the_order_in_which_the_tasks_were_added() {
    let pool = pool_of(4);
    let mut group = pool.group();
    for number in 0..100 {
        assert_eq!(group.submit(move || number).unwrap(), number);
    }
    assert_eq!(group.len(), 100);
    assert_eq!(group.join_all().unwrap(), (0..100).collect::<Vec<_>>());
    assert!(group.is_empty());
}

#[test]
fn outcomes_come_as_the_tasks_end_with_their_numbers() {
    let pool = pool_of(2);
    let mut group = pool.group();
    let gate = Gate::closed();
    let held = gate.clone();
    group.submit(move || held.pass()).unwrap();
    group.spawn(async {}).unwrap();
    assert!(matches!(group.next(), Some((1, Ok(())))));
    assert_eq!(group.next_timeout(Duration::ZERO).unwrap_err(), TimedOut);
    gate.open();
    assert!(matches!(group.next(), Some((0, Ok(())))));
    assert!(group.next().is_none());
    assert_eq!(group.submit(|| ()).unwrap(), 2);
    assert!(matches!(group.next(), Some((2, Ok(())))));
}

#[test]
fn outcomes_and_values_of_a_group_can_be_awaited() {
    let pool = pool_of(2);
    let mut group = pool.group();
    for number in 0..10 {
        group.submit(move || number).unwrap();
    }
    let awaited = pool.spawn(async move {
        let (number, outcome) = group.next_async().await.unwrap();
        assert_eq!(outcome.unwrap(), number);
        (number, group.join_all_async().await.unwrap())
    });
    let (first, rest) = awaited.unwrap().result().unwrap();
    let expected: Vec<_> = (0..10).filter(|number| *number != first).collect();
    assert_eq!(rest, expected);
}

#[test]
fn the_first_error_cancels_the_rest_and_is_returned_once_that_is_done() {
    let pool = pool_of(2);
    let mut group = pool.group();
    let ended = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&ended);
    let (started, starts) = mpsc::channel();
    group
        .submit(move || {
            started.send(()).unwrap();
            wait_for_cancel();
            counter.fetch_add(1, Ordering::Relaxed);
        })
        .unwrap();
    starts.recv().unwrap();
    group.spawn(std::future::pending()).unwrap();
    group.submit(|| panic!("torn")).unwrap();
    let Err(JoinError::Task(TaskError::Panicked(panic))) = group.join_all() else {
        panic!("one has panicked");
    };
    assert_eq!(panic.message(), "torn");
    assert_eq!(ended.load(Ordering::Relaxed), 1);
    assert!(group.is_empty());
    assert!(matches!(group.submit(|| ()), Err(Rejected::ShutDown(_))));
}

#[test]
fn an_err_that_a_task_returns_cancels_the_rest_where_it_is_asked_for() {
    let pool = pool_of(2);
    let mut group = pool.group();
    endless(&group, Ok(1));
    group.submit(|| Err("knot")).unwrap();
    assert!(matches!(
        group.try_join_all(),
        Err(JoinError::Returned("knot"))
    ));
    let mut group = pool.group();
    for outcome in [Ok(1), Err("knot"), Ok(3)] {
        group.submit(move || outcome).unwrap();
    }
    assert_eq!(group.join_all().unwrap(), [Ok(1), Err("knot"), Ok(3)]);
}

#[test]
fn an_err_that_is_awaited_cancels_the_rest() {
    let pool = pool_of(2);
    let mut group = pool.group();
    endless(&group, Ok(1));
    group.submit(|| Err("knot")).unwrap();
    let joined = futures_executor::block_on(group.try_join_all_async());
    assert!(matches!(joined, Err(JoinError::Returned("knot"))));
}

#[test]
fn values_of_tasks_that_may_fail_come_without_their_wrapping() {
    let pool = pool_of(2);
    let mut group = pool.group();
    for number in 0..3 {
        group.submit(move || Ok::<_, String>(number)).unwrap();
    }
    assert_eq!(group.try_join_all().unwrap(), [0, 1, 2]);
}

#[test]
fn a_group_that_has_failed_takes_no_more() {
    let pool = pool_of(1);
    let mut group = pool.group();
    endless(&group, 1);
    group.cancel();
    assert!(matches!(
        group.submit(|| 2),
        Err(Rejected::ShutDown(closure)) if closure() == 2
    ));
    assert_eq!(group.join_all().unwrap(), [1], "it ended with a value");
}

#[test]
fn dropping_the_group_cancels_what_has_not_started_and_asks_the_rest_to_stop() {
    let pool = pool_of(1);
    let runs = Arc::new(AtomicUsize::new(0));
    let group = pool.group();
    endless(&group, ());
    for _ in 0..3 {
        let runs = Arc::clone(&runs);
        group
            .submit(move || {
                runs.fetch_add(1, Ordering::Relaxed);
            })
            .unwrap();
    }
    drop(group);
    assert_eq!(Arc::strong_count(&runs), 1, "their bodies were dropped");
    // It ends, since the one that ran was asked to stop.
    pool.shutdown().unwrap();
    assert_eq!(runs.load(Ordering::Relaxed), 0);
}

#[test]
fn dropping_the_group_ends_suspended_async_tasks() {
    let pool = pool_of(1);
    let group = pool.group();
    let token = Arc::new(());
    let held = Arc::clone(&token);
    group
        .spawn(async move {
            let _held = held;
            std::future::pending::<()>().await;
        })
        .unwrap();
    drop(group);
    // An event that the only worker reaches after a poll that was under way.
    pool.submit(|| ()).unwrap().result().unwrap();
    assert_eq!(Arc::strong_count(&token), 1);
}

/// Adds two tasks that do the same, down to a depth.
fn grow(handle: &GroupHandle<u32>, depth: u32) -> u32 {
    if depth > 0 {
        for _ in 0..2 {
            let inner = handle.clone();
            handle.submit(move || grow(&inner, depth - 1)).unwrap();
        }
    }
    depth
}

#[test]
fn tasks_of_a_group_add_others_which_are_waited_for_as_well() {
    let pool = pool_of(3);
    let mut group = pool.group();
    let handle = group.handle();
    group.submit(move || grow(&handle, 9)).unwrap();
    let depths = group.join_all().unwrap();
    assert_eq!(depths.len(), 1023);
    assert_eq!(depths[0], 9);
}

#[test]
fn a_pool_of_one_worker_can_wait_for_a_group_inside_of_a_task() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let depths = pool.submit(move || {
        let mut group = inner.group();
        drop(inner);
        let handle = group.handle();
        group.submit(move || grow(&handle, 7)).unwrap();
        let first = group.next().unwrap().1.unwrap();
        (first, group.join_all().unwrap().len())
    });
    assert_eq!(depths.unwrap().result().unwrap(), (7, 254));
    assert_eq!(pool.workers(), 1, "what was waited for ran in place");
}

#[test]
fn a_handle_does_not_keep_the_group() {
    let pool = pool_of(1);
    let group = pool.group();
    let handle = group.handle();
    let (token, first) = (Arc::new(()), occupy(&pool));
    let held = Arc::clone(&token);
    group.submit(move || held).unwrap();
    drop(group);
    assert_eq!(Arc::strong_count(&token), 1, "its task was cancelled");
    assert!(matches!(
        handle.submit(|| Arc::new(())),
        Err(Rejected::ShutDown(_))
    ));
    first.gate.open();
}

#[test]
fn a_value_that_nobody_took_is_dropped_with_the_group() {
    let pool = pool_of(1);
    let group = pool.group();
    let handle = group.handle();
    let token = Arc::new(());
    let value = Arc::clone(&token);
    group.submit(move || value).unwrap();
    pool.shutdown().unwrap();
    assert_eq!(Arc::strong_count(&token), 2);
    drop(group);
    assert_eq!(Arc::strong_count(&token), 1);
    drop(handle);
}

#[test]
fn no_task_that_is_added_while_the_group_is_dropped_runs_on() {
    let pool = pool_of(2);
    for _ in 0..100 {
        let group = pool.group();
        let handle = group.handle();
        let adding = thread::spawn(move || {
            let mut added = 0;
            while handle.submit(wait_for_cancel).is_ok() {
                added += 1;
            }
            added
        });
        group.submit(|| ()).unwrap();
        drop(group);
        adding.join().unwrap();
    }
    // It ends, since each task was cancelled or asked to stop.
    pool.shutdown().unwrap();
}

#[test]
fn a_group_that_waits_for_its_own_waiter_gets_an_error_and_keeps_its_tasks() {
    let pool = pool_of(2);
    let (gives, given) = mpsc::channel::<TaskGroup<u32>>();
    let (says, said) = mpsc::channel();
    let group = pool.group();
    let member = group.task().name("member").submit(move || {
        let mut group = given.recv().unwrap();
        let Err(JoinError::Wait(WaitError::Deadlock(cycle))) = group.join_all() else {
            panic!("it waits for itself");
        };
        assert_eq!(group.len(), 1);
        let Some((0, Err(ResultError::Wait(_, own)))) = group.next() else {
            panic!("it waits for itself");
        };
        says.send((cycle.to_string(), own)).unwrap();
        assert!(group.is_empty());
        5
    });
    member.unwrap();
    gives.send(group).unwrap();
    let (cycle, future) = said.recv().unwrap();
    assert_eq!(cycle, "`member` waits for `member`");
    assert_eq!(future.result().unwrap(), 5);
}

#[test]
fn a_member_may_wait_for_the_task_that_waits_for_any_of_its_group() {
    let pool = Arc::new(pool_of(3));
    let inner = Arc::clone(&pool);
    let (gives, given) = mpsc::channel::<TaskFuture<u32>>();
    let (hands, handed) = mpsc::channel();
    let (says, said) = mpsc::channel();
    let waiting = pool.submit(move || {
        let mut group = inner.group();
        drop(inner);
        let (starts, started) = mpsc::channel();
        let waits = move || {
            starts.send(()).unwrap();
            says.send(given.recv().unwrap().result().unwrap()).unwrap();
            1
        };
        group.submit(waits).unwrap();
        // It would not end inside of the task that it waits for.
        started.recv().unwrap();
        hands.send(group.handle()).unwrap();
        group.next().unwrap().1.unwrap()
    });
    let free = Gate::closed();
    let gate = free.clone();
    let added = handed.recv().unwrap().submit(move || {
        gate.pass();
        2
    });
    added.unwrap();
    gives.send(waiting.unwrap()).unwrap();
    free.open();
    assert_eq!(said.recv().unwrap(), 2);
}
