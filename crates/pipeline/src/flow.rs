//! The life of frames and items, as a value.

mod buffer;
mod decision;
mod ledger;
mod line;
mod load;
mod settings;
mod spill;

use std::fmt;

pub use decision::{
    Capture, Dropped, Interrupted, Landed, Notice, Remains, Spooling, Submit, Unreadable, Write,
};
pub use ledger::{DropReason, Drops, Ledger};
pub use load::{Holdup, Level, Levels};
pub use settings::{Backlog, Order, Policy, Settings, SpoolUse};

use buffer::{Buffer, Waiting};
use line::{Kind, Line, Origin, Slot};
use spill::Spill;

/// The place of an item in capture order, from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub u64);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The life of frames and items between a source and its sinks: buffer, window, order and ledger.
///
/// `F` is what is captured, `R` the record that is written of it. Events come in as method calls, decisions go
/// out as values; there is no thread, clock, lock or I/O in here.
///
/// ```text
///   captured ───────────▶ Buffered ── submit ──▶ In flight ── answered, failed ──▶ Awaiting sink
///    │  │ ▲                │  ▲ │                    │                               │        │
///    │  │ └─ wait (Block)  │  │ │ make room,         │ abort                 written │        │ unwritten,
///    │  │    spilled (Spill)  │ │ interrupt, abort   │                               ▼        │ abort
///    │  │                  ▼  │ │                    │                Answered, Failed        │
///    │  │             Spilled─┘ ▼                    │                                        │
///    │  └─ drop ─────────────▶ Dropped ◀─────────────┴────────────────────────────────────────┘
///    │                          │
///    └─ unreadable ──▶ Failed   │
///                        └──────┴─ noted ──▶ its record stands in line like the others
/// ```
///
/// An item is in exactly one of these places, and the [`Ledger`] says at every instant how many are in each, for
/// every source. With [`Policy::Spill`] an item that came out of the spool stays in it too until its record is durable,
/// so that no crash loses it; and what a run leaves there, [`recovered`](Flow::recovered) brings into a later one.
///
/// What is held in memory is bounded, whatever the service and the sinks do:
///
/// - the buffer by [`Settings::items`] and [`Settings::bytes`];
/// - what is in flight *and* what awaits the sinks by [`Settings::window`], so that one slow answer at the head of
///   the line does not let records pile up behind it;
/// - what is on its way to the spool by the bounds in [`Settings::spool`], and what is in it by a place and a ticket each;
/// - the records of items that never were in flight by [`Settings::notices`].
///
/// ```
/// use creel_pipeline::flow::{Capture, Flow, Landed, Settings, Submit, Write};
///
/// let mut flow = Flow::new(Settings::default(), 1);
/// assert!(matches!(flow.captured(0, "frame 0", 7), Capture::Buffer { .. }));
/// let Submit::Item(place, frame) = flow.submit() else { unreachable!() };
/// assert_eq!(flow.answered(place, format!("{frame}: a cat")), Landed::Queued);
/// let Write::Record(place, record) = flow.write() else { unreachable!() };
/// assert_eq!(record, "frame 0: a cat");
/// flow.written(place);
/// flow.source_ended();
/// assert_eq!(flow.write(), Write::Finished);
/// assert!(flow.ledger().adds_up());
/// assert_eq!(flow.ledger().answered, 1);
/// ```
#[derive(Clone, Debug)]
pub struct Flow<F, R> {
    settings: Settings,
    phase: Phase,
    sources_open: usize,
    captured_next: Place,
    buffer: Buffer<F>,
    spill: Spill<F>,
    line: Line<R>,
    /// The record that the sinks have in hand; one at a time, so that the order is theirs too.
    writing: Option<(Place, Origin, Kind)>,
    /// For each source, and a last one for what earlier runs have left.
    ledgers: Vec<Ledger>,
}

/// How far the flow has been told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Flowing,
    /// What is in flight is finished and written; what comes still is dropped.
    Interrupted,
    /// Nothing more is written.
    Aborted(DropReason),
}

impl<F, R> Flow<F, R> {
    /// An empty flow that ends once so many sources have.
    pub fn new(settings: Settings, sources: usize) -> Self {
        Self {
            settings,
            phase: Phase::Flowing,
            sources_open: sources,
            captured_next: Place(0),
            buffer: Buffer::new(settings.items, settings.bytes),
            spill: Spill::new(&settings),
            line: Line::new(settings.order),
            writing: None,
            ledgers: vec![Ledger::default(); sources + 1],
        }
    }

    /// A source, by its number from zero, gave an item of so many bytes.
    ///
    /// It counts as captured unless the decision is to wait.
    ///
    /// # Panics
    /// If there is no such source.
    pub fn captured(&mut self, source: usize, item: F, bytes: u64) -> Capture<F> {
        match self.phase {
            Phase::Flowing => {}
            // Its source was giving it while the run was told to stop.
            Phase::Interrupted if self.keeps() => return self.stage(source, item, bytes),
            Phase::Interrupted => return self.turn_away(source, item, DropReason::Interrupted),
            Phase::Aborted(reason) => return self.turn_away(source, item, reason),
        }
        let mut dropped = Vec::new();
        match self.settings.policy {
            Policy::Block if !self.buffer.fits(bytes) => return Capture::Wait(item),
            Policy::DropNewest if !self.buffer.fits(bytes) => {
                return self.turn_away(source, item, DropReason::BufferFull);
            }
            Policy::Block | Policy::DropNewest => {}
            Policy::DropOldest => {
                while !self.buffer.fits(bytes) {
                    dropped.extend(self.drop_oldest(DropReason::BufferFull));
                }
            }
            Policy::Latest => dropped.extend(self.drop_oldest(DropReason::Superseded)),
            Policy::Spill if !self.is_in_memory_alone() || !self.buffer.fits(bytes) => {
                return self.stage(source, item, bytes);
            }
            Policy::Spill => {}
        }
        let waiting = self.enter(source, item, bytes);
        self.buffer.push(waiting);
        Capture::Buffer { dropped }
    }

    /// A source has lost an item that it could not read; it counts as captured and failed.
    ///
    /// # Panics
    /// If there is no such source.
    pub fn unreadable(&mut self, source: usize) -> Unreadable {
        let holds = self.phase == Phase::Flowing && self.settings.policy == Policy::Block;
        // Without a notice in line there is nothing to wait for.
        if holds && self.notices() > 0 && !self.has_room_for_notice() {
            return Unreadable::Wait;
        }
        let place = self.count_captured(source);
        self.ledgers[source].failed += 1;
        let origin = Origin::source(source);
        Unreadable::Count {
            place,
            notice: self.expect_notice(place, origin),
        }
    }

    /// The record of an item that never was in flight was made, or could not be.
    pub fn noted(&mut self, place: Place, record: Option<R>) -> Landed<R> {
        let Some((origin, Slot::Noting)) = self.line.slot(place) else {
            return Landed::Late(record);
        };
        match record {
            Some(record) => {
                let slot = Slot::Ready(Kind::Notice, record);
                self.line.set(place, origin, slot);
                Landed::Queued
            }
            None => {
                self.line.leave(place);
                let ledger = self.of(origin);
                ledger.notices -= 1;
                ledger.unrecorded += 1;
                Landed::Unrecorded
            }
        }
    }

    /// One source has ended; it gives nothing more.
    pub fn source_ended(&mut self) {
        self.sources_open = self.sources_open.saturating_sub(1);
    }

    /// Takes the next item to submit, if the window has room.
    pub fn submit(&mut self) -> Submit<F> {
        if self.buffer.is_empty() {
            let ended = self.phase != Phase::Flowing || self.has_all();
            return if ended {
                Submit::Finished
            } else {
                Submit::Wait
            };
        }
        if self.held() >= self.settings.window.get() as u64 {
            return Submit::Wait;
        }
        let Some(Waiting {
            place,
            origin,
            item,
            ..
        }) = self.buffer.pop()
        else {
            return Submit::Wait;
        };
        self.line.set(place, origin, Slot::InFlight);
        let ledger = self.of(origin);
        ledger.buffered -= 1;
        ledger.in_flight += 1;
        self.promote();
        Submit::Item(place, item)
    }

    /// An item in flight was answered.
    pub fn answered(&mut self, place: Place, record: R) -> Landed<R> {
        self.land(place, Kind::Answered, Some(record))
    }

    /// An item in flight failed; without a record when that could not be made either.
    pub fn failed(&mut self, place: Place, record: Option<R>) -> Landed<R> {
        self.land(place, Kind::Failed, record)
    }

    /// Takes the record whose turn it is.
    pub fn write(&mut self) -> Write<R> {
        if self.writing.is_some() {
            return Write::Wait;
        }
        if let Some((place, origin, kind, record)) = self.line.take_next() {
            self.writing = Some((place, origin, kind));
            return Write::Record(place, record);
        }
        let ended = match self.phase {
            Phase::Flowing => self.has_all(),
            Phase::Interrupted => self.sources_open == 0,
            Phase::Aborted(_) => true,
        };
        if ended && self.line.is_empty() {
            Write::Finished
        } else {
            Write::Wait
        }
    }

    /// The sinks took the record that they had in hand.
    pub fn written(&mut self, place: Place) {
        let Some((origin, kind)) = self.put_down(place) else {
            return;
        };
        let ledger = self.of(origin);
        match kind {
            Kind::Answered => ledger.answered += 1,
            Kind::Failed => ledger.failed += 1,
            Kind::Notice => {}
        }
        ledger.recorded += 1;
        self.spill.written(origin.ticket);
    }

    /// A sink did not take the record that it had in hand; the item counts as dropped, or stays in the spool if the
    /// sink may take it another time.
    ///
    /// Says whether that was its end. Whether the run goes on is for the driver to say: with [`abort`](Self::abort) it does
    /// not.
    pub fn unwritten(&mut self, place: Place, reason: DropReason) -> bool {
        let Some((origin, kind)) = self.put_down(place) else {
            return false;
        };
        let is_decided = reason == DropReason::SinkRejected;
        if !is_decided && self.is_kept(origin) {
            self.of(origin).spilled += 1;
            return false;
        }
        let ledger = self.of(origin);
        if kind != Kind::Notice {
            ledger.dropped.count(reason);
        }
        ledger.unrecorded += 1;
        self.spill.decided(origin.ticket);
        true
    }

    /// The run is to stop: what is in flight is finished and written, what waits goes to the spool or is dropped.
    ///
    /// The same holds for items that a source gives from here on. Does nothing the second time.
    #[must_use = "what was dropped is to be noted"]
    pub fn interrupt(&mut self) -> Interrupted<F> {
        let mut interrupted = Interrupted {
            dropped: Vec::new(),
            kept: Vec::new(),
        };
        if self.phase != Phase::Flowing {
            return interrupted;
        }
        self.phase = Phase::Interrupted;
        if self.keeps() {
            interrupted.kept = self.send_back();
        } else {
            interrupted.dropped =
                std::iter::from_fn(|| self.drop_oldest(DropReason::Interrupted)).collect();
            self.forget_spilled(DropReason::Interrupted);
        }
        interrupted
    }

    /// The run is to end at once: everything inside is dropped for this reason, and nothing more is written.
    ///
    /// The one record that the sinks have in hand is still theirs to report. Does nothing the second time.
    pub fn abort(&mut self, reason: DropReason) -> Remains<F, R> {
        let mut remains = Remains {
            items: Vec::new(),
            records: Vec::new(),
            dropped: Vec::new(),
        };
        if matches!(self.phase, Phase::Aborted(_)) {
            return remains;
        }
        self.phase = Phase::Aborted(reason);
        let keeps = self.keeps();
        if !keeps {
            self.forget_backlog(reason);
        }
        for place in self.spill.appending() {
            // Where it ends up is told by whoever appends it.
            self.line.leave(place);
        }
        remains.items.extend(self.buffer.drain());
        remains.items.extend(self.spill.staged.drain());
        self.spill.forget();
        for (place, (origin, slot)) in self.line.take_all() {
            let ledger = &mut self.ledgers[origin.source];
            let waiting = match &slot {
                Slot::Buffered => &mut ledger.buffered,
                Slot::Spilled => &mut ledger.spilled,
                Slot::InFlight => &mut ledger.in_flight,
                Slot::Noting | Slot::Ready(Kind::Notice, _) => &mut ledger.notices,
                Slot::Ready(Kind::Answered | Kind::Failed, _) => &mut ledger.awaiting_sink,
            };
            *waiting -= 1;
            if keeps && (origin.ticket.is_some() || matches!(slot, Slot::Spilled)) {
                // It is in the spool still.
                ledger.spilled += 1;
            } else {
                if !matches!(slot, Slot::Noting | Slot::Ready(Kind::Notice, _)) {
                    ledger.dropped.count(reason);
                    remains.dropped.push(place);
                }
                ledger.unrecorded += 1;
            }
            if let Slot::Ready(_, record) = slot {
                remains.records.push(record);
            }
        }
        remains
    }

    /// Where every item is, over all sources.
    pub fn ledger(&self) -> Ledger {
        self.ledgers.iter().copied().sum()
    }

    /// Where the items of one source are, by its number; `None` without such a source.
    ///
    /// Behind the sources stands what earlier runs have left in the spool.
    pub fn ledger_of(&self, source: usize) -> Option<Ledger> {
        self.ledgers.get(source).copied()
    }

    /// Whether an item is submitted and neither answered, failed nor given up.
    pub fn is_in_flight(&self, place: Place) -> bool {
        matches!(self.line.slot(place), Some((_, Slot::InFlight)))
    }

    /// Whether it was told to stop.
    pub fn is_stopping(&self) -> bool {
        self.phase != Phase::Flowing
    }

    /// Whether everything has come that will, and its turn too.
    fn has_all(&self) -> bool {
        self.sources_open == 0 && self.is_in_memory_alone() && self.spill.backlog == 0
    }

    fn of(&mut self, origin: Origin) -> &mut Ledger {
        &mut self.ledgers[origin.source]
    }

    fn sum(&self, term: impl Fn(&Ledger) -> u64) -> u64 {
        self.ledgers.iter().map(term).sum()
    }

    fn notices(&self) -> u64 {
        self.sum(|ledger| ledger.notices)
    }

    fn next_place(&mut self) -> Place {
        let place = self.captured_next;
        self.captured_next.0 += 1;
        place
    }

    fn count_captured(&mut self, source: usize) -> Place {
        self.ledgers[source].captured += 1;
        self.next_place()
    }

    /// Counts an item that is to wait in memory.
    fn enter(&mut self, source: usize, item: F, bytes: u64) -> Waiting<F> {
        let place = self.count_captured(source);
        let origin = Origin::source(source);
        self.line.set(place, origin, Slot::Buffered);
        self.ledgers[source].buffered += 1;
        Waiting {
            place,
            origin,
            item,
            bytes,
        }
    }

    fn turn_away(&mut self, source: usize, item: F, reason: DropReason) -> Capture<F> {
        let place = self.count_captured(source);
        let origin = Origin::source(source);
        Capture::Drop(self.drop_item(place, origin, item, reason))
    }

    /// Drops who has waited longest in memory.
    fn drop_oldest(&mut self, reason: DropReason) -> Option<Dropped<F>> {
        let waiting = self.buffer.pop().or_else(|| self.spill.staged.pop())?;
        let Waiting {
            place,
            origin,
            item,
            ..
        } = waiting;
        self.of(origin).buffered -= 1;
        Some(self.drop_item(place, origin, item, reason))
    }

    fn drop_item(
        &mut self,
        place: Place,
        origin: Origin,
        item: F,
        reason: DropReason,
    ) -> Dropped<F> {
        self.of(origin).dropped.count(reason);
        let notice = match self.settings.dropped {
            Notice::Make => self.expect_notice(place, origin),
            Notice::Omit => self.omit_notice(place, origin),
        };
        Dropped {
            place,
            item,
            reason,
            notice,
        }
    }

    /// Keeps a place in the line for the record of an item that never is in flight, if there may be one more.
    fn expect_notice(&mut self, place: Place, origin: Origin) -> Notice {
        if self.has_room_for_notice() {
            self.of(origin).notices += 1;
            self.line.set(place, origin, Slot::Noting);
            Notice::Make
        } else {
            self.omit_notice(place, origin)
        }
    }

    fn omit_notice(&mut self, place: Place, origin: Origin) -> Notice {
        self.of(origin).unrecorded += 1;
        self.line.leave(place);
        Notice::Omit
    }

    fn has_room_for_notice(&self) -> bool {
        !matches!(self.phase, Phase::Aborted(_)) && self.notices() < self.settings.notices as u64
    }

    fn land(&mut self, place: Place, kind: Kind, record: Option<R>) -> Landed<R> {
        // A place that an abort has cleared is nobody's any more.
        let Some((origin, Slot::InFlight)) = self.line.slot(place) else {
            return Landed::Late(record);
        };
        let ledger = &mut self.ledgers[origin.source];
        ledger.in_flight -= 1;
        match record {
            Some(record) => {
                ledger.awaiting_sink += 1;
                self.line.set(place, origin, Slot::Ready(kind, record));
                Landed::Queued
            }
            None => {
                ledger.failed += 1;
                ledger.unrecorded += 1;
                self.line.leave(place);
                self.spill.decided(origin.ticket);
                Landed::Unrecorded
            }
        }
    }

    /// Takes the record being written out of the count of those that wait.
    fn put_down(&mut self, place: Place) -> Option<(Origin, Kind)> {
        let (_, origin, kind) = self.writing.take_if(|(writing, ..)| *writing == place)?;
        let ledger = self.of(origin);
        match kind {
            Kind::Answered | Kind::Failed => ledger.awaiting_sink -= 1,
            Kind::Notice => ledger.notices -= 1,
        }
        Some((origin, kind))
    }
}

#[cfg(test)]
mod tests;
