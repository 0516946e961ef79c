use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use super::{FAIRNESS, LOOK_EVERY, Queues};
use crate::pool::entry::{Entry, Opened};
use crate::task::detached::Detached;

/// The queues of two workers, in which tasks from outside wait that hand their numbers over when they run.
fn two_workers(tasks: usize) -> (Queues, Receiver<usize>) {
    let queues = Queues::new(2);
    let (sent, numbers) = mpsc::channel();
    (0..tasks).for_each(|number| queues.push(task(number, &sent)));
    (queues, numbers)
}

fn task(number: usize, sent: &Sender<usize>) -> Detached {
    let sent = sent.clone();
    Detached::new(move || sent.send(number).expect("somebody counts"))
}

fn run(entry: Option<Entry>) {
    match entry.map(Entry::open) {
        Some(Opened::Detached(detached)) => assert!(detached.run()),
        Some(Opened::Task(_)) => panic!("it was put in as a detached task"),
        None => panic!("there is something"),
    }
}

#[test]
fn who_is_busy_with_long_tasks_takes_what_others_have_not_come_to_before_what_is_newer() {
    let (queues, numbers) = two_workers(100);
    let (other, stuck) = (queues.open(0), queues.open(1));
    run(stuck.batch.refill(16, || ()));
    // Its stride is that of a worker that has learned nothing, which is that of long tasks. Each of these has two turns: whose
    // batch is looked at must not hang on how many there were.
    (1..=20).for_each(|task| run(queues.find_near(0, &other, 2 * task, || ())));
    assert!(numbers.try_iter().eq(0..=20));
    queues.close(0, other);
    queues.close(1, stuck);
}

#[test]
fn who_is_busy_with_short_tasks_looks_at_the_batches_of_others_now_and_then() {
    let (queues, numbers) = two_workers(1_000);
    let (stuck, other) = (queues.open(0), queues.open(1));
    run(stuck.batch.refill(16, || ()));
    let mut turns = 1;
    while queues.slots[0].get().unwrap().batch.len() == 15 {
        run(other.batch.take().or_else(|| other.batch.refill(16, || ())));
        // It has learned that they are short, and would take the next ones together.
        if other.batch.takers().is_empty() {
            other.stride.learn(1, Duration::ZERO);
            run(queues.find_near(1, &other, turns, || ()));
        }
        turns += 1;
        assert!(turns < 2 * LOOK_EVERY, "it has not looked");
    }
    assert_eq!(
        numbers.try_iter().last(),
        Some(1),
        "the oldest that is left"
    );
    queues.close(0, stuck);
    queues.close(1, other);
}

#[test]
fn nothing_from_outside_is_taken_before_what_is_in_the_own_batch() {
    let (queues, numbers) = two_workers(1_000);
    let (one, other) = (queues.open(0), queues.open(1));
    run(one.batch.refill(16, || ()));
    run(other.batch.refill(16, || ()));
    numbers.try_iter().for_each(drop);
    // Among these are turns at which it looks elsewhere.
    for turns in (1..16).map(|task| task * FAIRNESS) {
        run(queues.find_near(1, &other, turns, || ()));
    }
    assert!(numbers.try_iter().eq(17..32));
    queues.close(0, one);
    queues.close(1, other);
}

#[test]
fn what_is_left_of_a_batch_is_dropped_with_the_queues() {
    let (queues, numbers) = two_workers(100);
    let own = queues.open(0);
    drop(own.batch.refill(16, || ()));
    assert_eq!(queues.len(), 99);
    queues.close(0, own);
    drop(queues);
    assert!(
        numbers.recv().is_err(),
        "no sender is left, and none was used"
    );
}
