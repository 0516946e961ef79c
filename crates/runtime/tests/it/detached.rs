//! Tasks without a handle.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use creel_runtime::{ThreadPool, blocking, context};

use crate::gate::{Gate, occupy, pool_of};

/// Submits two more, down to the ground.
fn spread(pool: &Arc<ThreadPool>, depth: u32, ran: &Arc<AtomicUsize>) {
    ran.fetch_add(1, Ordering::Relaxed);
    for _ in 0..if depth > 0 { 2 } else { 0 } {
        let (inner, counted) = (Arc::clone(pool), Arc::clone(ran));
        pool.submit_detached(move || spread(&inner, depth - 1, &counted))
            .unwrap();
    }
}

/// How many ran, once all are done; the pool is another one's to drop.
fn ran_of(pool: &Arc<ThreadPool>, depth: u32) -> usize {
    let ran = Arc::new(AtomicUsize::new(0));
    spread(pool, depth, &ran);
    pool.shutdown().unwrap();
    ran.load(Ordering::Relaxed)
}

#[test]
fn tasks_that_beget_tasks_all_run_and_are_counted() {
    for workers in [1, 2] {
        let pool = Arc::new(pool_of(workers));
        assert_eq!(ran_of(&pool, 9), 1023);
        let ledger = pool.ledger();
        assert_eq!((ledger.submitted, ledger.succeeded), (1022, 1022));
    }
}

#[test]
fn they_run_on_a_bounded_pool_and_give_their_permits_back() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .queue_capacity(1)
        .build()
        .unwrap();
    let pool = Arc::new(pool);
    assert_eq!(ran_of(&pool, 6), 127);
    assert!(pool.overdraft() > 0, "a worker does not wait for itself");
}

#[test]
fn with_diagnostics_the_dump_lists_one_from_inside_of_a_task() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .diagnostics(true)
        .build()
        .unwrap();
    let pool = Arc::new(pool);
    let inner = Arc::clone(&pool);
    let names = pool.submit(move || {
        inner.submit_detached(|| ()).unwrap();
        let dump = inner.dump();
        let names = dump.tasks().iter().map(|task| task.name().to_owned());
        names.collect::<Vec<_>>()
    });
    let names = names.unwrap().result().unwrap();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(
        names.iter().all(|name| name.contains("with_diagnostics")),
        "{names:?}"
    );
}

#[test]
fn a_panic_is_counted_and_the_worker_lives_on() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    pool.submit_detached(|| panic!("outside")).unwrap();
    let inside = pool.submit(move || {
        for _ in 0..200 {
            inner.submit_detached(|| panic!("inside")).unwrap();
        }
    });
    inside.unwrap().result().unwrap();
    pool.shutdown().unwrap();
    let ledger = pool.ledger();
    assert_eq!((ledger.panicked, ledger.succeeded), (201, 1));
}

#[test]
fn shutdown_now_cancels_those_that_have_not_started_and_drops_what_they_hold() {
    let pool = Arc::new(pool_of(1));
    // Nobody sends: it ends when the last sender is dropped.
    let (held, all_dropped) = mpsc::channel::<()>();
    let gate = Gate::closed();
    let (inner, door) = (Arc::clone(&pool), gate.clone());
    let (queued, all_queued) = mpsc::channel();
    let submitter = pool
        .submit(move || {
            for _ in 0..100 {
                let kept = held.clone();
                inner.submit_detached(move || drop(kept)).unwrap();
            }
            drop(held);
            queued.send(()).unwrap();
            door.pass();
            inner.submit_detached(|| ()).unwrap_err();
        })
        .unwrap();
    all_queued.recv().unwrap();
    let stopping = Arc::clone(&pool);
    let stop = thread::spawn(move || stopping.shutdown_now().unwrap());
    all_dropped.recv().unwrap_err();
    gate.open();
    assert_eq!(stop.join().unwrap(), 100);
    submitter.result().unwrap();
    assert_eq!(pool.ledger().cancelled, 100);
}

#[test]
fn a_pool_that_is_shut_down_gives_the_closure_back() {
    let pool = pool_of(1);
    pool.shutdown().unwrap();
    let (sends, receives) = mpsc::channel();
    let rejected = pool.submit_detached(move || sends.send(5).unwrap());
    rejected.unwrap_err().into_inner()();
    assert_eq!(receives.recv().unwrap(), 5);
}

#[test]
fn one_does_not_wait_behind_the_blocked_task_that_submitted_it() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let waiting = pool.submit(move || {
        let (sends, receives) = mpsc::channel();
        inner
            .submit_detached(move || sends.send(7).unwrap())
            .unwrap();
        blocking(|| receives.recv().unwrap())
    });
    assert_eq!(waiting.unwrap().result().unwrap(), 7);
}

#[test]
fn a_worker_that_is_idle_takes_one_from_another() {
    let pool = Arc::new(pool_of(2));
    let inner = Arc::clone(&pool);
    let meeting = pool.submit(move || {
        let both = Arc::new(Barrier::new(2));
        let other = Arc::clone(&both);
        let meet = move || {
            other.wait();
        };
        inner.submit_detached(meet).unwrap();
        both.wait();
    });
    meeting.unwrap().result().unwrap();
}

#[test]
fn its_context_is_never_cancelled_and_it_may_wait_for_others() {
    let pool = Arc::new(pool_of(1));
    let inner = Arc::clone(&pool);
    let (sends, receives) = mpsc::channel();
    let submitting = pool.submit(move || {
        let pool = Arc::clone(&inner);
        inner.submit_detached(move || {
            let waited = pool.submit(|| 6 * 7).unwrap().result().unwrap();
            sends.send((context().is_cancelled(), waited)).unwrap();
        })
    });
    submitting.unwrap().result().unwrap().unwrap();
    assert_eq!(receives.recv().unwrap(), (false, 42));
}

#[test]
fn a_worker_is_worn_out_by_them_as_by_others() {
    let pool = ThreadPool::builder()
        .max_workers(1)
        .max_tasks_per_worker(1)
        .build()
        .unwrap();
    let pool = Arc::new(pool);
    let first = occupy(&pool);
    let inner = Arc::clone(&pool);
    let (sends, receives) = mpsc::channel();
    let submitting = pool.submit(move || {
        for _ in 0..3 {
            let sends = sends.clone();
            inner
                .submit_detached(move || sends.send(thread::current().id()).unwrap())
                .unwrap();
        }
        thread::current().id()
    });
    drop(first);
    let mut threads = vec![submitting.unwrap().result().unwrap()];
    threads.extend(receives.iter());
    threads.sort_by_key(|id| format!("{id:?}"));
    threads.dedup();
    assert_eq!(threads.len(), 4);
}
