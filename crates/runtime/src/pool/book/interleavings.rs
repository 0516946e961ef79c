//! Every interleaving of a writer and a reader of the book, by loom.
//!
//! A snapshot that holds more ends than beginnings panics: core finds that a task left a place before it came there.

use std::sync::Arc;

use creel_core::ledger::{Event, Ledger};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::Book;

/// A collection reads every count, so a model of it has many steps.
fn model(run: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.max_branches = 10_000;
    model.check(run);
}

/// Reads the book while another thread writes, and once more afterwards.
fn check(write: impl Fn(&Book) + Send + 'static, after: Ledger) {
    let book = Arc::new(Book::new(1));
    let writer = {
        let book = Arc::clone(&book);
        thread::spawn(move || write(&book))
    };
    assert!(book.ledger().adds_up());
    writer.join().unwrap();
    assert_eq!(book.ledger(), after);
}

fn one(set: impl FnOnce(&mut Ledger)) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.submitted = 1;
    set(&mut ledger);
    ledger
}

#[test]
fn a_snapshot_holds_what_came_before_all_that_a_worker_counted() {
    model(|| {
        check(
            |book| {
                book.count(Event::Submitted);
                let pen = book.pen(0);
                pen.count(Event::Started);
                pen.count(Event::Succeeded);
            },
            one(|ledger| ledger.succeeded = 1),
        );
    });
}

#[test]
fn a_snapshot_holds_what_came_before_all_that_was_counted_outside() {
    model(|| {
        check(
            |book| {
                book.pen(0).count(Event::Submitted);
                book.count(Event::CancelledQueued);
            },
            one(|ledger| ledger.cancelled = 1),
        );
    });
}

#[test]
fn a_snapshot_waits_for_a_step_that_others_went_on_from() {
    model(|| {
        let book = Arc::new(Book::new(1));
        let suspended = Arc::new(AtomicBool::new(false));
        let worker = {
            let (book, suspended) = (Arc::clone(&book), Arc::clone(&suspended));
            thread::spawn(move || {
                let pen = book.pen(0);
                pen.count(Event::Submitted);
                pen.count(Event::Started);
                pen.count(Event::Announced);
                suspended.store(true, Ordering::Release);
                pen.count(Event::Suspended);
            })
        };
        if suspended.load(Ordering::Acquire) {
            book.count(Event::CancelledSuspended);
            assert_eq!(book.ledger(), one(|ledger| ledger.cancelled = 1));
        } else {
            assert!(book.ledger().adds_up());
        }
        worker.join().unwrap();
    });
}

#[test]
fn who_gives_way_waits_until_the_reader_is_done() {
    model(|| {
        let book = Arc::new(Book::new(1));
        let closed = book.gate.close();
        let passed = Arc::new(AtomicBool::new(false));
        let writers = [Book::give_way, |book: &Book| book.pen(0).give_way()].map(|give_way| {
            let (book, passed) = (Arc::clone(&book), Arc::clone(&passed));
            thread::spawn(move || {
                give_way(&book);
                passed.store(true, Ordering::Release);
            })
        });
        assert!(!passed.load(Ordering::Acquire), "it is closed");
        drop(closed);
        for writer in writers {
            writer.join().unwrap();
        }
    });
}
