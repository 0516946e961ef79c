//! Where items wait for their turn in memory.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use super::Place;
use super::line::Origin;
use super::load::Level;

/// Items in capture order, bounded in number and in bytes.
///
/// An item that is larger than all the bytes there may be is admitted when it is alone: it is in memory already,
/// and to refuse it for ever would lose it, or hang whoever waits for room.
#[derive(Clone, Debug)]
pub(super) struct Buffer<F> {
    items: VecDeque<Waiting<F>>,
    items_max: NonZeroUsize,
    /// Wider than a single size, so that no sum of them overflows.
    bytes: u128,
    bytes_max: u64,
}

/// An item that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting<F> {
    pub(super) place: Place,
    pub(super) origin: Origin,
    pub(super) item: F,
    pub(super) bytes: u64,
}

impl<F> Buffer<F> {
    pub(super) fn new(items_max: NonZeroUsize, bytes_max: u64) -> Self {
        Self {
            items: VecDeque::new(),
            items_max,
            bytes: 0,
            bytes_max,
        }
    }

    pub(super) fn push(&mut self, waiting: Waiting<F>) {
        self.bytes += u128::from(waiting.bytes);
        self.items.push_back(waiting);
    }

    /// Puts an item before those that were captured later, beyond the bounds if need be.
    pub(super) fn insert(&mut self, waiting: Waiting<F>) {
        self.bytes += u128::from(waiting.bytes);
        let place = self
            .items
            .partition_point(|other| other.place < waiting.place);
        self.items.insert(place, waiting);
    }

    pub(super) fn pop(&mut self) -> Option<Waiting<F>> {
        let waiting = self.items.pop_front()?;
        self.bytes -= u128::from(waiting.bytes);
        Some(waiting)
    }

    pub(super) fn pop_back(&mut self) -> Option<Waiting<F>> {
        let waiting = self.items.pop_back()?;
        self.bytes -= u128::from(waiting.bytes);
        Some(waiting)
    }

    /// Takes all items out with their places, oldest first.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (Place, F)> {
        self.bytes = 0;
        std::mem::take(&mut self.items)
            .into_iter()
            .map(|waiting| (waiting.place, waiting.item))
    }

    /// How many bytes the next item has.
    pub(super) fn next_bytes(&self) -> Option<u64> {
        self.items.front().map(|waiting| waiting.bytes)
    }

    pub(super) fn fits(&self, bytes: u64) -> bool {
        self.items.is_empty()
            || (self.items.len() < self.items_max.get()
                && self.bytes + u128::from(bytes) <= u128::from(self.bytes_max))
    }

    /// How full it is.
    pub(super) fn level(&self) -> Level {
        Level {
            items: self.items.len() as u64,
            items_max: self.items_max.get() as u64,
            bytes: u64::try_from(self.bytes).unwrap_or(u64::MAX),
            bytes_max: self.bytes_max,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}
