//! The waits of a pool's workers, for whoever wants to know why it stands still.

use std::ops::ControlFlow;

use super::awaiting::{Awaits, Dust};
use super::graph::{Graph, Wait};
use super::{Awaiting, lock};
use crate::task::Waiting;
use crate::task::label::Label;

/// So many of the tasks that are waited for are named.
const NAMED_MAX: usize = 8;

/// A worker that blocks until others are done.
#[derive(Clone)]
pub(crate) struct Blocked {
    /// Its slot in the pool.
    pub(crate) worker: usize,
    /// The task whose body waits.
    pub(crate) task: Waiting,
    /// What it waits for, up to a few.
    pub(crate) awaited: Vec<Label>,
}

/// The workers of that pool that wait.
pub(crate) fn of(pool: usize) -> Vec<Blocked> {
    let mut dust = Dust::new();
    let graph = lock();
    let blocked = graph.of(pool, &mut dust);
    drop(graph);
    // What was looked at may be foreign, and is dropped without the lock.
    drop(dust);
    blocked
}

impl Graph<Awaiting> {
    fn of(&self, pool: usize, dust: &mut Dust) -> Vec<Blocked> {
        let waits = self.waits().filter_map(|wait| {
            let (of, worker) = wait.worker?;
            (of == pool).then(|| wait.see(worker, dust)).flatten()
        });
        let mut blocked: Vec<_> = waits.collect();
        blocked.sort_by_key(|blocked| blocked.worker);
        blocked
    }
}

impl Wait<Awaiting> {
    fn see(&self, worker: usize, dust: &mut Dust) -> Option<Blocked> {
        let task = self.held_up.last()?.clone();
        let mut awaited = Vec::new();
        self.awaited.each(dust, &mut |task| {
            awaited.push(task.label);
            if awaited.len() < NAMED_MAX {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        Some(Blocked {
            worker,
            task,
            awaited,
        })
    }
}
