//! The live tasks of a pool with diagnostics, one entry each.
//!
//! An entry holds nothing of the task, so that whoever looks at the list never drops anything foreign. It is made before
//! the task is queued, follows each step of it as the ledger does, and goes with the last one.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use creel_core::future::State;
use creel_core::ledger::{Event, Place};

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::task::Waiting;
use crate::task::label::Label;

/// So many locks share the tasks.
const SHARDS: usize = 16;

pub(crate) struct Census {
    shards: [Mutex<HashMap<usize, Entry>>; SHARDS],
    entered: AtomicU64,
}

/// A live task.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// How many were entered before.
    number: u64,
    pub(crate) label: Label,
    /// Where it was submitted; `None` where that is not known.
    pub(crate) submitted_at: Option<&'static Location<'static>>,
    pub(crate) submitted: Instant,
    /// When the last step was taken.
    pub(crate) since: Instant,
    pub(crate) has_started: bool,
    /// The slot of the worker that took the last step, if one did.
    pub(crate) worker: Option<usize>,
    /// What its last poll waited for.
    pub(crate) awaits: Option<Label>,
    places: Places,
}

impl Census {
    pub(crate) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            entered: AtomicU64::new(0),
        }
    }

    /// Enters a task that is about to be queued.
    pub(crate) fn enter(&self, task: Waiting, submitted_at: Option<&'static Location<'static>>) {
        let now = Instant::now();
        let entry = Entry {
            // Only the order matters, and nothing is read by it.
            number: self.entered.fetch_add(1, Ordering::Relaxed),
            label: task.label,
            submitted_at,
            submitted: now,
            since: now,
            has_started: false,
            worker: None,
            awaits: None,
            places: Places::default(),
        };
        self.shard(task.id).insert(task.id, entry);
        self.follow(task.id, Event::Submitted, None);
    }

    /// A task has taken a step, on that worker or away from all of them.
    pub(crate) fn follow(&self, id: usize, event: Event, worker: Option<usize>) {
        if event.is_last() {
            let gone = self.shard(id).remove(&id);
            drop(gone);
            return;
        }
        let now = Instant::now();
        if let Some(entry) = self.shard(id).get_mut(&id) {
            entry.places.follow(event);
            if event == Event::Started {
                entry.has_started = true;
                entry.awaits = None;
            }
            if event.to().is_some() {
                entry.since = now;
                entry.worker = worker;
            }
        }
    }

    /// The poll of a task waits for another one.
    pub(crate) fn await_task(&self, id: usize, awaited: Label) {
        if let Some(entry) = self.shard(id).get_mut(&id) {
            entry.awaits = Some(awaited);
        }
    }

    /// The live tasks by their ids, in the order in which they came.
    pub(crate) fn entries(&self) -> Vec<(usize, Entry)> {
        let mut entries = Vec::new();
        for shard in &self.shards {
            let shard = lock(shard);
            entries.extend(shard.iter().map(|(id, entry)| (*id, entry.clone())));
        }
        entries.sort_by_key(|(_, entry)| entry.number);
        entries
    }

    fn shard(&self, id: usize) -> MutexGuard<'_, HashMap<usize, Entry>> {
        // Cells are aligned, and their allocations are not small.
        lock(&self.shards[(id >> 6) % SHARDS])
    }
}

impl Entry {
    /// Where the task is in its life.
    pub(crate) fn state(&self) -> State {
        match self.places.place() {
            Place::Running => State::Running,
            Place::Suspended => State::Suspended,
            _ if self.has_started => State::Queued,
            _ => State::Pending,
        }
    }
}

/// Where a task is: how often it came to each place, less how often it left it.
///
/// Two threads that take a step one after the other may tell of them the other way round. Sums do not mind.
#[derive(Clone, Copy, Debug, Default)]
struct Places {
    running: i8,
    suspended: i8,
}

impl Places {
    fn follow(&mut self, event: Event) {
        let change =
            |place| i8::from(event.to() == Some(place)) - i8::from(event.from() == Some(place));
        self.running += change(Place::Running);
        self.suspended += change(Place::Suspended);
    }

    fn place(self) -> Place {
        if self.running > 0 {
            Place::Running
        } else if self.suspended > 0 {
            Place::Suspended
        } else {
            Place::Queued
        }
    }
}

fn lock(shard: &Mutex<HashMap<usize, Entry>>) -> MutexGuard<'_, HashMap<usize, Entry>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, not(creel_loom)))]
mod tests {
    use super::*;

    fn census_of_one() -> Census {
        let census = Census::new();
        let label = Label::Body("task");
        census.enter(Waiting { id: 64, label }, None);
        census
    }

    #[track_caller]
    fn check(census: &Census, expected: impl Into<Option<State>>) {
        let entries = census.entries();
        let state = entries.first().map(|(_, entry)| entry.state());
        assert_eq!(state, expected.into());
    }

    #[test]
    fn an_entry_follows_its_task_and_goes_with_its_end() {
        let census = census_of_one();
        check(&census, State::Pending);
        for (event, state) in [
            (Event::Started, State::Running),
            (Event::Announced, State::Running),
            (Event::Suspended, State::Suspended),
            (Event::Announced, State::Suspended),
            (Event::Unchanged, State::Suspended),
            (Event::Woken, State::Queued),
            (Event::Started, State::Running),
            (Event::Yielded, State::Queued),
        ] {
            census.follow(64, event, None);
            check(&census, state);
        }
        census.follow(64, Event::CancelledQueued, None);
        check(&census, None);
    }

    #[test]
    fn steps_that_are_told_the_other_way_round_lead_to_the_same_place() {
        let census = census_of_one();
        for event in [Event::Started, Event::Woken, Event::Suspended] {
            census.follow(64, event, None);
        }
        check(&census, State::Queued);
        census.follow(64, Event::CancelledSuspended, None);
        census.follow(64, Event::Suspended, None);
        check(&census, None);
    }

    #[test]
    fn tasks_are_listed_in_the_order_in_which_they_came() {
        let census = Census::new();
        for number in [3_usize, 1, 2] {
            let label = Label::Body("task");
            census.enter(
                Waiting {
                    id: number << 6,
                    label,
                },
                None,
            );
        }
        let ids: Vec<_> = census.entries().iter().map(|(id, _)| id >> 6).collect();
        assert_eq!(ids, [3, 1, 2]);
    }
}
