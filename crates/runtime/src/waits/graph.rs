//! The waits as a graph: which of them could never end.

use std::collections::hash_map::{Entry, HashMap};
use std::collections::{HashSet, VecDeque};
use std::ops::ControlFlow;

use super::Until;
use super::awaiting::{Awaits, Dust};
use crate::sync::thread::ThreadId;
use crate::task::current::Waiting;
use crate::task::label::Label;

/// The threads that wait, and on which of them each task is held up: on several, if parts of it run on several.
pub(super) struct Graph<A> {
    waits: HashMap<ThreadId, Wait<A>>,
    threads: HashMap<usize, Vec<ThreadId>>,
}

pub(super) struct Wait<A> {
    /// The pool and the slot of the worker that waits, if it is one.
    pub(super) worker: Option<(usize, usize)>,
    pub(super) held_up: Vec<Waiting>,
    pub(super) awaited: A,
    pub(super) until: Until,
}

/// Who waits for whom, from the closing wait back to itself.
pub(super) type Path = Vec<(Label, Label)>;

impl<A> Graph<A> {
    pub(super) fn new() -> Self {
        Self {
            waits: HashMap::new(),
            threads: HashMap::new(),
        }
    }

    pub(super) fn insert(&mut self, thread: ThreadId, wait: Wait<A>) {
        for task in &wait.held_up {
            self.threads.entry(task.id).or_default().push(thread);
        }
        self.waits.insert(thread, wait);
    }

    pub(super) fn waits(&self) -> impl Iterator<Item = &Wait<A>> {
        self.waits.values()
    }

    /// Ends a wait, and gives it back to be dropped without the lock.
    pub(super) fn remove(&mut self, thread: ThreadId) -> Option<Wait<A>> {
        let wait = self.waits.remove(&thread)?;
        for task in &wait.held_up {
            if let Entry::Occupied(mut threads) = self.threads.entry(task.id) {
                threads.get_mut().retain(|other| *other != thread);
                if threads.get().is_empty() {
                    threads.remove();
                }
            }
        }
        Some(wait)
    }
}

impl<A: Awaits> Graph<A> {
    /// The waits from this one back to itself, if it could never end.
    pub(super) fn cycle_through(&self, closing: &Wait<A>, dust: &mut Dust) -> Option<Path> {
        let search = Search::of(self, closing, dust)?;
        let stuck = search.stuck();
        search.path_back(closing, &stuck)
    }

    /// The tasks that could keep a wait from its end; `None` if none does.
    fn blocks(&self, wait: &Wait<A>, closing: &Wait<A>, dust: &mut Dust) -> Option<Vec<Block>> {
        let mut blocks = Vec::new();
        let mut is_free = false;
        wait.awaited.each(dust, &mut |task| {
            let threads = self.threads.get(&task.id).map_or(&[][..], Vec::as_slice);
            let closing = closing.holds_up(&task).then_some(On::Closing);
            let before = blocks.len();
            blocks.extend(
                threads
                    .iter()
                    .map(|thread| On::Thread(*thread))
                    .chain(closing)
                    .map(|on| Block {
                        label: task.label.clone(),
                        on,
                    }),
            );
            if blocks.len() == before && wait.until == Until::Any {
                is_free = true;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        (!is_free && !blocks.is_empty()).then_some(blocks)
    }
}

impl<A> Wait<A> {
    fn holds_up(&self, task: &Waiting) -> bool {
        self.held_up.iter().any(|held_up| held_up.id == task.id)
    }
}

/// A task that is waited for and that somebody who waits holds up.
struct Block {
    label: Label,
    on: On,
}

#[derive(Clone, Copy)]
enum On {
    /// The wait that would close the cycle.
    Closing,
    /// The wait of that thread.
    Thread(ThreadId),
}

/// All that a wait depends on.
struct Search<'a> {
    /// What keeps the closing wait from its end.
    closing: Vec<Block>,
    closing_until: Until,
    /// The waits of other threads that it depends on, the nearest first, without those that nothing keeps from their end.
    others: Vec<Other<'a>>,
    places: HashMap<ThreadId, usize>,
}

struct Other<'a> {
    held_up: &'a [Waiting],
    until: Until,
    blocks: Vec<Block>,
}

/// The places of the waits that are stuck.
type Stuck = HashSet<usize>;

impl<'a> Search<'a> {
    fn of<A: Awaits>(graph: &'a Graph<A>, closing: &Wait<A>, dust: &mut Dust) -> Option<Self> {
        let mut search = Self {
            closing: graph.blocks(closing, closing, dust)?,
            closing_until: closing.until,
            others: Vec::new(),
            places: HashMap::new(),
        };
        let mut seen = HashSet::new();
        let mut ahead = VecDeque::new();
        ahead.extend(threads(&search.closing));
        while let Some(thread) = ahead.pop_front() {
            let Some(wait) = graph.waits.get(&thread).filter(|_| seen.insert(thread)) else {
                continue;
            };
            if let Some(blocks) = graph.blocks(wait, closing, dust) {
                ahead.extend(threads(&blocks));
                search.places.insert(thread, search.others.len());
                search.others.push(Other {
                    held_up: &wait.held_up,
                    until: wait.until,
                    blocks,
                });
            }
        }
        Some(search)
    }

    /// What could never end if the closing wait never did: what is left when those are taken out, again and again, that
    /// could.
    fn stuck(&self) -> Stuck {
        let mut stuck: Stuck = (0..self.others.len()).collect();
        loop {
            let before = stuck.len();
            // The farthest first, so that a chain is undone in one turn.
            for (place, other) in self.others.iter().enumerate().rev() {
                if !self.is_stuck(other.until, &other.blocks, &stuck) {
                    stuck.remove(&place);
                }
            }
            if stuck.len() == before {
                return stuck;
            }
        }
    }

    /// Of a wait for any, whoever is free was not let in.
    fn is_stuck(&self, until: Until, blocks: &[Block], stuck: &Stuck) -> bool {
        let mut blocked = blocks.iter().map(|block| match block.on {
            On::Closing => true,
            On::Thread(_) => self.place_of(block, stuck).is_some(),
        });
        match until {
            Until::All => blocked.any(|is_blocked| is_blocked),
            Until::Any => blocked.all(|is_blocked| is_blocked),
        }
    }

    fn place_of(&self, block: &Block, stuck: &Stuck) -> Option<usize> {
        match block.on {
            On::Closing => None,
            On::Thread(thread) => {
                let place = *self.places.get(&thread)?;
                stuck.contains(&place).then_some(place)
            }
        }
    }

    /// The shortest way back, if the closing wait is stuck. There is one then, since every cycle goes through it: the
    /// others were refused.
    fn path_back<A>(&self, closing: &Wait<A>, stuck: &Stuck) -> Option<Path> {
        if !self.is_stuck(self.closing_until, &self.closing, stuck) {
            return None;
        }
        let mut seen = HashSet::new();
        let mut ways = VecDeque::from([(&closing.held_up[..], &self.closing, Path::new())]);
        while let Some((held_up, blocks, way)) = ways.pop_front() {
            let waiter = &held_up.last()?.label;
            for block in blocks {
                let mut longer = way.clone();
                longer.push((waiter.clone(), block.label.clone()));
                if matches!(block.on, On::Closing) {
                    return Some(longer);
                }
                if let Some(place) = self.place_of(block, stuck)
                    && seen.insert(place)
                {
                    let other = &self.others[place];
                    ways.push_back((other.held_up, &other.blocks, longer));
                }
            }
        }
        None
    }
}

fn threads(blocks: &[Block]) -> impl Iterator<Item = ThreadId> {
    blocks.iter().filter_map(|block| match block.on {
        On::Closing => None,
        On::Thread(thread) => Some(thread),
    })
}

#[cfg(all(test, not(creel_shuttle)))]
mod tests;
