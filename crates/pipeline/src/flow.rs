//! The life of frames and items, as a value.

mod buffer;
mod decision;
mod ledger;
mod line;
mod settings;

use std::fmt;

pub use decision::{Capture, Dropped, Landed, Notice, Remains, Submit, Unreadable, Write};
pub use ledger::{DropReason, Drops, Ledger};
pub use settings::{Order, Policy, Settings};

use buffer::Buffer;
use line::{Kind, Line, Slot};

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
///    │  │ ▲                   │                      │                               │        │
///    │  │ └─ wait (Block)     │ make room,           │ abort                 written │        │ unwritten,
///    │  │                     │ interrupt, abort     │                               ▼        │ abort
///    │  └─ drop ──────────────┴──────────▶ Dropped ◀─┘                Answered, Failed        │
///    │                                     │     ▲                                            │
///    └─ unreadable ──▶ Failed              │     └────────────────────────────────────────────┘
///                        └── noted ────────┴──▶ its record stands in line like the others
/// ```
///
/// A captured item is in exactly one of these places, and the [`Ledger`] says at every instant how many are in
/// each. What is held is bounded, whatever the service and the sinks do:
///
/// - the buffer by [`Settings::items`] and [`Settings::bytes`];
/// - what is in flight *and* what awaits the sinks by [`Settings::window`], so that one slow answer at the head of
///   the line does not let records pile up behind it;
/// - the records of items that never were in flight by [`Settings::notices`].
///
/// ```
/// use creel_pipeline::flow::{Capture, Flow, Landed, Settings, Submit, Write};
///
/// let mut flow = Flow::new(Settings::default(), 1);
/// assert!(matches!(flow.captured("frame 0", 7), Capture::Buffer { .. }));
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
    line: Line<R>,
    /// The record that the sinks have in hand; one at a time, so that the order is theirs too.
    writing: Option<(Place, Kind)>,
    ledger: Ledger,
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
            line: Line::new(settings.order),
            writing: None,
            ledger: Ledger::default(),
        }
    }

    /// A source gave an item of so many bytes.
    ///
    /// It counts as captured unless the decision is to wait.
    pub fn captured(&mut self, item: F, bytes: u64) -> Capture<F> {
        match self.phase {
            Phase::Flowing => {}
            Phase::Interrupted => return self.turn_away(item, DropReason::Interrupted),
            Phase::Aborted(reason) => return self.turn_away(item, reason),
        }
        let mut dropped = Vec::new();
        match self.settings.policy {
            Policy::Block if !self.buffer.fits(bytes) => return Capture::Wait(item),
            Policy::DropNewest if !self.buffer.fits(bytes) => {
                return self.turn_away(item, DropReason::BufferFull);
            }
            Policy::Block | Policy::DropNewest => {}
            Policy::DropOldest => {
                while !self.buffer.fits(bytes) {
                    dropped.extend(self.drop_oldest(DropReason::BufferFull));
                }
            }
            Policy::Latest => dropped.extend(self.drop_oldest(DropReason::Superseded)),
        }
        let place = self.count_captured();
        self.line.set(place, Slot::Buffered);
        self.buffer.push(place, item, bytes);
        self.ledger.buffered += 1;
        Capture::Buffer { dropped }
    }

    /// A source has lost an item that it could not read; it counts as captured and failed.
    pub fn unreadable(&mut self) -> Unreadable {
        let holds = self.phase == Phase::Flowing && self.settings.policy == Policy::Block;
        // Without a notice in line there is nothing to wait for.
        if holds && self.ledger.notices > 0 && !self.has_room_for_notice() {
            return Unreadable::Wait;
        }
        let place = self.count_captured();
        self.ledger.failed += 1;
        Unreadable::Count {
            place,
            notice: self.expect_notice(place),
        }
    }

    /// The record of an item that never was in flight was made, or could not be.
    pub fn noted(&mut self, place: Place, record: Option<R>) -> Landed<R> {
        let Some(Slot::Noting) = self.line.slot(place) else {
            return Landed::Late(record);
        };
        match record {
            Some(record) => {
                self.line.set(place, Slot::Ready(Kind::Notice, record));
                Landed::Queued
            }
            None => {
                self.line.leave(place);
                self.ledger.notices -= 1;
                self.ledger.unrecorded += 1;
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
            let ended = self.phase != Phase::Flowing || self.sources_open == 0;
            return if ended {
                Submit::Finished
            } else {
                Submit::Wait
            };
        }
        if self.ledger.in_flight + self.ledger.awaiting_sink >= self.settings.window.get() as u64 {
            return Submit::Wait;
        }
        let Some((place, item)) = self.buffer.pop() else {
            return Submit::Wait;
        };
        self.line.set(place, Slot::InFlight);
        self.ledger.buffered -= 1;
        self.ledger.in_flight += 1;
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
        if let Some((place, kind, record)) = self.line.take_next() {
            self.writing = Some((place, kind));
            return Write::Record(place, record);
        }
        let ended = matches!(self.phase, Phase::Aborted(_)) || self.sources_open == 0;
        if ended && self.line.is_empty() {
            Write::Finished
        } else {
            Write::Wait
        }
    }

    /// The sinks took the record that they had in hand.
    pub fn written(&mut self, place: Place) {
        let Some(kind) = self.put_down(place) else {
            return;
        };
        match kind {
            Kind::Answered => self.ledger.answered += 1,
            Kind::Failed => self.ledger.failed += 1,
            Kind::Notice => {}
        }
        self.ledger.recorded += 1;
    }

    /// A sink did not take the record that it had in hand; the item counts as dropped.
    ///
    /// Whether the run goes on is for the driver to say: with [`abort`](Self::abort) it does not.
    pub fn unwritten(&mut self, place: Place, reason: DropReason) {
        let Some(kind) = self.put_down(place) else {
            return;
        };
        if kind != Kind::Notice {
            self.ledger.dropped.count(reason);
        }
        self.ledger.unrecorded += 1;
    }

    /// The run is to stop: what is buffered is dropped, what is in flight is finished and written.
    ///
    /// Items that a source gives from here on are dropped too. Does nothing the second time.
    #[must_use = "what was dropped is to be noted"]
    pub fn interrupt(&mut self) -> Vec<Dropped<F>> {
        if self.phase != Phase::Flowing {
            return Vec::new();
        }
        self.phase = Phase::Interrupted;
        std::iter::from_fn(|| self.drop_oldest(DropReason::Interrupted)).collect()
    }

    /// The run is to end at once: everything inside is dropped for this reason, and nothing more is written.
    ///
    /// The one record that the sinks have in hand is still theirs to report. Does nothing the second time.
    pub fn abort(&mut self, reason: DropReason) -> Remains<F, R> {
        let mut remains = Remains {
            items: Vec::new(),
            records: Vec::new(),
        };
        if matches!(self.phase, Phase::Aborted(_)) {
            return remains;
        }
        self.phase = Phase::Aborted(reason);
        while let Some((_, item)) = self.buffer.pop() {
            remains.items.push(item);
        }
        for slot in self.line.take_all() {
            let waiting = match &slot {
                Slot::Buffered => &mut self.ledger.buffered,
                Slot::InFlight => &mut self.ledger.in_flight,
                Slot::Noting | Slot::Ready(Kind::Notice, _) => &mut self.ledger.notices,
                Slot::Ready(Kind::Answered | Kind::Failed, _) => &mut self.ledger.awaiting_sink,
            };
            *waiting -= 1;
            if !matches!(slot, Slot::Noting | Slot::Ready(Kind::Notice, _)) {
                self.ledger.dropped.count(reason);
            }
            self.ledger.unrecorded += 1;
            if let Slot::Ready(_, record) = slot {
                remains.records.push(record);
            }
        }
        remains
    }

    /// Where every item is.
    pub fn ledger(&self) -> Ledger {
        self.ledger
    }

    /// Whether an item is submitted and neither answered, failed nor given up.
    pub fn is_in_flight(&self, place: Place) -> bool {
        matches!(self.line.slot(place), Some(Slot::InFlight))
    }

    fn count_captured(&mut self) -> Place {
        let place = self.captured_next;
        self.captured_next.0 += 1;
        self.ledger.captured += 1;
        place
    }

    fn turn_away(&mut self, item: F, reason: DropReason) -> Capture<F> {
        let place = self.count_captured();
        Capture::Drop(self.drop_item(place, item, reason))
    }

    fn drop_oldest(&mut self, reason: DropReason) -> Option<Dropped<F>> {
        let (place, item) = self.buffer.pop()?;
        self.ledger.buffered -= 1;
        Some(self.drop_item(place, item, reason))
    }

    fn drop_item(&mut self, place: Place, item: F, reason: DropReason) -> Dropped<F> {
        self.ledger.dropped.count(reason);
        let notice = match self.settings.dropped {
            Notice::Make => self.expect_notice(place),
            Notice::Omit => self.omit_notice(place),
        };
        Dropped {
            place,
            item,
            reason,
            notice,
        }
    }

    /// Keeps a place in the line for the record of an item that never is in flight, if there may be one more.
    fn expect_notice(&mut self, place: Place) -> Notice {
        if self.has_room_for_notice() {
            self.ledger.notices += 1;
            self.line.set(place, Slot::Noting);
            Notice::Make
        } else {
            self.omit_notice(place)
        }
    }

    fn omit_notice(&mut self, place: Place) -> Notice {
        self.ledger.unrecorded += 1;
        self.line.leave(place);
        Notice::Omit
    }

    fn has_room_for_notice(&self) -> bool {
        !matches!(self.phase, Phase::Aborted(_))
            && self.ledger.notices < self.settings.notices as u64
    }

    fn land(&mut self, place: Place, kind: Kind, record: Option<R>) -> Landed<R> {
        // A place that an abort has cleared is nobody's any more.
        if !self.is_in_flight(place) {
            return Landed::Late(record);
        }
        self.ledger.in_flight -= 1;
        match record {
            Some(record) => {
                self.line.set(place, Slot::Ready(kind, record));
                self.ledger.awaiting_sink += 1;
                Landed::Queued
            }
            None => {
                self.line.leave(place);
                self.ledger.failed += 1;
                self.ledger.unrecorded += 1;
                Landed::Unrecorded
            }
        }
    }

    /// Takes the record being written out of the count of those that wait.
    fn put_down(&mut self, place: Place) -> Option<Kind> {
        let (_, kind) = self.writing.take_if(|(writing, _)| *writing == place)?;
        match kind {
            Kind::Answered | Kind::Failed => self.ledger.awaiting_sink -= 1,
            Kind::Notice => self.ledger.notices -= 1,
        }
        Some(kind)
    }
}

#[cfg(test)]
mod tests;
