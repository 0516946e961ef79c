//! Workers that are held in a task.

use std::sync::mpsc::{self, Sender};

use creel_runtime::{TaskFuture, ThreadPool};

/// Holds workers until it is released.
pub(crate) struct Held {
    releases: Vec<Sender<()>>,
    tasks: Vec<TaskFuture<()>>,
}

impl Held {
    /// Holds so many workers, which is all of them.
    pub(crate) fn all(pool: &ThreadPool, workers: usize) -> Self {
        let (starts, started) = mpsc::channel();
        let mut held = Self {
            releases: Vec::new(),
            tasks: Vec::new(),
        };
        for _ in 0..workers {
            let (release, released) = mpsc::channel();
            let starts = starts.clone();
            let task = pool.submit(move || {
                starts.send(()).unwrap();
                // Until the sender is dropped.
                let _error = released.recv();
            });
            started.recv().unwrap();
            held.releases.push(release);
            held.tasks.push(task.unwrap());
        }
        held
    }

    /// Lets the workers go on.
    pub(crate) fn release(self) {
        drop(self.releases);
        for task in self.tasks {
            task.result().unwrap();
        }
    }
}
