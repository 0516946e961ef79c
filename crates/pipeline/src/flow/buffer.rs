//! Where items wait for their turn.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use super::Place;

/// Items in capture order, bounded in number and in bytes.
///
/// An item that is larger than all the bytes there may be is admitted when it is alone: it is in memory already,
/// and to refuse it for ever would lose it, or hang whoever waits for room.
#[derive(Clone, Debug)]
pub(super) struct Buffer<F> {
    items: VecDeque<Buffered<F>>,
    items_max: NonZeroUsize,
    /// Wider than a single size, so that no sum of them overflows.
    bytes: u128,
    bytes_max: u64,
}

#[derive(Clone, Debug)]
struct Buffered<F> {
    place: Place,
    item: F,
    bytes: u64,
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

    pub(super) fn push(&mut self, place: Place, item: F, bytes: u64) {
        self.bytes += u128::from(bytes);
        self.items.push_back(Buffered { place, item, bytes });
    }

    pub(super) fn pop(&mut self) -> Option<(Place, F)> {
        let Buffered { place, item, bytes } = self.items.pop_front()?;
        self.bytes -= u128::from(bytes);
        Some((place, item))
    }

    pub(super) fn fits(&self, bytes: u64) -> bool {
        self.items.is_empty()
            || (self.items.len() < self.items_max.get()
                && self.bytes + u128::from(bytes) <= u128::from(self.bytes_max))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}
