//! A thread for each task.

use std::thread::{self, JoinHandle};

use crate::peer::{Pool, Submit};

/// No pool at all.
pub(crate) struct Threads;

impl Pool for Threads {
    fn start(_workers: usize) -> &'static Self {
        &Self
    }
}

impl Submit for Threads {
    type Handle<T: Send + 'static> = JoinHandle<T>;

    fn submit<T, F>(&'static self, task: F) -> JoinHandle<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        thread::spawn(task)
    }

    fn wait<T: Send + 'static>(&'static self, handle: JoinHandle<T>) -> T {
        handle.join().expect("the task returns")
    }
}
