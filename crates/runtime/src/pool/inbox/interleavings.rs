//! Every interleaving of those who put in and those who take out, by loom.

use std::sync::{Arc, Mutex};

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::Inbox;
use crate::pool::entry::Opened;
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
        let taken = self.inbox.take().map(|entry| entry.open());
        match taken {
            Some(Opened::Detached(detached)) => assert!(detached.run()),
            Some(Opened::Task(_)) => panic!("nobody has put one in"),
            None => return false,
        }
        true
    }

    fn run(&self) -> Vec<usize> {
        self.run.lock().unwrap().clone()
    }
}

#[test]
fn what_two_threads_put_in_comes_out_once() {
    loom::model(|| {
        let mail = Mail::new();
        let other = {
            let mail = mail.clone();
            thread::spawn(move || {
                mail.put(1);
                mail.put(2);
            })
        };
        mail.put(3);
        let mut taken = usize::from(mail.take());
        assert_eq!(taken, 1, "it has put one in itself");
        other.join().unwrap();
        while mail.take() {
            taken += 1;
        }
        let mut run = mail.run();
        let place_of = |number| run.iter().position(|other| *other == number);
        assert!(place_of(1) < place_of(2), "the order of one thread is kept");
        run.sort_unstable();
        assert_eq!((taken, run), (3, vec![1, 2, 3]));
        assert!(mail.inbox.is_empty());
    });
}

#[test]
fn what_two_threads_take_is_taken_once_and_over_the_end_of_a_block() {
    loom::model(|| {
        let mail = Mail::new();
        (1..=3).for_each(|number| mail.put(number));
        let other = {
            let mail = mail.clone();
            thread::spawn(move || usize::from(mail.take()) + usize::from(mail.take()))
        };
        let mut taken = usize::from(mail.take());
        taken += other.join().unwrap();
        assert_eq!(taken, 3, "nobody finds it empty before that");
        let mut run = mail.run();
        run.sort_unstable();
        assert_eq!(run, [1, 2, 3]);
        assert!(mail.inbox.is_empty() && !mail.take());
    });
}
