use std::future::{pending, poll_fn};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Barrier};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Instant;

use creel_core::Executor;
use creel_runtime::{Ledger, Rejected, ResultError, Task, TaskError, TaskFuture, ThreadPool};

use crate::gate::{occupy, pool_of};

/// A ledger with these terms, and no others.
fn of<const N: usize>(terms: [(Term, u64); N]) -> Ledger {
    let mut ledger = Ledger::default();
    for (term, count) in terms {
        *match term {
            Term::Queued => &mut ledger.queued,
            Term::Running => &mut ledger.running,
            Term::Suspended => &mut ledger.suspended,
            Term::Succeeded => &mut ledger.succeeded,
            Term::Panicked => &mut ledger.panicked,
            Term::Cancelled => &mut ledger.cancelled,
            Term::Expired => &mut ledger.expired,
            Term::Abandoned => &mut ledger.abandoned,
        } = count;
        ledger.submitted += count;
    }
    ledger
}

use Term::*;

#[derive(Clone, Copy)]
enum Term {
    Queued,
    Running,
    Suspended,
    Succeeded,
    Panicked,
    Cancelled,
    Expired,
    Abandoned,
}

/// A future that gives its waker to the test, and is never ready.
fn gives_its_waker() -> (impl Future<Output = ()> + Send, mpsc::Receiver<Waker>) {
    let (gives, given) = mpsc::channel();
    let future = poll_fn(move |context| {
        gives.send(context.waker().clone()).unwrap();
        Poll::Pending
    });
    (future, given)
}

#[test]
fn a_fresh_pool_has_an_empty_ledger() {
    assert_eq!(pool_of(1).ledger(), Ledger::default());
}

#[test]
fn every_state_and_every_outcome_has_its_own_term() {
    let pool = pool_of(1);
    let occupied = occupy(&pool);
    assert_eq!(pool.ledger(), of([(Running, 1)]));

    let queued = pool.submit(|| 1).unwrap();
    let panics = pool.submit(|| -> () { panic!("torn") }).unwrap();
    assert_eq!(pool.ledger(), of([(Running, 1), (Queued, 2)]));

    let cancelled = pool.submit(|| 2).unwrap();
    assert!(cancelled.cancel());
    assert!(!cancelled.cancel());
    assert_eq!(
        pool.ledger(),
        of([(Running, 1), (Queued, 2), (Cancelled, 1)])
    );

    occupied.gate.open();
    queued.result().unwrap();
    assert!(panics.result().is_err());
    assert!(
        pool.task()
            .deadline(Instant::now())
            .submit(|| ())
            .unwrap()
            .result()
            .is_err()
    );
    assert_eq!(pool.shutdown(), Ok(()));
    assert_eq!(
        pool.ledger(),
        of([(Succeeded, 2), (Panicked, 1), (Cancelled, 1), (Expired, 1)])
    );
}

#[test]
fn a_task_that_no_thread_can_run_is_counted_as_abandoned() {
    let pool = ThreadPool::builder()
        .stack_size(usize::MAX / 4)
        .build()
        .unwrap();
    assert!(pool.submit(|| ()).unwrap().result().is_err());
    assert_eq!(pool.ledger(), of([(Abandoned, 1)]));
}

#[test]
fn an_async_task_is_queued_running_and_suspended_in_turn() {
    let pool = pool_of(1);
    let (future, wakers) = gives_its_waker();
    let task = pool.spawn(future).unwrap();
    let waker = wakers.recv().unwrap();
    // The only worker comes to this after the poll.
    pool.submit(|| ()).unwrap().result().unwrap();
    assert_eq!(pool.ledger(), of([(Suspended, 1), (Succeeded, 1)]));

    let occupied = occupy(&pool);
    waker.wake_by_ref();
    waker.wake_by_ref();
    assert_eq!(
        pool.ledger(),
        of([(Queued, 1), (Running, 1), (Succeeded, 1)])
    );

    occupied.gate.open();
    wakers.recv().unwrap();
    pool.submit(|| ()).unwrap().result().unwrap();
    assert_eq!(pool.ledger(), of([(Suspended, 1), (Succeeded, 3)]));

    assert!(task.cancel());
    assert_eq!(pool.ledger(), of([(Cancelled, 1), (Succeeded, 3)]));
    waker.wake();
    assert_eq!(pool.ledger(), of([(Cancelled, 1), (Succeeded, 3)]));
}

#[test]
fn a_task_that_is_woken_during_its_poll_is_queued_again() {
    let pool = pool_of(1);
    let (polled, polls) = mpsc::channel();
    let mut first = true;
    let task = pool
        .spawn(poll_fn(move |context| {
            polled.send(()).unwrap();
            if std::mem::take(&mut first) {
                context.waker().wake_by_ref();
            }
            Poll::<()>::Pending
        }))
        .unwrap();
    polls.recv().unwrap();
    polls.recv().unwrap();
    pool.submit(|| ()).unwrap().result().unwrap();
    assert_eq!(pool.ledger(), of([(Suspended, 1), (Succeeded, 1)]));
    drop(task);
}

#[test]
fn a_task_that_is_cancelled_in_its_poll_is_counted_when_it_ends() {
    let pool = pool_of(1);
    let (polls, polling) = mpsc::channel();
    let (lets, go_on) = mpsc::channel::<()>();
    let task = pool
        .spawn(poll_fn(move |_| {
            polls.send(()).unwrap();
            go_on.recv().unwrap();
            Poll::<()>::Pending
        }))
        .unwrap();
    polling.recv().unwrap();
    assert!(!task.cancel());
    assert_eq!(pool.ledger(), of([(Running, 1)]));
    lets.send(()).unwrap();
    assert!(task.result().is_err());
    assert_eq!(pool.ledger(), of([(Cancelled, 1)]));
}

#[test]
fn the_ledger_shows_an_outcome_before_the_future_gives_it() {
    for pool in [
        pool_of(2),
        ThreadPool::builder()
            .max_workers(2)
            .queue_capacity(4)
            .build()
            .unwrap(),
    ] {
        for count in 1..=500 {
            pool.submit(|| ()).unwrap().result().unwrap();
            assert_eq!(pool.ledger(), of([(Succeeded, count)]));
        }
    }
}

#[test]
fn the_ledger_shows_a_cancel_before_it_returns_and_callbacks_see_it() {
    let pool = Arc::new(pool_of(1));
    let occupied = occupy(&pool);
    let task = pool.submit(|| ()).unwrap();
    let (sees, seen) = mpsc::channel();
    let same = Arc::clone(&pool);
    task.add_done_callback(move |_| sees.send(same.ledger()).unwrap());
    assert!(task.cancel());
    assert_eq!(seen.recv().unwrap(), of([(Running, 1), (Cancelled, 1)]));
    drop(occupied);
}

#[test]
fn a_task_that_runs_inside_of_one_that_waits_for_it_runs_as_well() {
    let pool = Arc::new(pool_of(1));
    let same = Arc::clone(&pool);
    let ledgers = pool
        .submit(move || {
            let inner = Arc::clone(&same);
            let inner = same.submit(move || inner.ledger()).unwrap();
            let during = inner.result().unwrap();
            (during, same.ledger())
        })
        .unwrap()
        .result()
        .unwrap();
    assert_eq!(
        ledgers,
        (of([(Running, 2)]), of([(Running, 1), (Succeeded, 1)]))
    );
}

#[test]
fn shutdown_now_counts_each_task_that_it_cancels() {
    let pool = pool_of(1);
    let suspended = pool.spawn(pending::<()>()).unwrap();
    let occupied = occupy(&pool);
    let queued: Vec<_> = (0..10).map(|n| pool.submit(move || n).unwrap()).collect();
    thread::scope(|scope| {
        let cancelled = scope.spawn(|| pool.shutdown_now().unwrap());
        for future in queued {
            assert!(future.result().is_err());
        }
        occupied.gate.open();
        assert_eq!(cancelled.join().unwrap(), 11);
    });
    assert_eq!(pool.ledger(), of([(Cancelled, 11), (Succeeded, 1)]));
    drop(suspended);
}

#[test]
fn what_a_pool_refuses_was_never_submitted() {
    let pool = pool_of(1);
    pool.shutdown().unwrap();
    assert!(matches!(pool.submit(|| ()), Err(Rejected::ShutDown(_))));
    assert!(matches!(pool.spawn(async {}), Err(Rejected::ShutDown(_))));
    assert_eq!(pool.ledger(), Ledger::default());

    let full = ThreadPool::builder()
        .max_workers(1)
        .queue_capacity(1)
        .build()
        .unwrap();
    let occupied = occupy(&full);
    let queued = full.submit(|| ()).unwrap();
    assert!(matches!(full.try_submit(|| ()), Err(Rejected::Full(_))));
    assert_eq!(full.ledger(), of([(Running, 1), (Queued, 1)]));
    drop((occupied, queued));
}

#[test]
fn a_submit_that_races_the_shutdown_is_counted_if_and_only_if_it_was_taken() {
    for _ in 0..500 {
        let pool = pool_of(1);
        let start = Barrier::new(2);
        let taken = thread::scope(|scope| {
            let submits = scope.spawn(|| {
                start.wait();
                (0..4).filter(|_| pool.submit(|| ()).is_ok()).count()
            });
            start.wait();
            pool.shutdown().unwrap();
            submits.join().unwrap()
        });
        let ledger = pool.ledger();
        assert_eq!(ledger.submitted, taken as u64);
        assert_eq!(ledger.succeeded + ledger.abandoned, taken as u64);
        assert!(ledger.adds_up());
    }
}

#[test]
fn a_task_that_was_cancelled_on_its_way_is_counted_once() {
    let pool = pool_of(1);
    let (task, future) = Task::from_closure(|| ());
    assert!(future.cancel());
    pool.execute(task).unwrap();
    assert_eq!(pool.ledger(), of([(Cancelled, 1)]));
    let (task, future) = Task::from_future(pending::<()>());
    assert!(future.cancel());
    pool.execute(task).unwrap();
    assert_eq!(pool.ledger(), of([(Cancelled, 2)]));

    for round in 1..=500 {
        let (task, future) = Task::from_closure(|| ());
        let start = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                pool.execute(task).unwrap();
            });
            start.wait();
            future.cancel();
            let _outcome = future.result();
        });
        let ledger = pool.ledger();
        assert_eq!(ledger.submitted, round + 2);
        assert_eq!(ledger.live(), 0, "{ledger}");
    }
}

#[test]
fn a_continuation_is_submitted_when_its_turn_comes() {
    let pool = pool_of(1);
    let occupied = occupy(&pool);
    let first = pool.submit(|| 20).unwrap();
    let second = first.map(|n| n + 1);
    let fails = pool.submit(|| -> u32 { panic!("torn") }).unwrap();
    let never = fails.map(|n| n + 1);
    assert_eq!(pool.ledger(), of([(Running, 1), (Queued, 2)]));
    occupied.gate.open();
    assert_eq!(second.result().unwrap(), 21);
    assert!(never.result().is_err());
    pool.shutdown().unwrap();
    assert_eq!(pool.ledger(), of([(Succeeded, 3), (Panicked, 1)]));
}

/// What the load did, by its own account.
#[derive(Default)]
struct Account {
    submitted: AtomicU64,
    succeeded: AtomicU64,
    panicked: AtomicU64,
    cancelled: AtomicU64,
}

impl Account {
    fn add(&self, term: &AtomicU64) {
        term.fetch_add(1, Ordering::Relaxed);
    }

    fn settle<T>(&self, future: TaskFuture<T>) {
        match future.result() {
            Ok(_) => self.add(&self.succeeded),
            Err(ResultError::Task(TaskError::Panicked(_))) => self.add(&self.panicked),
            Err(ResultError::Task(TaskError::Cancelled)) => self.add(&self.cancelled),
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// A future that is woken from a thread of its own, and from the poll itself.
async fn yields(times: usize) {
    for round in 0..times {
        let mut woken = false;
        poll_fn(|context| {
            if std::mem::replace(&mut woken, true) {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            if round % 2 == 0 {
                waker.wake();
            } else {
                thread::spawn(move || waker.wake());
            }
            Poll::Pending
        })
        .await;
    }
}

fn load(pool: &ThreadPool, account: &Account, rounds: usize) {
    for round in 0..rounds {
        let closure = pool.submit(move || round).unwrap();
        let panics = pool
            .submit(move || std::panic::resume_unwind(Box::new(round)))
            .unwrap();
        let panics: TaskFuture<()> = panics;
        let cancelled = pool.submit(|| ()).unwrap();
        cancelled.cancel();
        let polled = pool.spawn(yields(3)).unwrap();
        let (task, through_the_port) = Task::from_closure(|| ());
        pool.execute(task).unwrap();
        let stopped = pool.spawn(yields(2)).unwrap();
        stopped.cancel();
        account.submitted.fetch_add(6, Ordering::Relaxed);
        account.settle(closure);
        account.settle(panics);
        account.settle(cancelled);
        account.settle(polled);
        account.settle(through_the_port);
        account.settle(stopped);
    }
}

/// Checks snapshots until the load is over; gives how many there were. So many tasks at most are given back.
fn sample(pool: &ThreadPool, over: &AtomicBool, given_back: u64) -> u64 {
    let mut before = Ledger::default();
    let mut samples = 0;
    while !over.load(Ordering::Acquire) {
        let now = pool.ledger();
        assert!(now.adds_up(), "{now}");
        assert!(now.running <= pool.max_workers() as u64, "{now}");
        let submitted = now.submitted + given_back;
        assert!(submitted >= before.submitted, "{before} then {now}");
        assert!(now.done() >= before.done(), "{before} then {now}");
        assert!(now.succeeded >= before.succeeded, "{before} then {now}");
        before = now;
        samples += 1;
    }
    samples
}

#[test]
fn the_ledger_adds_up_in_every_snapshot_under_load() {
    let pool = pool_of(3);
    let account = Account::default();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let samplers: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| sample(&pool, &over, 0)))
            .collect();
        let loads: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| load(&pool, &account, 150)))
            .collect();
        let ended: Vec<_> = loads
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        over.store(true, Ordering::Release);
        for end in ended {
            end.unwrap();
        }
        for sampler in samplers {
            assert!(sampler.join().unwrap() > 0);
        }
    });
    let [submitted, succeeded, panicked, cancelled] = [
        &account.submitted,
        &account.succeeded,
        &account.panicked,
        &account.cancelled,
    ]
    .map(|term| term.load(Ordering::Relaxed));
    let ledger = pool.ledger();
    assert_eq!(ledger.submitted, submitted);
    assert_eq!(
        ledger,
        of([
            (Succeeded, succeeded),
            (Panicked, panicked),
            (Cancelled, cancelled)
        ])
    );
}

#[test]
fn the_ledger_adds_up_while_the_pool_is_stopped() {
    for _ in 0..20 {
        let pool = pool_of(2);
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let sampler = scope.spawn(|| sample(&pool, &over, 1));
            let taken = scope.spawn(|| {
                let mut taken = 0;
                loop {
                    let spawned = pool.spawn(yields(1)).is_ok();
                    let submitted = pool.submit(|| ()).is_ok();
                    taken += u64::from(spawned) + u64::from(submitted);
                    if !spawned || !submitted {
                        return taken;
                    }
                }
            });
            let mut own = 0;
            while pool.ledger().done() < 50 {
                pool.submit(|| ()).unwrap().result().unwrap();
                own += 1;
            }
            pool.shutdown_now().unwrap();
            let taken = taken.join().unwrap();
            over.store(true, Ordering::Release);
            sampler.join().unwrap();
            let ledger = pool.ledger();
            assert_eq!(ledger.live(), 0, "{ledger}");
            assert_eq!(ledger.submitted, own + taken);
        });
    }
}
