//! Where a pool's ledger is written and read.
//!
//! Each worker has a page of its own in the book and writes there without asking anybody; the threads outside share
//! a few. A page counts how often each [`Event`] happened to a task by its writers, and the counts only grow. The
//! terms of the ledger are sums over all pages.
//!
//! # How a snapshot is one of an instant
//!
//! A reader collects every count of every page, and then all of them once more. If nothing has changed, each count
//! had its value from before the first collection ended until after the second one began: they were all true at the
//! instant in between. Counts never shrink, so none can have changed and come back.
//!
//! Where writers are many, something always changes. After a few attempts a reader closes the gate: whoever is about
//! to begin something (submit, start, announce, cancel) waits until the reader is done, so that little changes and
//! then nothing. The gate is for progress alone. A writer that saw it open a moment too long costs the reader an
//! attempt, not the truth. So who submits looks at it only when a task is due to be measured, and a worker only when it
//! is due to look elsewhere for work: a look at each task would cost more than the count.
//!
//! # Memory ordering
//!
//! Counts are written with `Release` and read with `Acquire`. What must never be is a snapshot that holds the end of
//! something and not its beginning: a task that was started and never submitted. Whoever counts a step of a task has
//! seen, through the task's own state or the queue that it came from, everything that its steps before had counted. So
//! if the first collection reads a count, all that led to it is there for the second one, which would have differed
//! if the first one had missed any of it.
//!
//! That takes a step to be counted before others can go on from it. Submitting is counted before the task stands in
//! a queue, an outcome before the future is done; and a task that runs is nobody else's until its worker says so. But
//! what becomes of a poll or a wake is known only once the state has changed, and then another thread may cancel or
//! start the task before it is counted. Such a step is announced before the state changes: the cancel brings the
//! announcement along, and a reader that sees one without what came of it tries again.
//!
//! # What it takes
//!
//! Under `--cfg creel_unbooked` nothing is counted and no task is measured as one of many: `cargo xtask price` counts the
//! instructions of a task with and without.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use creel_core::ledger::{self, Event, Ledger};

use super::submitter;
use crate::metrics::Durations;
use crate::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Mutex, MutexGuard, OnceCell, yield_now};

/// How many pages the threads outside share. A model has no time for more than one.
const OUTSIDE: usize = if cfg!(creel_loom) { 1 } else { 4 };
/// How often a reader tries before it closes the gate.
const ATTEMPTS: usize = if cfg!(creel_loom) { 1 } else { 4 };

/// The counts of a pool.
pub(crate) struct Book {
    gate: Arc<Gate>,
    outside: [Counts; OUTSIDE],
    /// Of the workers, by their slots; the next worker in a slot goes on with the page.
    slots: Box<[OnceCell<Arc<Page>>]>,
    /// Slots below this have a page. Raised before the first count on a new page, so a reader that missed the page sees
    /// other figures the second time, like one that missed a count.
    used: AtomicUsize,
}

/// What some writers counted; the alignment keeps two of them off one cache line.
#[repr(align(128))]
struct Counts([AtomicU64; Event::COUNT]);

/// What a worker counted and measured.
struct Page {
    counts: Counts,
    times: Mutex<Times>,
}

/// What a worker measured, with tasks from one in many to all.
#[derive(Default)]
struct Times {
    queue_wait: Durations,
    run_time: Durations,
}

/// The right to write on a page alone: that of the worker in its slot, on its own thread.
pub(crate) struct Pen {
    slot: usize,
    page: Arc<Page>,
    gate: Arc<Gate>,
    /// It stays on its thread.
    here: PhantomData<*const ()>,
}

impl Book {
    pub(crate) fn new(slots: usize) -> Self {
        Self {
            gate: Arc::new(Gate::new()),
            outside: std::array::from_fn(|_| Counts::new()),
            slots: (0..slots).map(|_| OnceCell::new()).collect(),
            used: AtomicUsize::new(0),
        }
    }

    /// The pen of the worker that starts in a slot; the slot has no other worker until it is dropped.
    pub(crate) fn pen(&self, slot: usize) -> Pen {
        let page = self.slots[slot].get_or_init(|| Arc::new(Page::new()));
        self.used.fetch_max(slot + 1, Ordering::AcqRel);
        Pen {
            slot,
            page: Arc::clone(page),
            gate: Arc::clone(&self.gate),
            here: PhantomData,
        }
    }

    /// Counts an event on a thread that is no worker of this pool.
    pub(crate) fn count(&self, event: Event) {
        if cfg!(creel_unbooked) {
            return;
        }
        if looks_at_gate(event) {
            self.gate.pass();
        }
        let counts = &self.outside[submitter::seat() % OUTSIDE];
        counts.0[event as usize].fetch_add(1, Ordering::Release);
    }

    /// Lets a reader go first that cannot keep up. Whoever submits is to call it now and then.
    pub(crate) fn give_way(&self) {
        self.gate.pass();
    }

    /// The ledger at one instant between this call's start and its end.
    pub(crate) fn ledger(&self) -> Ledger {
        let mut reading = Reading::of(self);
        for _ in 0..ATTEMPTS {
            if let Some(ledger) = reading.again() {
                return ledger;
            }
        }
        let _closed = self.gate.close();
        loop {
            if let Some(ledger) = reading.again() {
                return ledger;
            }
            yield_now();
        }
    }

    /// What the workers have measured: how long tasks waited, and how long they ran.
    pub(crate) fn times(&self) -> (Durations, Durations) {
        let mut all = Times::default();
        for page in self.own() {
            let times = page.times.lock();
            all.queue_wait.add(&times.queue_wait);
            all.run_time.add(&times.run_time);
        }
        (all.queue_wait, all.run_time)
    }

    /// The workers' pages.
    fn own(&self) -> impl Iterator<Item = &Page> {
        let used = self.used.load(Ordering::Acquire);
        let pages = self.slots[..used].iter().filter_map(OnceCell::get);
        pages.map(|page| &**page)
    }

    /// Reads every count once.
    fn collect(&self) -> ledger::Counts {
        let mut counts = ledger::Counts::new();
        let own = self.own().map(|page| &page.counts);
        for written in self.outside.iter().chain(own) {
            for (event, count) in Event::ALL.into_iter().zip(&written.0) {
                counts.add(event, count.load(Ordering::Acquire));
            }
        }
        counts
    }
}

impl Pen {
    /// Counts an event of a task of this worker's pool.
    pub(crate) fn count(&self, event: Event) {
        if cfg!(creel_unbooked) {
            return;
        }
        if looks_at_gate(event) {
            self.gate.pass();
        }
        // Nobody else writes here, so this need not be one step.
        let count = &self.page.counts.0[event as usize];
        count.store(count.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// See [`Book::give_way`]; its worker is to call it now and then.
    pub(crate) fn give_way(&self) {
        self.gate.pass();
    }

    /// The slot of its worker.
    pub(crate) fn slot(&self) -> usize {
        self.slot
    }

    pub(crate) fn record_wait(&self, waited: Duration) {
        self.page.times.lock().queue_wait.record(waited);
    }

    pub(crate) fn record_run(&self, ran: Duration) {
        self.page.times.lock().run_time.record(ran);
    }
}

impl Counts {
    fn new() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Page {
    fn new() -> Self {
        Self {
            counts: Counts::new(),
            times: Mutex::new(Times::default()),
        }
    }
}

/// One collection, to be compared with the next.
struct Reading<'a> {
    book: &'a Book,
    last: ledger::Counts,
}

impl<'a> Reading<'a> {
    fn of(book: &'a Book) -> Self {
        let last = book.collect();
        Self { book, last }
    }

    /// Collects once more; the ledger if nothing has changed and nothing is under way.
    fn again(&mut self) -> Option<Ledger> {
        let next = self.book.collect();
        let last = std::mem::replace(&mut self.last, next);
        if last == next { next.ledger() } else { None }
    }
}

/// Holds those up who are about to begin something while a reader cannot keep up.
struct Gate {
    /// Only a hint: a writer that misses it goes on, and the reader tries again.
    closed: AtomicBool,
    /// Held while it is closed: those whom it holds up wait for this, once, and then go on.
    reader: Mutex<()>,
}

impl Gate {
    fn new() -> Self {
        Self {
            closed: AtomicBool::new(false),
            reader: Mutex::new(()),
        }
    }

    fn pass(&self) {
        if self.closed.load(Ordering::Relaxed) {
            self.wait();
        }
    }

    #[cold]
    fn wait(&self) {
        drop(self.reader.lock());
    }

    fn close(&self) -> Closed<'_> {
        let reader = self.reader.lock();
        self.closed.store(true, Ordering::Relaxed);
        Closed {
            gate: self,
            _reader: reader,
        }
    }
}

/// The gate is closed until this is dropped.
struct Closed<'a> {
    gate: &'a Gate,
    _reader: MutexGuard<'a, ()>,
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.gate.closed.store(false, Ordering::Relaxed);
    }
}

/// Whether it is held up at the gate each time. What ends a body that runs, or tells what came of a step that was
/// announced, may not be: there is only so much of it, and a reader waits for it. What every task begins with need not
/// be: see [`Book::give_way`].
const fn looks_at_gate(event: Event) -> bool {
    let ends = event.was_announced() || matches!(event, Event::Succeeded | Event::Panicked);
    !(ends || matches!(event, Event::Submitted | Event::Started))
}

#[cfg(all(test, creel_loom))]
mod interleavings;
