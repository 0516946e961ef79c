use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use super::{Batch, Inbox, LAP, PLACES, SHARE};
use crate::pool::entry::{Entry, Opened};
use crate::sync::atomic::Ordering;
use crate::task::detached::Detached;

/// A task that hands its number to whoever runs it.
fn entry(number: usize, sent: &Sender<usize>) -> Entry {
    let sent = sent.clone();
    Detached::new(move || sent.send(number).expect("somebody counts")).into()
}

fn run(entry: Entry) {
    let Opened::Detached(detached) = entry.open() else {
        panic!("it was put in as a detached task");
    };
    assert!(detached.run());
}

#[test]
fn what_was_put_in_comes_out_in_that_order_over_many_blocks() {
    let inbox = Inbox::new();
    let (sent, numbers) = mpsc::channel();
    let count = 5 * PLACES + 3;
    for number in 0..count {
        assert_eq!(inbox.len(), number);
        inbox.put(entry(number, &sent));
    }
    for number in 0..count {
        assert!(!inbox.is_empty());
        run(inbox.take().unwrap());
        assert_eq!(numbers.try_recv(), Ok(number));
    }
    assert!(inbox.is_empty() && inbox.take().is_none());
}

#[test]
fn numbers_of_places_may_wrap_around() {
    let inbox = Arc::new(Inbox::new());
    // As if all but the last three blocks of all numbers were through.
    let number = (3 * LAP).wrapping_neg();
    for end in [&inbox.head, &inbox.tail] {
        end.next.store(number, Ordering::Relaxed);
        end.seen.store(number, Ordering::Relaxed);
    }
    let (sent, numbers) = mpsc::channel();
    let count = 6 * PLACES;
    (0..count).for_each(|number| inbox.put(entry(number, &sent)));
    let batch = Batch::new(&inbox);
    for number in 0..count {
        // One who was slow to say how far it had seen says so now.
        if number % PLACES == 1 {
            let end = &inbox.head;
            let behind = end.next.load(Ordering::Relaxed).wrapping_sub(LAP);
            end.seen.store(behind, Ordering::Relaxed);
        }
        run(batch.take().or_else(|| batch.refill(16, || ())).unwrap());
        assert_eq!(numbers.try_recv(), Ok(number));
    }
    assert!(inbox.is_empty() && batch.take().is_none() && inbox.take().is_none());
}

#[test]
fn whoever_knows_of_one_finds_one_and_each_comes_out_once() {
    const EACH: usize = 20_000;
    let inbox = Inbox::new();
    let start = Barrier::new(4);
    let (sent, numbers) = mpsc::channel();
    let (told, news) = mpsc::channel();
    let news = Mutex::new(news);
    let await_news = || news.lock().unwrap().recv().is_ok();
    thread::scope(|scope| {
        for first in [0, EACH] {
            let (inbox, start, sent, told) = (&inbox, &start, sent.clone(), told.clone());
            scope.spawn(move || {
                start.wait();
                for number in first..first + EACH {
                    inbox.put(entry(number, &sent));
                    told.send(()).unwrap();
                }
            });
        }
        drop(told);
        for _ in 0..2 {
            scope.spawn(|| {
                start.wait();
                while await_news() {
                    run(inbox.take().unwrap());
                }
            });
        }
    });
    drop(sent);
    let mut numbers: Vec<_> = numbers.iter().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..2 * EACH).collect::<Vec<_>>());
    assert!(inbox.is_empty());
}

#[test]
fn what_is_left_is_dropped_with_it() {
    let inbox = Inbox::new();
    let (sent, numbers) = mpsc::channel();
    (0..2 * PLACES).for_each(|number| inbox.put(entry(number, &sent)));
    drop(sent);
    drop(inbox);
    assert_eq!(
        numbers.iter().count(),
        0,
        "no sender is left, and none was used"
    );
}

#[test]
fn a_batch_is_a_share_of_what_waits_and_goes_on_in_its_order() {
    let inbox = Arc::new(Inbox::new());
    let (sent, numbers) = mpsc::channel();
    let count = 3 * PLACES;
    (0..count).for_each(|number| inbox.put(entry(number, &sent)));
    let batch = Batch::new(&inbox);
    let mut begun = 0;
    for number in 0..count {
        let taken = batch.take().or_else(|| batch.refill(PLACES, || begun += 1));
        run(taken.unwrap());
        assert_eq!(numbers.try_recv(), Ok(number));
        let (left, waiting) = (batch.takers().len(), inbox.len());
        assert_eq!(left + waiting, count - number - 1);
        assert!(left <= (left + 1 + waiting) / SHARE, "{left} of {waiting}");
    }
    assert!(begun > 2, "there were places for several");
    assert!(batch.take().is_none() && batch.refill(2, || ()).is_none());
}

#[test]
fn each_of_many_batches_comes_out_once_beside_others_who_take() {
    const EACH: usize = 50_000;
    let inbox = Arc::new(Inbox::new());
    let (sent, numbers) = mpsc::channel();
    (0..EACH).for_each(|number| inbox.put(entry(number, &sent)));
    let batches = [Batch::new(&inbox), Batch::new(&inbox)];
    let takers = batches.each_ref().map(Batch::takers);
    let start = Barrier::new(3);
    let is_empty = || inbox.is_empty() && takers.iter().all(|taker| taker.is_empty());
    thread::scope(|scope| {
        for batch in batches {
            let (start, is_empty) = (&start, &is_empty);
            scope.spawn(move || {
                start.wait();
                while !is_empty() {
                    let entry = batch.take().or_else(|| batch.refill(16, || ()));
                    entry.into_iter().for_each(run);
                }
                assert!(batch.take().is_none());
            });
        }
        start.wait();
        while !is_empty() {
            let mut taken = takers.iter().filter_map(|taker| taker.take());
            taken.by_ref().for_each(run);
        }
    });
    drop(sent);
    let mut numbers: Vec<_> = numbers.iter().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..EACH).collect::<Vec<_>>());
}

#[test]
fn what_is_left_of_a_batch_is_dropped_with_its_last_owner_also_after_the_queue() {
    let inbox = Arc::new(Inbox::new());
    let (sent, numbers) = mpsc::channel();
    (0..16).for_each(|number| inbox.put(entry(number, &sent)));
    drop(sent);
    let batch = Batch::new(&inbox);
    drop(batch.refill(4, || ()));
    let takers = batch.takers();
    drop(inbox);
    drop(batch);
    run(takers.take().unwrap());
    assert_eq!(numbers.try_recv(), Ok(1));
    drop(takers);
    assert!(numbers.recv().is_err(), "no sender is left");
}
