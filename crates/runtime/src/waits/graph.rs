//! The waits as a graph: which of them could never end.

use std::collections::{HashMap, HashSet, VecDeque};
use std::thread::ThreadId;

use super::Until;
use crate::task::current::Waiting;
use crate::task::label::Label;

/// The threads that wait, and on which of them each task is held up.
#[derive(Default)]
pub(super) struct Graph {
    waits: HashMap<ThreadId, Wait>,
    threads: HashMap<usize, ThreadId>,
}

pub(super) struct Wait {
    pub(super) held_up: Vec<Waiting>,
    pub(super) awaited: Vec<Waiting>,
    pub(super) until: Until,
}

/// Who waits for whom, from the closing wait back to itself.
pub(super) type Path = Vec<(Label, Label)>;

impl Graph {
    pub(super) fn insert(&mut self, thread: ThreadId, wait: Wait) {
        for task in &wait.held_up {
            self.threads.insert(task.id, thread);
        }
        self.waits.insert(thread, wait);
    }

    pub(super) fn remove(&mut self, thread: ThreadId) {
        if let Some(wait) = self.waits.remove(&thread) {
            for task in &wait.held_up {
                self.threads.remove(&task.id);
            }
        }
    }

    pub(super) fn extend(&mut self, thread: ThreadId, awaited: Waiting) {
        if let Some(wait) = self.waits.get_mut(&thread) {
            wait.awaited.push(awaited);
        }
    }

    /// The waits from this one back to itself, if it could never end.
    pub(super) fn cycle_through(&self, closing: &Wait) -> Option<Path> {
        let stuck = self.stuck_behind(closing);
        if closing.is_stuck(|task| closing.holds_up(task) || self.is_held_up(task, &stuck)) {
            self.path_back(closing, &stuck)
        } else {
            None
        }
    }

    /// The threads that could never go on if this wait never ended: what is left of all that it depends on when those
    /// are taken out, again and again, that could.
    fn stuck_behind(&self, closing: &Wait) -> HashSet<ThreadId> {
        let threads = self.reachable_from(closing);
        let mut stuck: HashSet<ThreadId> = threads.iter().copied().collect();
        loop {
            let before = stuck.len();
            // The farthest first, so that a chain is undone in one turn.
            for thread in threads.iter().rev() {
                let is_stuck = self.waits[thread]
                    .is_stuck(|task| closing.holds_up(task) || self.is_held_up(task, &stuck));
                if !is_stuck {
                    stuck.remove(thread);
                }
            }
            if stuck.len() == before {
                return stuck;
            }
        }
    }

    fn reachable_from(&self, closing: &Wait) -> Vec<ThreadId> {
        let (mut threads, mut seen) = (Vec::new(), HashSet::new());
        let mut next = Some(closing);
        let mut looked_at = 0;
        while let Some(wait) = next {
            let behind = wait
                .awaited
                .iter()
                .filter_map(|task| self.threads.get(&task.id));
            threads.extend(behind.filter(|thread| seen.insert(**thread)));
            next = threads.get(looked_at).map(|thread| &self.waits[thread]);
            looked_at += 1;
        }
        threads
    }

    fn is_held_up(&self, task: &Waiting, stuck: &HashSet<ThreadId>) -> bool {
        self.threads
            .get(&task.id)
            .is_some_and(|thread| stuck.contains(thread))
    }

    /// The shortest way; there is one, since every cycle goes through the closing wait: the others were refused.
    fn path_back(&self, closing: &Wait, stuck: &HashSet<ThreadId>) -> Option<Path> {
        let mut seen = HashSet::new();
        let mut ways = VecDeque::from([(closing, Path::new())]);
        while let Some((wait, way)) = ways.pop_front() {
            let waiter = &wait.held_up.last()?.label;
            for awaited in &wait.awaited {
                let mut longer = way.clone();
                longer.push((waiter.clone(), awaited.label.clone()));
                if closing.holds_up(awaited) {
                    return Some(longer);
                }
                let behind = self.threads.get(&awaited.id);
                if let Some(thread) = behind.filter(|thread| stuck.contains(thread))
                    && seen.insert(*thread)
                {
                    ways.push_back((&self.waits[thread], longer));
                }
            }
        }
        None
    }
}

impl Wait {
    fn holds_up(&self, task: &Waiting) -> bool {
        self.held_up.iter().any(|held_up| held_up.id == task.id)
    }

    /// Whether it could never end, if of the tasks those never ended.
    fn is_stuck(&self, never_ends: impl Fn(&Waiting) -> bool) -> bool {
        match self.until {
            Until::All => self.awaited.iter().any(never_ends),
            Until::Any => !self.awaited.is_empty() && self.awaited.iter().all(never_ends),
        }
    }
}

#[cfg(test)]
mod tests;
