use std::sync::mpsc::{self, Receiver, Sender};

use super::Queues;
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
    let (stuck, other) = (queues.open(0), queues.open(1));
    run(queues.inbox.take_batch(&stuck.batch, 16, || ()));
    // Its stride is that of a worker that has learned nothing, which is that of long tasks.
    (1..33).for_each(|turn| run(queues.find_near(1, &other, turn, || ())));
    // It looks at one worker's batch at a time.
    let mut order: Vec<_> = numbers.try_iter().collect();
    assert_eq!(order.remove(0), 0);
    let place_of = |number| order.iter().position(|other| *other == number);
    assert!(
        (1..16).all(|number| place_of(number) <= Some(2 * number)),
        "{order:?}"
    );
    queues.close(0, stuck);
    queues.close(1, other);
}

#[test]
fn what_is_left_of_a_batch_is_dropped_with_the_queues() {
    let (queues, numbers) = two_workers(100);
    let own = queues.open(0);
    drop(queues.inbox.take_batch(&own.batch, 16, || ()));
    assert_eq!(queues.len(), 99);
    queues.close(0, own);
    drop(queues);
    assert!(
        numbers.recv().is_err(),
        "no sender is left, and none was used"
    );
}
