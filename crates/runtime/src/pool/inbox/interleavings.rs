//! Every interleaving of those who put in and those who take out, by loom.

use std::cell::Cell;
use std::sync::{Arc, Mutex};

use creel_core::executor::{Limits, Publish, Snapshot};
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::{Batch, BatchTakers, Inbox, PLACES};
use crate::pool::entry::{Entry, Opened};
use crate::pool::sleep::{Dormitory, NO_WORD, Sleeper, Woken};
use crate::task::detached::Detached;

/// An inbox and what was run of it, in that order.
#[derive(Clone)]
struct Mail {
    inbox: Arc<Inbox>,
    run: Arc<Mutex<Vec<usize>>>,
}

impl Mail {
    fn new() -> Self {
        Self {
            inbox: Arc::new(Inbox::new()),
            run: Arc::default(),
        }
    }

    /// Puts in a task that sees, when it runs, what was written before.
    fn put(&self, number: usize) {
        let written = Arc::new(AtomicUsize::new(0));
        let run = Arc::clone(&self.run);
        let read = Arc::clone(&written);
        let detached = Detached::new(move || {
            run.lock().unwrap().push(read.load(Ordering::Relaxed));
        });
        written.store(number, Ordering::Relaxed);
        self.inbox.put(detached.into());
    }

    /// Runs the oldest, if there is one.
    fn take(&self) -> bool {
        run(self.inbox.take())
    }

    fn run(&self) -> Vec<usize> {
        self.run.lock().unwrap().clone()
    }
}

/// Runs the oldest of a batch, or begins the next one with so many at most.
fn run_next(batch: &Batch, most: usize) -> bool {
    run(batch.take().or_else(|| batch.refill(most, || {})))
}

/// Runs what was taken, if anything was.
fn run(entry: Option<Entry>) -> bool {
    match entry.map(Entry::open) {
        Some(Opened::Detached(detached)) => assert!(detached.run()),
        Some(Opened::Task(_)) => panic!("nobody has put one in"),
        None => return false,
    }
    true
}

#[test]
fn what_two_threads_put_in_comes_out_once() {
    loom::model(|| {
        let mail = Mail::new();
        // The last of those that follow goes into the next block.
        (4..PLACES + 2).for_each(|number| mail.put(number));
        let other = {
            let mail = mail.clone();
            thread::spawn(move || {
                mail.put(1);
                mail.put(2);
            })
        };
        mail.put(3);
        assert!(mail.take(), "it has put one in itself");
        let mut taken = 1;
        other.join().unwrap();
        while mail.take() {
            taken += 1;
        }
        let mut run = mail.run();
        let place_of = |number| run.iter().position(|other| *other == number);
        assert!(place_of(1) < place_of(2), "the order of one thread is kept");
        run.sort_unstable();
        assert_eq!((taken, run), (PLACES + 1, (1..PLACES + 2).collect()));
        assert!(mail.inbox.is_empty());
    });
}

#[test]
fn what_two_threads_take_is_taken_once_and_over_the_end_of_a_block() {
    loom::model(|| {
        let mail = Mail::new();
        let all = 1..=PLACES + 1;
        all.clone().for_each(|number| mail.put(number));
        // The first are of no interest.
        (2..PLACES).for_each(|_| assert!(mail.take()));
        let other = {
            let mail = mail.clone();
            thread::spawn(move || usize::from(mail.take()) + usize::from(mail.take()))
        };
        let mut taken = usize::from(mail.take());
        taken += other.join().unwrap();
        assert_eq!(taken, 3, "nobody finds it empty before that");
        let mut run = mail.run();
        run.sort_unstable();
        assert!(run.into_iter().eq(all));
        assert!(mail.inbox.is_empty() && !mail.take());
    });
}

#[test]
fn each_of_a_batch_is_taken_once_by_its_worker_or_by_another() {
    loom::model(|| take_in_batches_beside_another(2));
}

#[test]
fn who_takes_from_a_batch_takes_from_its_own_block() {
    // Batches of two, at the same places of two blocks, and one alone between them.
    loom::model(|| take_in_batches_beside_another(PLACES + 2));
}

#[test]
fn two_workers_take_batches_of_a_queue_that_others_fill() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let mail = Mail::new();
        (1..=3).for_each(|number| mail.put(number));
        let other = {
            let batch = Batch::new(&mail.inbox);
            thread::spawn(move || (0..4).filter(|_| run_next(&batch, 2)).count())
        };
        let batch = Batch::new(&mail.inbox);
        let mut taken = usize::from(run_next(&batch, 2));
        mail.put(4);
        taken += other.join().unwrap();
        while run_next(&batch, 2) {
            taken += 1;
        }
        let mut run = mail.run();
        run.sort_unstable();
        assert_eq!((taken, run), (4, vec![1, 2, 3, 4]));
    });
}

#[test]
fn what_a_worker_leaves_of_a_batch_is_for_the_next_in_its_place_and_for_others() {
    loom::model(|| {
        let mail = Mail::new();
        (1..=3).for_each(|number| mail.put(number));
        let batch = Batch::new(&mail.inbox);
        let takers = batch.takers();
        let other = thread::spawn(move || usize::from(run(takers.take())));
        let mut taken = usize::from(run_next(&batch, 2));
        // It leaves, and another worker goes on with its queues.
        batch.settle();
        while run_next(&batch, 2) {
            taken += 1;
        }
        taken += other.join().unwrap();
        let mut run = mail.run();
        run.sort_unstable();
        assert_eq!((taken, run), (3, vec![1, 2, 3]));
    });
}

/// A worker takes so many tasks in batches of two, and another one takes one from a batch if it comes in time.
fn take_in_batches_beside_another(tasks: usize) {
    let mail = Mail::new();
    (1..=tasks).for_each(|number| mail.put(number));
    let batch = Batch::new(&mail.inbox);
    let takers = batch.takers();
    let other = {
        let takers = batch.takers();
        thread::spawn(move || usize::from(run(takers.take())))
    };
    let mut taken = 0;
    while run_next(&batch, 2) {
        taken += 1;
    }
    taken += other.join().unwrap();
    assert_eq!(taken, tasks);
    let mut run = mail.run();
    run.sort_unstable();
    assert!(run.into_iter().eq(1..=tasks));
    assert!(mail.inbox.is_empty() && takers.is_empty());
}

#[test]
fn a_worker_that_takes_a_batch_leaves_no_task_to_nobody() {
    const LIMITS: Limits = Limits {
        min_workers: 0,
        max_workers: 2,
        max_spares: 0,
        max_tasks_per_worker: None,
    };
    loom::model(|| {
        let mail = Mail::new();
        (1..=2).for_each(|number| mail.put(number));
        // One worker is at work, and another one is about to sleep.
        let dormitory = Arc::new(Dormitory::new());
        assert_eq!(dormitory.published(LIMITS), Publish::Start);
        assert_eq!(dormitory.found(LIMITS, || false), Publish::Leave);
        assert_eq!(dormitory.published(LIMITS), Publish::Start);
        let batch = Batch::new(&mail.inbox);
        let takers = batch.takers();
        let other = {
            let (mail, dormitory) = (mail.clone(), Arc::clone(&dormitory));
            thread::spawn(move || search(&mail, &takers, &dormitory, LIMITS))
        };
        let quiet = Cell::new(NO_WORD);
        let entry = batch.refill(2, || {
            let _woken = dormitory.published_again(|| LIMITS, &quiet);
        });
        // The first may run for ever, and the other one wait behind it.
        let taken = usize::from(run(entry)) + other.join().unwrap();
        assert_eq!(taken, 2, "a task is stranded");
    });
}

/// What a worker does that searches and finds nothing: it sleeps until something is there, and takes that. How much that was.
fn search(mail: &Mail, takers: &BatchTakers, dormitory: &Dormitory, limits: Limits) -> usize {
    let take = || usize::from(mail.take() || run(takers.take()));
    let taken = take();
    if taken > 0 {
        return taken;
    }
    let has_work = || !mail.inbox.is_empty() || !takers.is_empty();
    let sleeper = Sleeper::of_this_thread(None);
    let woken = dormitory.sleep(&sleeper, Snapshot::fall_asleep, limits, None, has_work);
    assert_eq!(woken, Woken::Search);
    take()
}
