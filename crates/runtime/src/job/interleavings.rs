//! Every interleaving of whoever lends a job and whoever takes it, by loom.
//!
//! Loom does not see that a job is taken or taken back, so both ends count a turn, which orders nothing.

use std::panic::{self, AssertUnwindSafe, Location};
use std::sync::Arc;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::{Bench, JobRef, Loan, Row, Takers, join};

struct Table {
    jobs: Row,
    turns: Arc<AtomicUsize>,
}

/// What a taker sees of a table.
struct Others {
    jobs: Takers,
    turns: Arc<AtomicUsize>,
}

impl Table {
    fn new() -> (Self, Others) {
        let jobs = Row::new();
        let turns = Arc::new(AtomicUsize::new(0));
        let others = Others {
            jobs: jobs.takers(),
            turns: Arc::clone(&turns),
        };
        (Self { jobs, turns }, others)
    }
}

impl Bench for Table {
    fn lend(&self, job: JobRef) -> Result<(), JobRef> {
        self.jobs.lend(job)
    }

    fn take_back(&self) -> Option<JobRef> {
        self.turns.fetch_add(1, Ordering::Relaxed);
        self.jobs.take_back()
    }

    fn wait_for(&self, loan: &Loan) {
        if !loan.latch().is_set() {
            loan.latch().wait(|thread, is_set| {
                thread.park_until(None, is_set);
            });
        }
    }
}

impl Others {
    /// Takes a job, if there is one, and runs it; whether it did.
    fn run_one(&self) -> bool {
        self.turns.fetch_add(1, Ordering::Relaxed);
        let job = self.jobs.take();
        job.map(|job| job.run(0, |_| ())).is_some()
    }
}

#[test]
fn a_lent_closure_runs_once_and_its_value_comes_back() {
    loom::model(|| {
        let (table, others) = Table::new();
        let ran = AtomicUsize::new(0);
        let taker = thread::spawn(move || others.run_one());
        let values = join(
            &table,
            Location::caller(),
            || 1,
            || {
                ran.fetch_add(1, Ordering::Relaxed);
                2
            },
        );
        assert_eq!(values, (1, 2));
        assert_eq!(ran.load(Ordering::Relaxed), 1);
        let _whether = taker.join().unwrap();
    });
}

#[test]
fn of_two_takers_one_has_the_job_at_most() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let (table, others) = Table::new();
        let ran = AtomicUsize::new(0);
        let others = Arc::new(others);
        let takers =
            [Arc::clone(&others), others].map(|others| thread::spawn(move || others.run_one()));
        let count = || ran.fetch_add(1, Ordering::Relaxed);
        let ((), _order) = join(&table, Location::caller(), || (), count);
        assert_eq!(ran.load(Ordering::Relaxed), 1);
        let took = takers.map(|taker| taker.join().unwrap());
        assert_ne!(took, [true, true]);
    });
}

#[test]
fn a_panic_of_the_first_closure_goes_on_after_the_second_has_ended() {
    loom::model(|| {
        let (table, others) = Table::new();
        let ended = AtomicUsize::new(0);
        let taker = thread::spawn(move || others.run_one());
        let caught = panic::catch_unwind(AssertUnwindSafe(|| {
            let first = || panic::resume_unwind(Box::new("first"));
            let second = || {
                ended.fetch_add(1, Ordering::Relaxed);
            };
            let ((), ()) = join(&table, Location::caller(), first, second);
        }));
        assert_eq!(*caught.unwrap_err().downcast::<&str>().unwrap(), "first");
        assert_eq!(ended.load(Ordering::Relaxed), 1);
        let _whether = taker.join().unwrap();
    });
}

#[test]
fn of_two_jobs_each_runs_once() {
    loom::model(|| {
        let (table, others) = Table::new();
        let counts = [AtomicUsize::new(0), AtomicUsize::new(0)];
        let count = |job: usize| counts[job].fetch_add(1, Ordering::Relaxed);
        let taker = thread::spawn(move || [others.run_one(), others.run_one()]);
        let inner = || join(&table, Location::caller(), || (), || count(1));
        let _orders = join(&table, Location::caller(), inner, || count(0));
        assert_eq!(
            counts.each_ref().map(|ran| ran.load(Ordering::Relaxed)),
            [1, 1]
        );
        let _whether = taker.join().unwrap();
    });
}

#[test]
fn a_job_that_finds_no_room_is_called_by_its_owner() {
    loom::model(|| {
        let (table, others) = Table::new();
        let counts = [const { std::sync::atomic::AtomicUsize::new(0) }; 3];
        let count = |job: usize| counts[job].fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let here = Location::caller();
        let taker = thread::spawn(move || others.run_one());
        let innermost = || join(&table, here, || (), || count(2));
        let inner = || join(&table, here, innermost, || count(1));
        let _orders = join(&table, here, inner, || count(0));
        let _whether = taker.join().unwrap();
        assert!(
            counts
                .iter()
                .all(|ran| ran.load(std::sync::atomic::Ordering::Relaxed) == 1)
        );
    });
}
