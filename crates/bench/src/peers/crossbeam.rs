//! Threads that receive boxed closures from a channel of crossbeam: the pool that everybody writes once.

use std::thread;

use crossbeam_channel::Sender;

use crate::peer::{Execute, Pool};

/// The sending end of the threads' channel.
pub(crate) struct Crossbeam(Sender<Box<dyn FnOnce() + Send>>);

impl Pool for Crossbeam {
    fn start(workers: usize) -> &'static Self {
        let (sender, receiver) = crossbeam_channel::unbounded::<Box<dyn FnOnce() + Send>>();
        for _ in 0..workers {
            let receiver = receiver.clone();
            thread::spawn(move || {
                for task in receiver {
                    task();
                }
            });
        }
        Box::leak(Box::new(Self(sender)))
    }
}

impl Execute for Crossbeam {
    fn execute<F>(&'static self, task: F)
    where
        F: FnOnce() + Send + 'static,
    {
        self.0.send(Box::new(task)).expect("the threads receive");
    }
}
