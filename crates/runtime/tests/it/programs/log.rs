//! What happened to the tasks of a program.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use creel_runtime::{ResultError, TaskError, TaskFuture};

/// How a task has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    Value(u64),
    Panicked,
    Cancelled,
    Expired,
    Abandoned,
}

impl Outcome {
    pub(super) fn of(outcome: Result<u64, &TaskError>) -> Self {
        match outcome {
            Ok(value) => Self::Value(value),
            Err(TaskError::Panicked(_)) => Self::Panicked,
            Err(TaskError::Cancelled) => Self::Cancelled,
            Err(TaskError::Expired) => Self::Expired,
            Err(TaskError::Abandoned(_)) => Self::Abandoned,
            Err(other) => panic!("{other}"),
        }
    }

    /// `None` when the wait was refused.
    pub(super) fn of_result(outcome: &Result<u64, ResultError<u64>>) -> Option<Self> {
        match outcome {
            Ok(value) => Some(Self::Value(*value)),
            Err(ResultError::Task(error)) => Some(Self::of(Err(error))),
            Err(_) => None,
        }
    }
}

/// What happened to one task.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// How often its body was called or polled.
    pub(super) runs: usize,
    /// How often its body was dropped.
    pub(super) drops: usize,
    /// What its first callback was told, and when.
    pub(super) outcomes: Vec<(Outcome, Duration)>,
    /// The later callbacks, in the order of their calls.
    pub(super) callbacks: Vec<usize>,
}

/// The entries of all tasks, by their numbers; clones are the same log.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<Entry>>>);

impl Log {
    pub(super) fn open_entry(&self) {
        self.0.lock().unwrap().push(Entry::default());
    }

    pub(super) fn entry(&self, task: usize) -> Entry {
        self.0.lock().unwrap()[task].clone()
    }

    pub(super) fn change(&self, task: usize, change: impl FnOnce(&mut Entry)) {
        change(&mut self.0.lock().unwrap()[task]);
    }

    /// Notes the outcome of a task when it comes.
    pub(super) fn watch(
        &self,
        task: usize,
        future: &TaskFuture<u64>,
        now: impl FnOnce() -> Duration + Send + 'static,
    ) {
        let log = self.clone();
        future.add_done_callback(move |outcome| {
            let outcome = Outcome::of(outcome.copied());
            log.change(task, |entry| entry.outcomes.push((outcome, now())));
        });
    }

    /// What the body of that task holds.
    pub(super) fn token(&self, task: usize) -> Token {
        Token {
            log: self.clone(),
            task,
        }
    }
}

/// Tells the log when the body that holds it runs, and when it is dropped.
pub(super) struct Token {
    log: Log,
    task: usize,
}

impl Token {
    pub(super) fn note_run(&self) {
        self.log.change(self.task, |entry| entry.runs += 1);
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.log.change(self.task, |entry| entry.drops += 1);
    }
}
