//! A spool in memory.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use creel_core::Spool;
use creel_core::port::{SpoolError, Ticket};

use crate::Watched;

/// A spool that keeps its entries in memory, and fails where the test says so.
///
/// Clones are the same place, so that a test can keep one and watch.
///
/// ```
/// use creel_core::Spool;
/// use creel_testkit::MemorySpool;
///
/// let mut spool = MemorySpool::new();
/// let ticket = spool.append(b"frame 1").unwrap();
/// let mut after_a_crash = spool.reopen();
/// assert_eq!(after_a_crash.recovered(), 1);
/// assert_eq!(after_a_crash.next(None).unwrap(), Some((ticket, b"frame 1".to_vec())));
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemorySpool {
    place: Arc<Watched<Place>>,
    recovered: u64,
}

#[derive(Debug, Default)]
struct Place {
    entries: BTreeMap<Ticket, Vec<u8>>,
    appended: u64,
    room: Option<usize>,
    append_errors: VecDeque<SpoolError>,
    next_errors: VecDeque<SpoolError>,
    remove_errors: VecDeque<SpoolError>,
}

impl MemorySpool {
    /// An empty spool.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same spool with room for so many bytes; an entry behind them fails as [`SpoolError::NoRoom`], and one of more
    /// bytes than all of them as [`SpoolError::TooLarge`].
    #[must_use]
    pub fn bounded(self, bytes: usize) -> Self {
        self.place.change(|place| place.room = Some(bytes));
        self
    }

    /// Makes the next append fail with this error; several queue up.
    pub fn fail_append(&self, error: SpoolError) {
        self.place
            .change(|place| place.append_errors.push_back(error));
    }

    /// Makes the next read fail with this error; several queue up.
    pub fn fail_next(&self, error: SpoolError) {
        self.place
            .change(|place| place.next_errors.push_back(error));
    }

    /// Makes the next removal fail with this error; several queue up.
    pub fn fail_remove(&self, error: SpoolError) {
        self.place
            .change(|place| place.remove_errors.push_back(error));
    }

    /// A spool at the same place, opened after a restart.
    #[must_use]
    pub fn reopen(&self) -> Self {
        Self {
            place: Arc::clone(&self.place),
            recovered: self.entries() as u64,
        }
    }

    /// How many entries are there.
    pub fn entries(&self) -> usize {
        self.place.read(|place| place.entries.len())
    }

    /// Blocks until so many entries are there.
    pub fn wait_until_entries(&self, count: usize) {
        self.place.wait_until(|place| place.entries.len() == count);
    }
}

impl Place {
    fn used(&self) -> usize {
        self.entries.values().map(Vec::len).sum()
    }
}

impl Spool for MemorySpool {
    fn append(&mut self, entry: &[u8]) -> Result<Ticket, SpoolError> {
        self.place.change(|place| {
            if let Some(error) = place.append_errors.pop_front() {
                return Err(error);
            }
            if place.room.is_some_and(|room| entry.len() > room) {
                return Err(SpoolError::TooLarge(
                    "the memory spool is smaller than the entry".into(),
                ));
            }
            if place
                .room
                .is_some_and(|room| place.used() + entry.len() > room)
            {
                return Err(SpoolError::NoRoom("the memory spool is full".into()));
            }
            let ticket = Ticket(place.appended);
            place.appended += 1;
            place.entries.insert(ticket, entry.to_vec());
            Ok(ticket)
        })
    }

    fn next(&mut self, after: Option<Ticket>) -> Result<Option<(Ticket, Vec<u8>)>, SpoolError> {
        self.place.change(|place| {
            if let Some(error) = place.next_errors.pop_front() {
                return Err(error);
            }
            let start = after.map_or(Bound::Unbounded, Bound::Excluded);
            let entry = place.entries.range((start, Bound::Unbounded)).next();
            Ok(entry.map(|(ticket, bytes)| (*ticket, bytes.clone())))
        })
    }

    fn remove(&mut self, ticket: Ticket) -> Result<(), SpoolError> {
        self.place.change(|place| {
            if let Some(error) = place.remove_errors.pop_front() {
                return Err(error);
            }
            place.entries.remove(&ticket);
            Ok(())
        })
    }

    fn recovered(&self) -> u64 {
        self.recovered
    }
}
