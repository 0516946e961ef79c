//! What waits beyond memory, and its way there and back.
//!
//! Memory holds the oldest, then comes the spool, then what is on its way to it: whoever was captured first has its turn
//! first. An item goes through the spool only if it has to: while nothing is in there, whoever is on the way moves on to
//! the buffer as soon as that has room.

use std::collections::VecDeque;

use creel_core::port::Ticket;

use super::buffer::{Buffer, Waiting};
use super::line::{Origin, Slot};
use super::{
    Backlog, Capture, DropReason, Dropped, Flow, Level, Notice, Phase, Place, Policy, Settings,
    Spooling,
};

/// What waits beyond memory, and how far each entry is.
#[derive(Clone, Debug)]
pub(super) struct Spill<F> {
    /// On the way to the spool.
    pub(super) staged: Buffer<F>,
    /// Being appended, in the order in which they were taken.
    appending: VecDeque<Appending>,
    /// How many were appended.
    pub(super) appended: u64,
    /// In the spool alone, oldest first.
    spilled: VecDeque<Entry>,
    /// Being read.
    recalling: Option<Place>,
    /// What earlier runs have left and has its turn last.
    pub(super) backlog: u64,
    /// Entries whose records are written and not durable yet.
    written: Vec<Ticket>,
    /// Entries of which nothing more is to come.
    removable: Vec<Ticket>,
    /// Whether the sinks have made everything durable that they will.
    sinks_ended: bool,
}

/// An item that the driver makes an entry of.
#[derive(Clone, Copy, Debug)]
struct Appending {
    place: Place,
    origin: Origin,
    bytes: u64,
}

/// An item in the spool alone.
#[derive(Clone, Copy, Debug)]
struct Entry {
    place: Place,
    /// None where an earlier run has left it.
    ticket: Option<Ticket>,
    /// None where nobody knows, which is taken for little.
    bytes: u64,
}

impl<F> Spill<F> {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            staged: Buffer::new(settings.spool.queue_items, settings.spool.queue_bytes),
            appending: VecDeque::new(),
            appended: 0,
            spilled: VecDeque::new(),
            recalling: None,
            backlog: 0,
            written: Vec::new(),
            removable: Vec::new(),
            sinks_ended: false,
        }
    }

    /// The record of this entry was written.
    pub(super) fn written(&mut self, ticket: Option<Ticket>) {
        self.written.extend(ticket);
    }

    /// This entry will have no record.
    pub(super) fn decided(&mut self, ticket: Option<Ticket>) {
        self.removable.extend(ticket);
    }

    /// The places of the items that are being appended.
    pub(super) fn appending(&self) -> impl Iterator<Item = Place> {
        self.appending.iter().map(|appending| appending.place)
    }

    /// How much is on its way.
    pub(super) fn level(&self) -> Level {
        let staged = self.staged.level();
        let bytes = self.appending.iter().map(|appending| appending.bytes);
        Level {
            items: staged.items + self.appending.len() as u64,
            bytes: bytes.fold(staged.bytes, u64::saturating_add),
            ..staged
        }
    }

    /// Whether one more may be on its way; an item that is larger than all the bytes there may be goes alone.
    fn fits(&self, bytes: u64) -> bool {
        let level = self.level();
        level.items == 0
            || (level.items < level.items_max
                && level.bytes.saturating_add(bytes) <= level.bytes_max)
    }

    /// Takes the item that was taken first out of those that are being appended, if it is this one.
    fn end_append(&mut self, place: Place) -> Option<Appending> {
        let is_next = self
            .appending
            .front()
            .is_some_and(|next| next.place == place);
        is_next.then(|| self.appending.pop_front()).flatten()
    }

    /// Stops reading, whatever is left to be read.
    pub(super) fn forget(&mut self) {
        self.spilled.clear();
        self.recalling = None;
        self.backlog = 0;
    }
}

impl<F, R> Flow<F, R> {
    /// Earlier runs have left so many entries in the spool; to be told before anything is captured.
    pub fn recovered(&mut self, count: u64) {
        let source = self.ledgers.len() - 1;
        let ledger = &mut self.ledgers[source];
        ledger.recovered += count;
        ledger.spilled += count;
        match self.settings.spool.backlog {
            Backlog::Last => self.spill.backlog += count,
            Backlog::First => {
                for _ in 0..count {
                    self.expect_recovered();
                }
            }
        }
    }

    /// Decides what to do with the spool; without [`Policy::Spill`] there is none to ask about.
    pub fn spool(&mut self) -> Spooling<F> {
        if !self.spill.removable.is_empty() {
            return Spooling::Remove(std::mem::take(&mut self.spill.removable));
        }
        let flows = self.phase == Phase::Flowing;
        if flows && self.spill.recalling.is_none() {
            let waits_alone = self.buffer.is_empty() && self.is_in_memory_alone();
            if self.spill.backlog > 0 && waits_alone {
                self.spill.backlog -= 1;
                self.expect_recovered();
            }
            let next = self.spill.spilled.front();
            if next.is_some_and(|entry| self.buffer.fits(entry.bytes))
                && let Some(Entry { place, ticket, .. }) = self.spill.spilled.pop_front()
            {
                self.spill.recalling = Some(place);
                return Spooling::Recall(place, ticket);
            }
        }
        if let Some(Waiting {
            place,
            origin,
            item,
            bytes,
        }) = self.spill.staged.pop()
        {
            self.spill.appending.push_back(Appending {
                place,
                origin,
                bytes,
            });
            return Spooling::Append(place, item);
        }
        if self.spill.sinks_ended && self.spill.appending.is_empty() {
            Spooling::Finished
        } else {
            Spooling::Wait
        }
    }

    /// The spool has the item that was to be appended, after all that were to be before it.
    pub fn spilled(&mut self, place: Place, ticket: Ticket) {
        let Some(Appending { origin, bytes, .. }) = self.spill.end_append(place) else {
            return;
        };
        self.spill.appended += 1;
        self.of(origin).buffered -= 1;
        match self.phase {
            Phase::Flowing => {
                let origin = Origin {
                    ticket: Some(ticket),
                    ..origin
                };
                self.line.set(place, origin, Slot::Spilled);
                self.of(origin).spilled += 1;
                self.spill.spilled.push_back(Entry {
                    place,
                    ticket: Some(ticket),
                    bytes,
                });
            }
            _ if self.keeps() => {
                self.line.leave(place);
                self.of(origin).spilled += 1;
            }
            Phase::Interrupted => self.lose(place, origin, DropReason::Interrupted),
            Phase::Aborted(reason) => self.lose(place, origin, reason),
        }
    }

    /// The spool did not take the item that was to be appended.
    ///
    /// # Panics
    /// If that item was not the next to be appended.
    pub fn unspilled(&mut self, place: Place, item: F, reason: DropReason) -> Dropped<F> {
        let appending = self.spill.end_append(place);
        let Appending { origin, .. } = appending.expect("items are appended in order");
        self.of(origin).buffered -= 1;
        let dropped = self.drop_item(place, origin, item, reason);
        self.promote();
        dropped
    }

    /// The entry that was to be read is here, of so many bytes; it comes back if nobody wants it any more.
    pub fn recalled(&mut self, place: Place, ticket: Ticket, item: F, bytes: u64) -> Option<F> {
        let Some(origin) = self.end_recall(place) else {
            return Some(item);
        };
        let origin = Origin {
            ticket: Some(ticket),
            ..origin
        };
        self.line.set(place, origin, Slot::Buffered);
        let ledger = self.of(origin);
        ledger.spilled -= 1;
        ledger.buffered += 1;
        self.buffer.push(Waiting {
            place,
            origin,
            item,
            bytes,
        });
        self.promote();
        None
    }

    /// The sinks have a record of the entry that was read, from an earlier run.
    pub fn known(&mut self, place: Place, ticket: Ticket) {
        if let Some(origin) = self.end_recall(place) {
            self.line.leave(place);
            let ledger = self.of(origin);
            ledger.spilled -= 1;
            ledger.known += 1;
            self.spill.decided(Some(ticket));
            self.promote();
        }
    }

    /// The entry that was to be read is lost; it counts as dropped, without a record, since nobody knows what it was.
    pub fn unrecalled(&mut self, place: Place, ticket: Option<Ticket>) {
        if let Some(origin) = self.end_recall(place) {
            self.of(origin).spilled -= 1;
            self.lose(place, origin, DropReason::SpoolFailed);
            self.spill.decided(ticket);
            self.promote();
        }
    }

    /// The sinks have made durable what was written before.
    pub fn flushed(&mut self) {
        self.spill.removable.append(&mut self.spill.written);
    }

    /// The sinks make nothing durable any more.
    pub fn sinks_ended(&mut self) {
        self.spill.sinks_ended = true;
    }

    /// Whether an item in flight that was not answered is kept for a later run, since this one stops.
    pub fn keeps_unanswered(&self, place: Place) -> bool {
        self.phase == Phase::Interrupted && self.keeps() && self.is_in_flight(place)
    }

    /// An item in flight was not answered, and is [kept](Self::keeps_unanswered): it goes to the spool, or comes back
    /// since it is there already.
    pub fn unanswered(&mut self, place: Place, item: F) -> Option<F> {
        let slot = self.line.slot(place);
        let Some((origin, _)) = slot.filter(|_| self.keeps_unanswered(place)) else {
            return Some(item);
        };
        let ledger = self.of(origin);
        ledger.in_flight -= 1;
        if origin.ticket.is_some() {
            ledger.spilled += 1;
            self.line.leave(place);
            return Some(item);
        }
        ledger.buffered += 1;
        self.line.set(place, origin, Slot::Buffered);
        self.spill.staged.insert(Waiting {
            place,
            origin,
            item,
            // The queue takes nothing more in, and need not know.
            bytes: 0,
        });
        None
    }

    /// Whether everything that waits does so in the buffer, the backlog of earlier runs aside.
    pub(super) fn is_in_memory_alone(&self) -> bool {
        let Spill {
            staged,
            appending,
            spilled,
            recalling,
            ..
        } = &self.spill;
        staged.is_empty() && appending.is_empty() && spilled.is_empty() && recalling.is_none()
    }

    /// Whether what is stopped before its turn waits for a later run.
    pub(crate) fn keeps(&self) -> bool {
        self.settings.policy == Policy::Spill && self.settings.spool.keeps
    }

    /// Whether an item is in the spool, for a later run if need be.
    pub(super) fn is_kept(&self, origin: Origin) -> bool {
        origin.ticket.is_some() && self.keeps()
    }

    /// Puts an item on the way to the spool.
    pub(super) fn stage(&mut self, source: usize, item: F, bytes: u64) -> Capture<F> {
        if !self.spill.fits(bytes) {
            return self.turn_away(source, item, DropReason::SpoolBehind);
        }
        let waiting = self.enter(source, item, bytes);
        self.spill.staged.push(waiting);
        Capture::Buffer {
            dropped: Vec::new(),
        }
    }

    /// Moves on to the buffer who is on the way to a spool with nothing in it.
    ///
    /// It is part of every event that can make it possible, so that whoever tells of the event also wakes whoever waits
    /// for the buffer.
    pub(super) fn promote(&mut self) {
        let Spill {
            appending,
            spilled,
            recalling,
            ..
        } = &self.spill;
        if self.phase != Phase::Flowing
            || !appending.is_empty()
            || recalling.is_some()
            || !spilled.is_empty()
        {
            return;
        }
        while let Some(bytes) = self.spill.staged.next_bytes()
            && self.buffer.fits(bytes)
            && let Some(waiting) = self.spill.staged.pop()
        {
            self.buffer.push(waiting);
        }
    }

    /// Sends all that waits to the spool, and gives back what is there already.
    pub(super) fn send_back(&mut self) -> Vec<F> {
        let mut kept = Vec::new();
        // From the youngest, each of which is then put in front.
        while let Some(waiting) = self.buffer.pop_back() {
            if waiting.origin.ticket.is_none() {
                self.spill.staged.insert(waiting);
                continue;
            }
            self.line.leave(waiting.place);
            let ledger = self.of(waiting.origin);
            ledger.buffered -= 1;
            ledger.spilled += 1;
            kept.push(waiting.item);
        }
        for place in self.spilled_places() {
            self.line.leave(place);
        }
        self.spill.forget();
        kept.reverse();
        kept
    }

    /// Gives up what is in a spool that nobody will open again.
    pub(super) fn forget_spilled(&mut self, reason: DropReason) {
        for place in self.spilled_places() {
            if let Some((origin, _)) = self.line.slot(place) {
                self.of(origin).spilled -= 1;
                self.lose(place, origin, reason);
            }
        }
        self.forget_backlog(reason);
        self.spill.forget();
    }

    /// Gives up what earlier runs have left and has its turn last.
    pub(super) fn forget_backlog(&mut self, reason: DropReason) {
        let count = std::mem::take(&mut self.spill.backlog);
        if let Some(ledger) = self.ledgers.last_mut() {
            ledger.spilled -= count;
            ledger.dropped.count_many(reason, count);
            ledger.unrecorded += count;
        }
    }

    fn spilled_places(&self) -> Vec<Place> {
        let waiting = self.spill.spilled.iter().map(|entry| entry.place);
        waiting.chain(self.spill.recalling).collect()
    }

    /// Keeps a place for an entry that an earlier run has left.
    fn expect_recovered(&mut self) {
        let place = self.next_place();
        let origin = Origin::source(self.ledgers.len() - 1);
        self.line.set(place, origin, Slot::Spilled);
        self.spill.spilled.push_back(Entry {
            place,
            ticket: None,
            bytes: 0,
        });
    }

    /// The reading of an entry has ended; where it comes from, if somebody still wants it.
    fn end_recall(&mut self, place: Place) -> Option<Origin> {
        self.spill.recalling.take_if(|at| *at == place)?;
        self.line.slot(place).map(|(origin, _)| origin)
    }

    /// Counts an item as dropped that is not here to make a record of.
    fn lose(&mut self, place: Place, origin: Origin, reason: DropReason) {
        self.of(origin).dropped.count(reason);
        let _: Notice = self.omit_notice(place, origin);
    }
}
