//! The line of records in front of the sinks.

use std::collections::{BTreeMap, VecDeque};

use creel_core::port::Ticket;

use super::{Order, Place};

/// Where an item comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The place of its source among the ledgers.
    pub(super) source: usize,
    /// Its entry in the spool, which stays until its record is durable.
    pub(super) ticket: Option<Ticket>,
}

impl Origin {
    /// An item that a source has just given.
    pub(super) const fn source(source: usize) -> Self {
        Self {
            source,
            ticket: None,
        }
    }
}

/// What is known of an item that is not over.
#[derive(Clone, Debug)]
pub(super) enum Slot<R> {
    /// It waits in memory.
    Buffered,
    /// It waits in the spool alone.
    Spilled,
    /// It was submitted.
    InFlight,
    /// It never was in flight, and its record is being made.
    Noting,
    /// Its record can be written once its turn has come.
    Ready(Kind, R),
}

/// What a record tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Answered,
    Failed,
    /// The end of an item that never was in flight, which was counted before.
    Notice,
}

/// Everybody who still has a record to write, and whose turn it is.
///
/// A place without a record to come leaves the line, so that its length is bounded by who stands in it, not by
/// how long the first one takes.
#[derive(Clone, Debug)]
pub(super) struct Line<R> {
    slots: BTreeMap<Place, (Origin, Slot<R>)>,
    order: Order,
    /// Who became ready, first to last; kept for [`Order::AsCompleted`] alone.
    completed: VecDeque<Place>,
}

impl<R> Line<R> {
    pub(super) fn new(order: Order) -> Self {
        Self {
            slots: BTreeMap::new(),
            order,
            completed: VecDeque::new(),
        }
    }

    pub(super) fn set(&mut self, place: Place, origin: Origin, slot: Slot<R>) {
        if matches!(slot, Slot::Ready(..)) && self.order == Order::AsCompleted {
            self.completed.push_back(place);
        }
        self.slots.insert(place, (origin, slot));
    }

    /// Takes a place that is not ready out of the line.
    pub(super) fn leave(&mut self, place: Place) {
        self.slots.remove(&place);
    }

    /// Takes the record whose turn it is.
    pub(super) fn take_next(&mut self) -> Option<(Place, Origin, Kind, R)> {
        let place = match self.order {
            Order::InCapture => match self.slots.first_key_value()? {
                (place, (_, Slot::Ready(..))) => *place,
                _ => return None,
            },
            Order::AsCompleted => self.completed.pop_front()?,
        };
        match self.slots.remove(&place)? {
            (origin, Slot::Ready(kind, record)) => Some((place, origin, kind, record)),
            _ => None,
        }
    }

    /// Whether there is a record whose turn it is.
    pub(super) fn is_next_ready(&self) -> bool {
        match self.order {
            Order::InCapture => {
                let next = self.slots.first_key_value();
                matches!(next, Some((_, (_, Slot::Ready(..)))))
            }
            Order::AsCompleted => !self.completed.is_empty(),
        }
    }

    /// Empties the line.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = (Place, (Origin, Slot<R>))> {
        self.completed.clear();
        std::mem::take(&mut self.slots).into_iter()
    }

    pub(super) fn slot(&self, place: Place) -> Option<(Origin, &Slot<R>)> {
        let (origin, slot) = self.slots.get(&place)?;
        Some((*origin, slot))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.slots.len().max(self.completed.len())
    }
}
