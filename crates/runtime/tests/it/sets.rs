//! Waiting for many futures: as they are completed, and until some are.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use creel_runtime::{
    ResultError, TaskError, TaskFuture, ThreadPool, TimedOut, WaitError, WaitFor, Waited,
    as_completed, wait,
};

use crate::deadlocks::own_future;
use crate::gate::{Gate, occupy, pool_of};

/// A task that ends with its number once its gate is open.
fn gated(pool: &ThreadPool, gate: &Gate, number: usize) -> TaskFuture<usize> {
    let gate = gate.clone();
    pool.submit(move || {
        gate.pass();
        number
    })
    .unwrap()
}

fn numbers(pool: &ThreadPool, count: usize) -> Vec<TaskFuture<usize>> {
    (0..count)
        .map(|number| pool.submit(move || number).unwrap())
        .collect()
}

fn check(waited: Waited, done: &[usize], not_done: &[usize]) {
    assert_eq!((&waited.done[..], &waited.not_done[..]), (done, not_done));
}

#[test]
fn outcomes_come_in_the_order_in_which_the_tasks_end() {
    let pool = pool_of(3);
    let gates = [(); 3].map(|()| Gate::closed());
    let futures = gates
        .iter()
        .enumerate()
        .map(|(number, gate)| gated(&pool, gate, number));
    let mut completed = as_completed(futures);
    for place in [2, 0, 1] {
        gates[place].open();
        let (given, outcome) = completed.next().unwrap();
        assert_eq!((given, outcome.unwrap()), (place, place));
    }
    assert!(completed.next().is_none());
}

#[test]
fn each_of_many_futures_comes_once() {
    let pool = pool_of(4);
    let completed = as_completed(numbers(&pool, 5_000));
    assert_eq!(completed.len(), 5_000);
    let mut places = HashSet::new();
    for (place, outcome) in completed {
        assert_eq!(outcome.unwrap(), place);
        assert!(places.insert(place));
    }
    assert_eq!(places.len(), 5_000);
}

#[test]
fn each_future_comes_once_however_it_is_cancelled_meanwhile() {
    let pool = pool_of(2);
    for _ in 0..200 {
        let futures: Vec<_> = numbers(&pool, 8).into_iter().map(Arc::new).collect();
        let about = futures.clone();
        let canceller = thread::spawn(move || {
            let cancelled: Vec<_> = about.iter().map(|future| future.cancel()).collect();
            drop(about);
            cancelled
        });
        let waited = wait(futures.iter().map(|future| &**future), WaitFor::All, None).unwrap();
        assert_eq!(waited.done.len(), 8);
        let cancelled = canceller.join().unwrap();
        let futures = futures
            .into_iter()
            .map(|future| Arc::into_inner(future).unwrap());
        let mut seen = [None; 8];
        for (place, outcome) in as_completed(futures) {
            let was_cancelled = matches!(outcome, Err(ResultError::Task(TaskError::Cancelled)));
            assert_eq!(seen[place].replace(was_cancelled), None);
        }
        assert_eq!(seen.map(Option::unwrap)[..], cancelled);
    }
}

#[test]
fn a_task_without_a_value_comes_with_its_error() {
    let pool = pool_of(1);
    let futures = [pool.submit(|| panic!("torn")).unwrap()];
    let outcomes: Vec<(usize, Result<(), _>)> = as_completed(futures).collect();
    assert!(
        matches!(&outcomes[..], [(0, Err(ResultError::Task(TaskError::Panicked(panic))))] if panic.message() == "torn")
    );
}

/// In CPython such a future is never given, and whoever iterates hangs.
#[test]
fn futures_that_a_shutdown_cancels_come_as_completed() {
    let pool = Arc::new(pool_of(1));
    let mut first = occupy(&pool);
    let pending = [(); 2].map(|()| pool.submit(|| ()).unwrap());
    let mut completed = as_completed(first.future.take().into_iter().chain(pending));
    let stopped = Arc::clone(&pool);
    let stopping = thread::spawn(move || stopped.shutdown_now().unwrap());
    for place in 1..3 {
        let (given, outcome) = completed.next().unwrap();
        assert_eq!(given, place);
        assert!(matches!(
            outcome,
            Err(ResultError::Task(TaskError::Cancelled))
        ));
    }
    first.gate.open();
    assert!(matches!(completed.next(), Some((0, Ok(())))));
    assert!(completed.next().is_none());
    assert_eq!(stopping.join().unwrap(), 2);
}

#[test]
fn a_wait_for_the_next_that_is_over_takes_nothing() {
    let pool = pool_of(1);
    let gate = Gate::closed();
    let mut completed = as_completed([gated(&pool, &gate, 5)]);
    assert_eq!(
        completed.next_timeout(Duration::ZERO).unwrap_err(),
        TimedOut
    );
    assert_eq!(completed.len(), 1);
    gate.open();
    let (place, outcome) = completed.next_timeout(Duration::MAX).unwrap().unwrap();
    assert_eq!((place, outcome.unwrap()), (0, 5));
    assert!(completed.next_timeout(Duration::ZERO).unwrap().is_none());
}

#[test]
fn dropping_the_iterator_detaches_the_tasks_that_are_left() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let runs = Arc::new(AtomicUsize::new(0));
    let futures = [(); 3].map(|()| {
        let runs = Arc::clone(&runs);
        pool.submit(move || runs.fetch_add(1, Ordering::Relaxed))
            .unwrap()
    });
    drop(as_completed(futures));
    first.gate.open();
    pool.shutdown().unwrap();
    assert_eq!(runs.load(Ordering::Relaxed), 3);
}

#[test]
fn the_futures_that_are_left_can_be_had_back() {
    let pool = pool_of(1);
    let gate = Gate::closed();
    let mut completed = as_completed([
        gated(&pool, &Gate::opened(), 0),
        gated(&pool, &gate, 1),
        gated(&pool, &gate, 2),
    ]);
    assert_eq!(completed.next().unwrap().0, 0);
    let left = completed.into_futures();
    gate.open();
    for (place, future) in left {
        assert_eq!(future.result().unwrap(), place);
    }
}

#[test]
fn outcomes_can_be_awaited() {
    let pool = pool_of(2);
    let sum = pool.spawn({
        let mut completed = as_completed(numbers(&pool, 100));
        async move {
            let mut sum = 0;
            while let Some((place, outcome)) = completed.next_async().await {
                assert_eq!(outcome.unwrap(), place);
                sum += place;
            }
            sum
        }
    });
    assert_eq!(futures_executor::block_on(sum.unwrap()).unwrap(), 4_950);
}

#[test]
fn a_pool_of_one_worker_can_wait_for_many_of_its_own_tasks() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let sum = pool.submit(move || {
        let here = thread::current().id();
        let futures: Vec<_> = (0..100)
            .map(|_| inner.submit(|| thread::current().id()).unwrap())
            .collect();
        drop(inner);
        as_completed(futures)
            .filter(|(_, outcome)| matches!(outcome, Ok(worker) if *worker == here))
            .count()
    });
    assert_eq!(sum.unwrap().result().unwrap(), 100);
    assert_eq!(pool.workers(), 1, "what was waited for ran in place");
}

#[test]
fn a_worker_runs_no_more_in_place_than_it_must() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let ran = pool.submit(move || {
        let runs = Arc::new(AtomicUsize::new(0));
        let futures = [(); 3].map(|()| {
            let runs = Arc::clone(&runs);
            inner
                .submit(move || runs.fetch_add(1, Ordering::Relaxed))
                .unwrap()
        });
        drop(inner);
        let mut completed = as_completed(futures);
        let mut ran = Vec::new();
        while completed.next().is_some() {
            ran.push(runs.load(Ordering::Relaxed));
        }
        ran
    });
    assert_eq!(ran.unwrap().result().unwrap(), [1, 2, 3]);
}

#[test]
fn a_worker_that_waits_for_many_lets_another_take_its_place() {
    let (pool, other) = (Arc::new(pool_of(1)), pool_of(1));
    let gate = Gate::closed();
    let foreign = gated(&other, &gate, 7);
    let waiting = pool
        .submit(move || as_completed([foreign]).next().unwrap().1.unwrap())
        .unwrap();
    // Queued behind the one that waits: it opens the gate that the other needs.
    let opening = pool.submit(move || gate.open()).unwrap();
    opening.result().unwrap();
    assert_eq!(waiting.result().unwrap(), 7);
}

#[test]
fn a_worker_that_waits_for_many_of_another_pool_misses_none() {
    let (pool, other) = (pool_of(1), Arc::new(pool_of(2)));
    for _ in 0..50 {
        let other = Arc::clone(&other);
        let count = pool.submit(move || as_completed(numbers(&other, 2_000)).count());
        assert_eq!(count.unwrap().result().unwrap(), 2_000);
    }
}

#[test]
fn a_wait_that_would_never_end_hands_out_one_future_and_goes_on_with_the_others() {
    let pool = Arc::new(pool_of(2));
    let inner = Arc::clone(&pool);
    let (said, says) = mpsc::channel();
    own_future(&pool, "narcissus", move |own: TaskFuture<usize>| {
        let free = inner.submit(|| 5).unwrap();
        drop(inner);
        let mut completed = as_completed([own, free]);
        let (place, outcome) = completed.next().unwrap();
        assert_eq!((place, outcome.unwrap()), (1, 5));
        let Some((0, Err(ResultError::Wait(WaitError::Deadlock(cycle), own)))) = completed.next()
        else {
            panic!("it cannot have ended");
        };
        assert!(completed.next().is_none());
        said.send((cycle.to_string(), own.running())).unwrap();
        9
    });
    let (cycle, running) = says.recv().unwrap();
    assert_eq!(cycle, "`narcissus` waits for `narcissus`");
    assert!(running);
}

#[test]
fn who_has_ended_while_others_were_waited_for_hides_no_cycle_from_the_next_wait() {
    let (pool, other) = (Arc::new(pool_of(1)), pool_of(1));
    let gate = Gate::closed();
    let foreign = gated(&other, &gate, 5);
    let (said, says) = mpsc::channel();
    own_future(&pool, "narcissus", move |own: TaskFuture<usize>| {
        let mut completed = as_completed([own, foreign]);
        // Blocks: it lets another worker take its place, which opens the gate.
        assert_eq!(completed.next().unwrap().1.unwrap(), 5);
        let Some((0, Err(ResultError::Wait(WaitError::Deadlock(cycle), _)))) = completed.next()
        else {
            panic!("it cannot have ended");
        };
        said.send(cycle.to_string()).unwrap();
        9
    });
    let opening = pool.submit(move || gate.open()).unwrap();
    opening.result().unwrap();
    assert_eq!(says.recv().unwrap(), "`narcissus` waits for `narcissus`");
}

#[test]
fn a_wait_for_many_that_would_leave_no_worker_fails_and_loses_no_future() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .max_spares(0)
        .build()
        .unwrap();
    let other = pool_of(2);
    let gate = Gate::closed();
    let foreign = [gated(&other, &gate, 0), gated(&other, &gate, 1)];
    let handed_out = pool
        .submit(move || {
            assert_eq!(
                wait(&foreign, WaitFor::FirstCompleted, None),
                Err(WaitError::Exhausted)
            );
            as_completed(foreign)
                .map(|(place, outcome)| match outcome {
                    Err(ResultError::Wait(WaitError::Exhausted, future)) => (place, future),
                    other => panic!("{other:?}"),
                })
                .collect::<Vec<_>>()
        })
        .unwrap()
        .result()
        .unwrap();
    gate.open();
    assert_eq!(handed_out.len(), 2);
    for (place, future) in handed_out {
        assert_eq!(future.result().unwrap(), place);
    }
}

#[test]
fn waiting_for_all_takes_nothing() {
    let pool = pool_of(2);
    let futures = numbers(&pool, 100);
    let waited = wait(&futures, WaitFor::All, None).unwrap();
    check(waited, &(0..100).collect::<Vec<_>>(), &[]);
    for (number, future) in futures.into_iter().enumerate() {
        assert!(future.done());
        assert_eq!(future.result().unwrap(), number);
    }
}

#[test]
fn waiting_for_the_first_ends_when_one_is_done() {
    let pool = pool_of(2);
    let gates = [(); 2].map(|()| Gate::closed());
    let futures = [0, 1].map(|number| gated(&pool, &gates[number], number));
    gates[1].open();
    let waited = wait(&futures, WaitFor::FirstCompleted, None).unwrap();
    check(waited, &[1], &[0]);
    gates[0].open();
    check(wait(&futures, WaitFor::All, None).unwrap(), &[0, 1], &[]);
}

#[test]
fn waiting_for_the_first_error_goes_on_after_a_value() {
    let pool = pool_of(2);
    let gate = Gate::closed();
    let held = gated(&pool, &gate, 0);
    let value = pool.submit(|| 1).unwrap();
    let panics = pool.submit(|| panic!("torn")).unwrap();
    let futures = [held, value, panics];
    let waited = wait(&futures, WaitFor::FirstError, None).unwrap();
    check(waited, &[1, 2], &[0]);
    gate.open();
    let whole = wait(&futures[..2], WaitFor::FirstError, None).unwrap();
    check(whole, &[0, 1], &[]);
}

#[test]
fn an_err_that_a_task_returns_is_a_first_error_where_it_is_asked_for() {
    let pool = pool_of(2);
    let gate = Gate::closed();
    let held = gate.clone();
    let futures = [
        pool.submit(move || {
            held.pass();
            Ok(0)
        })
        .unwrap(),
        pool.submit(|| Ok(1)).unwrap(),
        pool.submit(|| Err("knot")).unwrap(),
    ];
    let waited = wait(&futures, WaitFor::FIRST_ERR, None).unwrap();
    check(waited, &[1, 2], &[0]);
    let unfinished = wait(&futures, WaitFor::FirstError, Some(Duration::ZERO)).unwrap();
    check(unfinished, &[1, 2], &[0]);
    gate.open();
    let whole = wait(&futures, WaitFor::FirstError, None).unwrap();
    check(whole, &[0, 1, 2], &[]);
}

#[test]
fn a_wait_for_many_that_is_over_says_what_is_done_and_what_is_not() {
    let pool = pool_of(1);
    let gate = Gate::closed();
    let futures = [
        gated(&pool, &Gate::opened(), 0),
        gated(&pool, &gate, 1),
        gated(&pool, &gate, 2),
    ];
    futures[0].wait().unwrap();
    let waited = wait(&futures, WaitFor::All, Some(Duration::ZERO)).unwrap();
    check(waited, &[0], &[1, 2]);
    gate.open();
    let waited = wait(&futures, WaitFor::All, Some(Duration::MAX)).unwrap();
    check(waited, &[0, 1, 2], &[]);
}

#[test]
fn a_wait_for_nothing_is_over_at_once() {
    for until in [WaitFor::All, WaitFor::FirstCompleted, WaitFor::FirstError] {
        let none: [&TaskFuture<()>; 0] = [];
        check(wait(none, until, None).unwrap(), &[], &[]);
    }
}

#[test]
fn a_future_may_be_waited_for_twice_at_once() {
    let pool = pool_of(1);
    let gate = Gate::closed();
    let future = gated(&pool, &gate, 0);
    let timed = wait([&future, &future], WaitFor::All, Some(Duration::ZERO));
    check(timed.unwrap(), &[], &[0, 1]);
    gate.open();
    let waited = wait([&future, &future], WaitFor::All, None).unwrap();
    check(waited, &[0, 1], &[]);
}

/// In CPython this waits for ever.
#[test]
fn a_wait_for_a_future_that_was_cancelled_before_is_over() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    for until in [WaitFor::All, WaitFor::FirstCompleted, WaitFor::FirstError] {
        let cancelled = pool.submit(|| ()).unwrap();
        assert!(cancelled.cancel());
        check(wait([&cancelled], until, None).unwrap(), &[0], &[]);
    }
    first.gate.open();
}

/// In CPython they are among those that are not done.
#[test]
fn futures_that_a_shutdown_cancelled_are_done() {
    let pool = Arc::new(pool_of(1));
    let first = occupy(&pool);
    let futures = [(); 3].map(|()| pool.submit(|| ()).unwrap());
    let stopped = Arc::clone(&pool);
    let stopping = thread::spawn(move || stopped.shutdown_now().unwrap());
    check(wait(&futures, WaitFor::All, None).unwrap(), &[0, 1, 2], &[]);
    first.gate.open();
    assert_eq!(stopping.join().unwrap(), 3);
    let waited = wait(&futures, WaitFor::All, Some(Duration::ZERO)).unwrap();
    check(waited, &[0, 1, 2], &[]);
}

#[test]
fn a_cancel_wakes_whoever_waits_for_many_before_it_returns() {
    let pool = pool_of(1);
    let first = occupy(&pool);
    let futures: Arc<[_]> = (0..2).map(|_| pool.submit(|| ()).unwrap()).collect();
    let waited = Arc::clone(&futures);
    let waiting = thread::spawn(move || wait(&*waited, WaitFor::FirstError, None).unwrap());
    assert!(futures[1].cancel());
    check(waiting.join().unwrap(), &[1], &[0]);
    first.gate.open();
}

#[test]
fn a_task_that_waits_for_all_of_which_it_is_one_gets_an_error() {
    let pool = Arc::new(pool_of(2));
    let inner = Arc::clone(&pool);
    let (said, says) = mpsc::channel();
    own_future(&pool, "narcissus", move |own: TaskFuture<()>| {
        let gate = Gate::closed();
        let held = gate.clone();
        let (starts, started) = mpsc::channel();
        let running = inner.submit(move || {
            starts.send(()).unwrap();
            held.pass();
        });
        drop(inner);
        started.recv().unwrap();
        let futures = [own, running.unwrap()];
        let refused = wait(&futures, WaitFor::All, None);
        gate.open();
        let first = wait(&futures, WaitFor::FirstCompleted, None);
        said.send((refused, first)).unwrap();
    });
    let (refused, first) = says.recv().unwrap();
    assert!(matches!(refused, Err(WaitError::Deadlock(_))));
    check(first.unwrap(), &[1], &[0]);
}
