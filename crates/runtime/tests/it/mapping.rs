use std::cell::Cell;
use std::collections::HashSet;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;

use creel_runtime::{JoinError, TaskError, TaskFuture, WaitError};

use crate::deadlocks::own_future;
use crate::gate::{Gate, pool_of, wait_for_cancel};

#[test]
fn results_come_in_the_order_of_the_items() {
    let pool = pool_of(4);
    let results: Vec<_> = pool
        .map(0..500, |n| n * 2)
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(results, (0..500).map(|n| n * 2).collect::<Vec<_>>());
}

#[test]
fn items_are_pulled_lazily_and_at_most_the_buffer_ahead() {
    let pool = pool_of(2);
    let pulled = Cell::new(0);
    let items = std::iter::from_fn(|| {
        pulled.set(pulled.get() + 1);
        Some(pulled.get())
    });
    let mut results = pool.map(items, |n| n).buffer(5);
    assert_eq!(
        results
            .by_ref()
            .map(Result::unwrap)
            .take(3)
            .collect::<Vec<_>>(),
        [1, 2, 3]
    );
    drop(results);
    assert_eq!(pulled.get(), 7, "three given, and four ahead of the third");
}

#[test]
fn dropping_the_iterator_cancels_what_has_not_started() {
    let pool = pool_of(1);
    let gate = Gate::closed();
    let (runs, run) = mpsc::channel();
    let started = Arc::new(AtomicUsize::new(0));
    let (inner, counter) = (gate.clone(), Arc::clone(&started));
    let mut results = pool
        .map(0..100, move |n| {
            counter.fetch_add(1, Ordering::Relaxed);
            if n == 1 {
                runs.send(()).unwrap();
                inner.pass();
            }
            n
        })
        .buffer(10);
    assert_eq!(results.next().unwrap().unwrap(), 0);
    run.recv().unwrap();
    drop(results);
    gate.open();
    pool.shutdown().unwrap();
    assert_eq!(started.load(Ordering::Relaxed), 2);
}

#[test]
fn a_panic_is_the_error_of_its_own_item_only() {
    let pool = pool_of(2);
    let results: Vec<_> = pool.map(0..5, |n| assert!(n != 2, "not two")).collect();
    let broken: Vec<_> = results.iter().map(Result::is_err).collect();
    assert_eq!(broken, [false, false, true, false, false]);
}

#[test]
fn a_map_on_a_closed_pool_gives_errors() {
    let pool = pool_of(1);
    pool.shutdown().unwrap();
    let results: Vec<_> = pool.map(0..2, |n| n).collect();
    assert!(matches!(
        &results[..],
        [
            Err(JoinError::Task(TaskError::Abandoned(_))),
            Err(JoinError::Task(TaskError::Abandoned(_)))
        ]
    ));
}

#[test]
fn results_in_no_order_come_as_the_tasks_end() {
    let pool = pool_of(3);
    let gates = Arc::new([(); 3].map(|()| Gate::closed()));
    let inner = Arc::clone(&gates);
    let mut results = pool.map_unordered(0..3, move |n: usize| {
        inner[n].pass();
        n
    });
    for n in [2, 0, 1] {
        gates[n].open();
        assert_eq!(results.next().unwrap().unwrap(), n);
    }
    assert!(results.next().is_none());
}

#[test]
fn an_endless_iterator_is_pulled_no_further_than_the_buffer_in_any_order() {
    let pool = pool_of(2);
    let pulled = Cell::new(0);
    let items = std::iter::from_fn(|| {
        pulled.set(pulled.get() + 1);
        Some(pulled.get())
    });
    let mut results = pool.map_unordered(items, |n| n).buffer(5);
    let mut seen = HashSet::new();
    for given in 1..1_000 {
        assert!(seen.insert(results.next().unwrap().unwrap()));
        assert_eq!(pulled.get(), given + 4);
    }
}

#[test]
fn an_endless_iterator_of_short_tasks_costs_constant_memory() {
    let pool = pool_of(2);
    let pulled = Cell::new(0);
    let items = std::iter::from_fn(|| {
        pulled.set(pulled.get() + 1);
        Some(pulled.get())
    });
    let mut results = pool.map(items, |n| n).chunk(3);
    for given in 1..100_000 {
        assert_eq!(results.next().unwrap().unwrap(), given);
        assert!(pulled.get() - given < 3 * 2 * 64);
    }
}

#[test]
fn short_tasks_give_their_results_though_one_behind_them_never_ends() {
    let pool = pool_of(2);
    let gate = Gate::closed();
    let held = gate.clone();
    let mut results = pool.map(1_u32.., move |n| {
        if n % 1_000 == 0 {
            held.pass();
        }
        n
    });
    for given in 1..1_000 {
        assert_eq!(results.next().unwrap().unwrap(), given);
    }
    gate.open();
    assert_eq!(results.next().unwrap().unwrap(), 1_000);
}

#[test]
fn results_of_chunks_come_one_by_one_in_the_order_of_the_items() {
    let pool = pool_of(3);
    let results: Vec<_> = pool
        .map(0..103, |n| n * 2)
        .chunk(10)
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(results, (0..103).map(|n| n * 2).collect::<Vec<_>>());
    let mut results: Vec<_> = pool
        .map_unordered(0..103, |n| n)
        .chunk(10)
        .collect::<Result<_, _>>()
        .unwrap();
    results.sort_unstable();
    assert_eq!(results, (0..103).collect::<Vec<_>>());
}

#[test]
fn the_items_of_a_chunk_are_one_task() {
    let pool = pool_of(2);
    let both = Barrier::new(2);
    // It does not tell how many are left, and so each chunk is a whole one.
    let items = (0..8).filter(|_| true);
    let results = pool.map(items, move |n| {
        // The chunks meet at their first items: they run on two workers.
        if n % 4 == 0 {
            both.wait();
        }
        thread::current().id()
    });
    let workers: Vec<_> = results.chunk(4).map(Result::unwrap).collect();
    let (first, second) = workers.split_at(4);
    assert_ne!(first[0], second[0]);
    for chunk in [first, second] {
        assert!(chunk.iter().all(|worker| *worker == chunk[0]));
    }
}

#[test]
fn the_last_tasks_of_an_iterator_that_tells_its_length_are_for_fewer_items() {
    let pool = pool_of(2);
    let sum = |results: &mut dyn Iterator<Item = Result<u32, JoinError>>| -> u32 {
        results.map(Result::unwrap).sum()
    };
    assert_eq!(sum(&mut pool.map(0..40, |n| n).chunk(20)), 780);
    // Of what is left a quarter each time: 10, 8, 6, 4, 3, 3, 2 and four times one.
    assert_eq!(pool.ledger().submitted, 11);
    let untold = (0..40).filter(|_| true);
    assert_eq!(sum(&mut pool.map(untold, |n| n).chunk(20)), 780);
    assert_eq!(pool.ledger().submitted, 11 + 2);
}

#[test]
fn a_panic_in_a_chunk_is_the_error_of_its_own_item_only() {
    let pool = pool_of(2);
    let results: Vec<_> = pool
        .map(0..7, |n| assert!(n != 2, "not two"))
        .chunk(4)
        .collect();
    let broken: Vec<_> = results.iter().map(Result::is_err).collect();
    assert_eq!(broken, [false, false, true, false, false, false, false]);
    assert!(
        matches!(&results[2], Err(JoinError::Task(TaskError::Panicked(panic))) if panic.message() == "not two")
    );
}

#[test]
fn chunks_are_pulled_whole_and_within_the_buffer() {
    let pool = pool_of(1);
    let pulled = Cell::new(0);
    let items = std::iter::from_fn(|| {
        pulled.set(pulled.get() + 1);
        Some(pulled.get())
    });
    let mut results = pool.map(items, |n| n).chunk(4).buffer(9);
    assert_eq!(results.next().unwrap().unwrap(), 1);
    assert_eq!(pulled.get(), 8, "a third chunk would be beyond the buffer");
    let rest: Vec<_> = results.by_ref().take(3).map(Result::unwrap).collect();
    assert_eq!((rest, pulled.get()), (vec![2, 3, 4], 8));
    assert_eq!(results.next().unwrap().unwrap(), 5);
    assert_eq!(pulled.get(), 12, "the first chunk was given");
    drop(results);
    let mut results = pool.map(0.., |n| n).chunk(4).buffer(0);
    assert_eq!(results.next().unwrap().unwrap(), 0, "one chunk is pulled");
}

#[test]
fn a_fold_takes_all_results_in_order_those_that_came_before_it_included() {
    let pool = pool_of(2);
    for chunk in [1, 2, 5, 100] {
        let odd = |n: u32| assert!(n % 3 == 1 || n % 5 == 1, "neither");
        let expected: Vec<_> = pool
            .map(0..61, odd)
            .chunk(chunk)
            .map(|result| result.is_err())
            .collect();
        let mut results = pool.map(0..61, odd).chunk(chunk);
        let mut folded = vec![results.next().unwrap().is_err()];
        results.for_each(|result| folded.push(result.is_err()));
        assert_eq!(folded, expected);
        let broken = (0..61).map(|n| n % 3 != 1 && n % 5 != 1);
        assert_eq!(folded, broken.collect::<Vec<_>>());
    }
}

#[test]
fn a_fold_has_eight_chunks_a_worker_ahead_before_it_knows_how_long_they_take() {
    let pool = pool_of(1);
    let gate = Gate::closed();
    let held = gate.clone();
    // The first item is done once the last one of eight chunks was pulled.
    let items = (0..100).filter(|n| {
        if *n == 15 {
            gate.open();
        }
        true
    });
    let results = pool.map(items, move |n| {
        if n == 0 {
            held.pass();
        }
        n
    });
    assert_eq!(results.chunk(2).map(Result::unwrap).sum::<u32>(), 4950);
}

#[test]
fn a_fold_that_panics_cancels_what_has_not_started() {
    let pool = pool_of(1);
    let started = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&started);
    let gate = Gate::closed();
    let held = gate.clone();
    let results = pool.map(0..100, move |n| {
        counter.fetch_add(1, Ordering::Relaxed);
        if n == 1 {
            held.pass();
        }
    });
    let folding =
        AssertUnwindSafe(|| results.for_each(|result| assert!(result.is_err(), "enough")));
    assert!(panic::catch_unwind(folding).is_err());
    gate.open();
    pool.shutdown().unwrap();
    // The task behind may have started; no other.
    assert!(started.load(Ordering::Relaxed) <= 2);
}

#[test]
fn dropping_the_iterator_stops_a_chunk_between_its_items() {
    let pool = pool_of(1);
    let (runs, run) = mpsc::channel();
    let started = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&started);
    let mut results = pool
        .map_unordered(0..100, move |n| {
            counter.fetch_add(1, Ordering::Relaxed);
            if n == 5 {
                runs.send(()).unwrap();
                wait_for_cancel();
            }
            n
        })
        .chunk(4)
        .buffer(20);
    assert_eq!(results.next().unwrap().unwrap(), 0);
    run.recv().unwrap();
    drop(results);
    pool.shutdown().unwrap();
    assert_eq!(started.load(Ordering::Relaxed), 6);
}

#[test]
fn the_first_err_is_the_last_result_and_cancels_what_is_ahead() {
    let pool = pool_of(1);
    let started = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&started);
    let held = Gate::closed();
    let gate = held.clone();
    let mut results = pool.try_map(0..100, move |n| {
        counter.fetch_add(1, Ordering::Relaxed);
        match n {
            2 => return Err("knot"),
            3 => gate.pass(),
            _ => {}
        }
        Ok(n)
    });
    assert_eq!(results.next().unwrap().unwrap(), 0);
    assert_eq!(results.next().unwrap().unwrap(), 1);
    assert!(matches!(
        results.next(),
        Some(Err(JoinError::Returned("knot")))
    ));
    held.open();
    assert!(results.next().is_none());
    pool.shutdown().unwrap();
    // The task behind may have started before the error was taken; no other.
    assert!(started.load(Ordering::Relaxed) <= 4);
}

#[test]
fn a_panic_is_the_last_result_of_a_map_that_fails_fast() {
    let pool = pool_of(2);
    let results: Vec<_> = pool
        .map(0..10, |n| {
            assert!(n != 5, "not five");
            Ok::<_, String>(n)
        })
        .chunk(3)
        .fail_fast()
        .collect();
    assert_eq!(results.len(), 6);
    assert!(matches!(
        results[5],
        Err(JoinError::Task(TaskError::Panicked(_)))
    ));
}

#[test]
fn a_map_in_no_order_fails_as_soon_as_one_item_does() {
    let pool = pool_of(2);
    let held = Gate::closed();
    let gate = held.clone();
    let mut results = pool
        .map_unordered(0..2, move |n| {
            if n == 0 {
                gate.pass();
                return Ok(n);
            }
            Err("knot")
        })
        .fail_fast();
    assert!(matches!(
        results.next(),
        Some(Err(JoinError::Returned("knot")))
    ));
    assert!(results.next().is_none());
    held.open();
}

#[test]
fn a_pool_of_one_worker_can_map_inside_of_a_task() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let sums = pool.submit(move || {
        let here = thread::current().id();
        let on_this = move |n: usize| (n, thread::current().id() == here);
        let ordered = inner.map(0..50, on_this).buffer(7).map(Result::unwrap);
        let unordered = inner
            .map_unordered(0..50, on_this)
            .chunk(3)
            .map(Result::unwrap);
        let all: Vec<_> = ordered.chain(unordered).collect();
        drop(inner);
        assert!(all.iter().all(|(_, on_this)| *on_this));
        all.iter().map(|(n, _)| n).sum::<usize>()
    });
    assert_eq!(sums.unwrap().result().unwrap(), 2 * 1_225);
}

#[test]
fn of_an_item_and_the_mapping_task_that_wait_for_each_other_one_gets_an_error() {
    let pool = Arc::new(pool_of(2));
    let inner = Arc::clone(&pool);
    let (said, says) = mpsc::channel();
    own_future(&pool, "mapping", move |own: TaskFuture<()>| {
        let (starts, started) = mpsc::channel();
        // The iterator ends once the only item runs, on the other worker.
        let items = std::iter::once(0).chain(std::iter::from_fn(move || started.recv().ok()?));
        let own = Mutex::new(Some(own));
        let results = inner.map(items, move |_| {
            let own = own.lock().unwrap().take().unwrap();
            starts.send(None).unwrap();
            own.wait()
        });
        said.send(results.collect::<Vec<_>>()).unwrap();
        drop(inner);
    });
    let refused = match &says.recv().unwrap()[..] {
        [Err(JoinError::Wait(refused))] | [Ok(Err(refused))] => refused.clone(),
        other => panic!("{other:?}"),
    };
    assert!(matches!(refused, WaitError::Deadlock(_)));
}
