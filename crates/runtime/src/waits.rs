//! Who waits for whom: a wait that would close a cycle fails before it blocks.
//!
//! A thread that works on tasks (one, or several that run inside one another) and blocks until others are done is
//! entered here, with the tasks that it holds up. Whoever enters last sees all the others, under one lock, so of the
//! waits that would close a cycle at the same time one always fails. A wait that blocks costs two system calls; the
//! lock is small beside them, and a wait that need not block never takes it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::task::current::{self, Waiting};
use crate::task::label::Label;

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
pub struct Cycle(Vec<(Label, Label)>);

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
pub(crate) fn enter(awaited: &[Waiting], until: Until) -> Result<Entered, Cycle> {
    let held_up = current::held_up();
    if held_up.is_empty() {
        return Ok(Entered(None));
    }
    let thread = thread::current().id();
    let mut graph = lock();
    let wait = Wait {
        held_up,
        awaited: awaited.to_vec(),
        until,
    };
    if let Some(cycle) = graph.cycle_through(&wait) {
        return Err(Cycle(cycle));
    }
    graph.insert(thread, wait);
    Ok(Entered(Some(thread)))
}

/// Ends the wait when it is dropped.
#[derive(Debug)]
pub(crate) struct Entered(Option<ThreadId>);

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(thread) = self.0 {
            lock().remove(thread);
        }
    }
}

/// The threads that wait, and on which of them each task is held up.
#[derive(Default)]
struct Graph {
    waits: HashMap<ThreadId, Wait>,
    threads: HashMap<usize, ThreadId>,
}

struct Wait {
    held_up: Vec<Waiting>,
    awaited: Vec<Waiting>,
    until: Until,
}

impl Graph {
    fn insert(&mut self, thread: ThreadId, wait: Wait) {
        for task in &wait.held_up {
            self.threads.insert(task.id, thread);
        }
        self.waits.insert(thread, wait);
    }

    fn remove(&mut self, thread: ThreadId) {
        if let Some(wait) = self.waits.remove(&thread) {
            for task in &wait.held_up {
                self.threads.remove(&task.id);
            }
        }
    }

    /// The waits from this one back to itself, if it can never end.
    fn cycle_through(&self, wait: &Wait) -> Option<Path> {
        let mut search = Search {
            graph: self,
            closing: wait,
            known: HashMap::new(),
        };
        search.path_of(wait)
    }
}

type Path = Vec<(Label, Label)>;

/// Looks for the way from a wait to the one that would close the cycle.
struct Search<'a> {
    graph: &'a Graph,
    closing: &'a Wait,
    /// Of the threads that were looked at; none while one is being looked at, since every cycle goes through the
    /// closing wait: the others were refused.
    known: HashMap<ThreadId, Option<Path>>,
}

impl Search<'_> {
    fn path_of(&mut self, wait: &Wait) -> Option<Path> {
        let waiter = &wait.held_up.last()?.label;
        let mut found = None;
        for awaited in &wait.awaited {
            let path = self.path_from(awaited).map(|mut rest| {
                rest.insert(0, (waiter.clone(), awaited.label.clone()));
                rest
            });
            match wait.until {
                Until::All if path.is_some() => return path,
                Until::All => {}
                Until::Any if path.is_none() => return None,
                Until::Any => found = found.or(path),
            }
        }
        found
    }

    fn path_from(&mut self, awaited: &Waiting) -> Option<Path> {
        if self
            .closing
            .held_up
            .iter()
            .any(|task| task.id == awaited.id)
        {
            return Some(Vec::new());
        }
        let thread = *self.graph.threads.get(&awaited.id)?;
        if let Some(known) = self.known.get(&thread) {
            return known.clone();
        }
        self.known.insert(thread, None);
        let path = self.path_of(self.graph.waits.get(&thread)?);
        self.known.insert(thread, path.clone());
        path
    }
}

fn lock() -> MutexGuard<'static, Graph> {
    static GRAPH: LazyLock<Mutex<Graph>> = LazyLock::new(Mutex::default);
    GRAPH.lock().unwrap_or_else(PoisonError::into_inner)
}
