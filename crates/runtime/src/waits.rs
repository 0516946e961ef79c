//! Who waits for whom: a wait that would close a cycle fails before it blocks.
//!
//! A thread that works on tasks (one, or several that run inside one another) and blocks until others are done is
//! entered here, with the tasks that it holds up. Whoever enters last sees all the others, under one lock, so of the
//! waits that would close a cycle at the same time one always fails. A wait that blocks costs two system calls; the
//! lock is small beside them, and a wait that need not block never takes it.

mod awaiting;
mod blocked;
mod graph;

use std::fmt;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use crate::error::WaitError;
use crate::pool::worker;
use crate::sync::thread::{self, ThreadId};
use crate::task::current;
use graph::{Graph, Path, Wait};

pub(crate) use awaiting::{Awaiting, Roll};
pub(crate) use blocked::{Blocked, of as blocked_in};

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
    awaited: impl FnOnce() -> Awaiting,
    until: Until,
) -> Result<Entered, WaitError> {
    let held_up = current::held_up();
    if held_up.is_empty() {
        return Ok(Entered(None));
    }
    let thread = thread::current().id();
    let wait = Wait {
        worker: worker::place(),
        held_up,
        awaited: awaited(),
        until,
    };
    let mut dust = Vec::new();
    let mut graph = lock();
    let cycle = graph.cycle_through(&wait, &mut dust);
    if cycle.is_none() {
        graph.insert(thread, wait);
    }
    drop(graph);
    match cycle {
        None => Ok(Entered(Some(thread))),
        Some(path) => Err(WaitError::Deadlock(Cycle(path))),
    }
}

/// Ends the wait when it is dropped.
#[derive(Debug)]
pub(crate) struct Entered(Option<ThreadId>);

impl Entered {
    /// A wait that is for no task, and so can close no cycle.
    pub(crate) const fn for_no_task() -> Self {
        Self(None)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(thread) = self.0 {
            let ended = lock().remove(thread);
            drop(ended);
        }
    }
}

fn lock() -> MutexGuard<'static, Graph<Awaiting>> {
    static GRAPH: LazyLock<Mutex<Graph<Awaiting>>> = LazyLock::new(|| Mutex::new(Graph::new()));
    GRAPH.lock().unwrap_or_else(PoisonError::into_inner)
}
