//! A second thread that races the first.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

/// Runs one job at a time beside its owner; ends with it.
pub(crate) struct Rival {
    jobs: Sender<Box<dyn FnOnce() + Send>>,
    done: Receiver<()>,
}

impl Rival {
    pub(crate) fn start() -> Self {
        let (jobs, to_do) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
        let (does, done) = mpsc::channel();
        thread::spawn(move || {
            for job in to_do {
                job();
                if does.send(()).is_err() {
                    return;
                }
            }
        });
        Self { jobs, done }
    }

    /// Begins a job.
    pub(crate) fn race(&self, job: impl FnOnce() + Send + 'static) {
        self.jobs.send(Box::new(job)).unwrap();
    }

    /// Waits for the end of the job, which has dropped what it held.
    pub(crate) fn finish(&self) {
        self.done.recv().expect("the rival's own checks held");
    }
}
