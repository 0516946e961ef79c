//! Every interleaving of whoever lends a job and whoever takes it, by loom.
//!
//! The bench is the queue of real benches. What it orders, loom does not see, so a flag orders the same beside it. Nor does
//! it see that a job is taken or taken back, so both ends count a turn, which orders nothing.

use std::panic::{self, AssertUnwindSafe, Location};
use std::sync::Arc;

use crossbeam_deque::{Steal, Stealer, Worker as Deque};
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use super::{Bench, JobRef, Loan, join};

struct Table {
    jobs: Deque<JobRef>,
    filled: Arc<AtomicBool>,
    turns: Arc<AtomicUsize>,
}

/// What a taker sees of a table.
struct Others {
    jobs: Stealer<JobRef>,
    filled: Arc<AtomicBool>,
    turns: Arc<AtomicUsize>,
}

impl Table {
    fn new() -> (Self, Others) {
        let jobs = Deque::new_lifo();
        let filled = Arc::new(AtomicBool::new(false));
        let turns = Arc::new(AtomicUsize::new(0));
        let others = Others {
            jobs: jobs.stealer(),
            filled: Arc::clone(&filled),
            turns: Arc::clone(&turns),
        };
        let table = Self {
            jobs,
            filled,
            turns,
        };
        (table, others)
    }
}

impl Bench for Table {
    fn lend(&self, job: JobRef) {
        self.jobs.push(job);
        self.filled.store(true, Ordering::Release);
    }

    fn take_back(&self) -> Option<JobRef> {
        self.turns.fetch_add(1, Ordering::Relaxed);
        self.jobs.pop()
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
        if !self.filled.load(Ordering::Acquire) {
            return false;
        }
        self.turns.fetch_add(1, Ordering::Relaxed);
        let Steal::Success(job) = self.jobs.steal() else {
            return false;
        };
        job.run(0, |_| ());
        true
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
