//! What a flow decides, for its driver to carry out.

use creel_core::port::Ticket;

use super::{DropReason, Place};

/// What becomes of an item that a source gave.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Capture<F> {
    /// It waits for its turn; those that had to make room are dropped.
    Buffer {
        /// Who made room, oldest first; often nobody.
        dropped: Vec<Dropped<F>>,
    },
    /// It is dropped itself.
    Drop(Dropped<F>),
    /// There is no room: hold the source, and offer the item again once one was submitted.
    Wait(F),
}

/// An item that came to nothing; already counted.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub struct Dropped<F> {
    /// The place it had.
    pub place: Place,
    /// The item.
    pub item: F,
    /// Why.
    pub reason: DropReason,
    /// What to do about its record.
    pub notice: Notice,
}

/// Whether an item that never was in flight gets a record.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Make its record and report it with [`Flow::noted`](super::Flow::noted): its place in the line is kept.
    Make,
    /// It gets none: as the settings say, or as many such records wait as may, or nothing more is written.
    Omit,
}

/// What becomes of the word that an item could not be read.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is counted.
    Count {
        /// The place that the item has.
        place: Place,
        /// What to do about its record.
        notice: Notice,
    },
    /// Hold the source, and report it again once a record was written.
    Wait,
}

/// What to submit next.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Submit<F> {
    /// This item; it counts as in flight from here on.
    Item(Place, F),
    /// Nothing until an item is captured, a record written, or the flow ends.
    Wait,
    /// Nothing, ever again.
    Finished,
}

/// What to do with the spool next.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Spooling<F> {
    /// Append this item; report [`Flow::spilled`](super::Flow::spilled) or
    /// [`Flow::unspilled`](super::Flow::unspilled), in the order in which the items were given. More may be asked for
    /// before that.
    Append(Place, F),
    /// Read the entry with this ticket, or without one the next that an earlier run has left; report
    /// [`Flow::recalled`](super::Flow::recalled), [`Flow::known`](super::Flow::known) or
    /// [`Flow::unrecalled`](super::Flow::unrecalled).
    Recall(Place, Option<Ticket>),
    /// Remove these entries: what came of them is safe.
    Remove(Vec<Ticket>),
    /// Nothing until an item is captured or submitted, records became durable, or the flow ends.
    Wait,
    /// Nothing, ever again.
    Finished,
}

/// What an interrupt took out of a flow; already counted.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub struct Interrupted<F> {
    /// What was dropped, oldest first, to be noted.
    pub dropped: Vec<Dropped<F>>,
    /// What stays in the spool for a later run, to be let go here.
    pub kept: Vec<F>,
}

/// What to write next.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Write<R> {
    /// This record; report [`Flow::written`](super::Flow::written) or
    /// [`Flow::unwritten`](super::Flow::unwritten) before asking again.
    Record(Place, R),
    /// Nothing until a record becomes ready, the one being written is reported, or the flow ends.
    Wait,
    /// Nothing, ever again: flush and end.
    Finished,
}

/// What became of a record that was reported.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Landed<R> {
    /// It stands in the line.
    Queued,
    /// It counts, without a record.
    Unrecorded,
    /// Nobody waits for it any more; it comes back.
    Late(Option<R>),
}

/// What was inside an aborted flow, to be dropped where that disturbs nobody; already counted.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub struct Remains<F, R> {
    /// What was buffered, with its place.
    pub items: Vec<(Place, F)>,
    /// Records that were not written.
    pub records: Vec<R>,
    /// The places of all that counts as dropped; the rest is kept in the spool.
    pub dropped: Vec<Place>,
}
