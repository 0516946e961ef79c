//! Every interleaving of whoever hands a task to an executor and whoever ends it, by loom.

use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use creel_core::Clock;
use creel_core::ledger::Event;
use creel_core::port::Alarm;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::{Home, Host, Left};
use crate::task::Task;
use crate::task::cell::Requeue;

/// An executor that adds up what it is told.
struct Counting {
    counted: AtomicUsize,
    left: AtomicUsize,
    ended: AtomicUsize,
    alarms: Arc<Alarms>,
}

impl Counting {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            counted: AtomicUsize::new(0),
            left: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            alarms: Arc::new(Alarms {
                start: Instant::now(),
                set: AtomicUsize::new(0),
                forgotten: AtomicUsize::new(0),
            }),
        })
    }

    fn told(&self) -> (usize, usize, usize) {
        let read = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        (read(&self.counted), read(&self.left), read(&self.ended))
    }
}

impl Host for Counting {
    fn requeue(&self, _task: Task, _how: Requeue) {
        unreachable!("nobody wakes the task")
    }

    fn adopt(self: Arc<Self>, _task: Task) {
        unreachable!("no task continues this one")
    }

    fn count(&self, event: Event) {
        assert_eq!(event, Event::CancelledQueued);
        self.counted.fetch_add(1, Ordering::Relaxed);
    }

    fn left_queue(&self, left: Left, weight: u64) {
        assert_eq!(weight, 0);
        self.left.fetch_add(left as usize, Ordering::Relaxed);
    }

    fn ended(&self, ticket: Option<usize>) {
        assert_eq!(ticket, Some(3));
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.alarms.clone()
    }

    fn pool(&self) -> usize {
        0
    }
}

/// The executor's clock, whose time never comes.
struct Alarms {
    start: Instant,
    set: AtomicUsize,
    forgotten: AtomicUsize,
}

impl Clock for Alarms {
    fn now(&self) -> Instant {
        self.start
    }

    fn wake_at(&self, when: Instant, _waker: Waker) -> Option<Alarm> {
        self.set.fetch_add(1, Ordering::Relaxed);
        Some(Alarm::new(when, 0))
    }

    fn forget(&self, _alarm: Alarm) {
        self.forgotten.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_task_that_ends_while_it_is_taken_tells_its_executor_once() {
    loom::model(|| {
        let executor = Counting::new();
        let (task, future) = Task::from_future(std::future::pending::<()>());
        let canceller = thread::spawn(move || future.cancel());
        task.cell()
            .bind(Home::host_of(executor.clone(), Some(3)).told());
        assert!(canceller.join().unwrap());
        assert_eq!(executor.told(), (1, Left::Task as usize, 1));
        drop(task);
        assert_eq!(executor.told(), (1, Left::Both as usize, 1));
    });
}

#[test]
fn a_task_and_its_entry_that_leave_the_queue_are_told_once_each() {
    loom::model(|| {
        let executor = Counting::new();
        let (task, future) = Task::from_closure(|| ());
        task.bind(Home::host_of(executor.clone(), None).told());
        let worker = {
            let cell = task.cell().clone();
            let left = move || cell.home().unwrap().left_queue(Left::Both, 0);
            thread::spawn(left)
        };
        task.cell().home().unwrap().left_queue(Left::Task, 0);
        worker.join().unwrap();
        assert_eq!(executor.told(), (0, Left::Both as usize, 0));
        std::mem::forget(task);
        drop(future);
    });
}

#[test]
fn the_alarm_of_a_task_that_ends_while_it_is_set_is_called_off() {
    loom::model(|| {
        let executor = Counting::new();
        let (task, future) = Task::builder()
            .timeout(Duration::from_secs(1))
            .closure(|| ());
        let canceller = thread::spawn(move || future.cancel());
        task.bind(Home::host_of(executor.clone(), None).told());
        assert!(canceller.join().unwrap());
        let Alarms { set, forgotten, .. } = &*executor.alarms;
        assert_eq!(set.load(Ordering::Relaxed), 1);
        assert_ne!(forgotten.load(Ordering::Relaxed), 0);
    });
}
