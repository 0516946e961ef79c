//! Every interleaving of a task's end with the making of its continuation, by loom.

use std::sync::Arc;

use creel_core::Run;
use creel_core::ledger::Event;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use crate::task::Task;
use crate::task::cell::Requeue;
use crate::task::home::{Home, Host, Left};

/// An executor that runs what it adopts at once.
struct Adopting(AtomicUsize);

impl Host for Adopting {
    fn requeue(&self, task: Task, _how: Requeue) {
        task.run();
    }

    fn adopt(self: Arc<Self>, task: Task) {
        self.0.fetch_add(1, Ordering::Relaxed);
        task.run();
    }

    fn count(&self, _event: Event) {}

    fn left_queue(&self, _left: Left, _weight: u64) {}

    fn ended(&self, _ticket: Option<usize>) {}

    fn pool(&self) -> usize {
        usize::MAX
    }
}

#[test]
fn a_continuation_of_a_task_that_settles_meanwhile_is_launched_once() {
    loom::model(|| {
        let host = Arc::new(Adopting(AtomicUsize::new(0)));
        let (task, future) = Task::from_closure(|| 20);
        task.bind(Home::host_of(host.clone(), None));
        // With somebody in the list, its end takes the list once more after it has settled.
        future.add_done_callback(|_| ());
        let worker = thread::spawn(move || task.run());
        let next = future.map(|number| number + 1);
        assert_eq!(next.result().unwrap(), 21);
        worker.join().unwrap();
        assert_eq!(host.0.load(Ordering::Relaxed), 1);
    });
}
