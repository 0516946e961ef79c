//! Who waits for whom: a wait that would close a cycle fails before it blocks.
//!
//! A thread that works on tasks (one, or several that run inside one another) and blocks until others are done is
//! entered here, with the tasks that it holds up. Whoever enters last sees all the others, under one lock, so of the
//! waits that would close a cycle at the same time one always fails. A wait that blocks costs two system calls; the
//! lock is small beside them, and a wait that need not block never takes it.

mod graph;

use std::fmt;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::task::current::{self, Waiting};
use graph::{Graph, Path, Wait};

/// How many of the tasks that are waited for must be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    All,
    Any,
}

/// Waits that would never end: each waits for what waits in turn, and the last for the first.
///
/// A task is shown by its name, or by the type of its body.
#[derive(Clone, PartialEq, Eq)]
pub struct Cycle(Path);

impl Cycle {
    /// Who waits for whom, in the order of the cycle, beginning with the wait that failed.
    pub fn waits(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(waiter, awaited)| (waiter.as_str(), awaited.as_str()))
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (waiter, awaited)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{waiter} waits for {awaited}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cycle({self})")
    }
}

/// Enters a wait of this thread until the guard is dropped.
///
/// A thread that holds no task up can close no cycle, and is not entered.
pub(crate) fn enter(
    awaited: impl IntoIterator<Item = Waiting>,
    until: Until,
) -> Result<Entered, Cycle> {
    let held_up = current::held_up();
    if held_up.is_empty() {
        return Ok(Entered(None));
    }
    let thread = thread::current().id();
    let wait = Wait {
        held_up,
        awaited: awaited.into_iter().collect(),
        until,
    };
    let mut graph = lock();
    if let Some(cycle) = graph.cycle_through(&wait) {
        return Err(Cycle(cycle));
    }
    graph.insert(thread, wait);
    Ok(Entered(Some(thread)))
}

/// Tells of one more task that the wait of a thread is for, if that thread waits.
pub(crate) fn extend(thread: ThreadId, awaited: Waiting) {
    lock().extend(thread, awaited);
}

/// Ends the wait when it is dropped.
#[derive(Debug)]
pub(crate) struct Entered(Option<ThreadId>);

impl Entered {
    /// The thread that was entered, if it was.
    pub(crate) fn thread(&self) -> Option<ThreadId> {
        self.0
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(thread) = self.0 {
            lock().remove(thread);
        }
    }
}

fn lock() -> MutexGuard<'static, Graph> {
    static GRAPH: LazyLock<Mutex<Graph>> = LazyLock::new(Mutex::default);
    GRAPH.lock().unwrap_or_else(PoisonError::into_inner)
}
