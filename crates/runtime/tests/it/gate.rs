//! A door that tasks wait at until a test opens it.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Wake, Waker};

use creel_runtime::{TaskFuture, ThreadPool, context};

#[derive(Clone)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(crate) fn closed() -> Self {
        Self(Arc::new((Mutex::new(false), Condvar::new())))
    }

    pub(crate) fn opened() -> Self {
        let gate = Self::closed();
        gate.open();
        gate
    }

    pub(crate) fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    pub(crate) fn pass(&self) {
        let mut open = self.0.0.lock().unwrap();
        while !*open {
            open = self.0.1.wait(open).unwrap();
        }
    }
}

/// Opens the gate when a test ends, also by a panic: otherwise the pool's drop would wait for ever.
impl Drop for Occupied {
    fn drop(&mut self) {
        self.gate.open();
    }
}

/// A worker that is held in a task.
pub(crate) struct Occupied {
    pub(crate) gate: Gate,
    pub(crate) future: Option<TaskFuture<()>>,
}

/// Holds a worker of the pool in a task, and returns once that runs.
pub(crate) fn occupy(pool: &ThreadPool) -> Occupied {
    let gate = Gate::closed();
    let (running, runs): (Sender<()>, Receiver<()>) = mpsc::channel();
    let inner = gate.clone();
    let future = pool
        .submit(move || {
            running.send(()).unwrap();
            inner.pass();
        })
        .unwrap();
    runs.recv().unwrap();
    Occupied {
        gate,
        future: Some(future),
    }
}

/// Blocks the task that calls it until it is asked to stop.
pub(crate) fn wait_for_cancel() {
    let (woken, wakes) = mpsc::channel();
    context().on_cancel(&waker_that_sends(woken));
    wakes.recv().unwrap();
}

pub(crate) fn waker_that_sends(sender: Sender<()>) -> Waker {
    struct Sends(Sender<()>);
    impl Wake for Sends {
        fn wake(self: Arc<Self>) {
            // Whoever listened may have gone.
            let _gone = self.0.send(());
        }
    }
    Waker::from(Arc::new(Sends(sender)))
}

pub(crate) fn pool_of(max_workers: usize) -> ThreadPool {
    ThreadPool::builder()
        .max_workers(max_workers)
        .build()
        .unwrap()
}
