//! The flow told in other words: a list of all items ever captured, each with what has become of it.
//!
//! It keeps everything and derives every count and decision from the list.

mod census;
mod spill;
mod stopping;

use std::collections::{BTreeSet, VecDeque};

use crate::flow::{
    Capture, DropReason, Dropped, Flow, Landed, Notice, Order, Place, Policy, Settings, Submit,
    Unreadable, Write,
};

/// What happens to the flow; an index chooses among those to whom it can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Capture {
        bytes: u64,
    },
    Unreadable,
    Note(usize),
    NoteLost(usize),
    Submit,
    Answer(usize),
    Fail(usize),
    FailLost(usize),
    Unanswered(usize),
    /// An answer for any item, also one that is not in flight.
    Stray(usize),
    Write,
    Written,
    Unwritten,
    /// A sink broke with the record in hand.
    SinkBroke,
    /// What to do with the spool is asked.
    Spool,
    Appended,
    AppendRefused,
    Read,
    ReadKnown,
    ReadLost,
    Flushed,
    SourceEnd,
    Interrupt,
    Abort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting {
        bytes: u64,
    },
    Staged {
        bytes: u64,
    },
    Appending {
        bytes: u64,
    },
    Spilled {
        bytes: u64,
    },
    Recalling {
        bytes: u64,
    },
    Flying,
    Noting,
    Ready {
        since: usize,
    },
    Writing,
    Over {
        recorded: bool,
    },
    /// In the spool, for a later run.
    Left,
    /// In the sinks, from an earlier run.
    Known,
}

impl Stage {
    fn is_open(self) -> bool {
        !matches!(self, Self::Over { .. } | Self::Left | Self::Known)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    Failed,
    Dropped(DropReason),
}

#[derive(Clone, Copy, Debug)]
struct Item {
    stage: Stage,
    /// What it will count as; decided before its record is written.
    fate: Option<Fate>,
    /// Whether it has flown: others count from the moment their fate is decided.
    flown: bool,
    /// Its entry in the spool.
    ticket: Option<u64>,
    is_recovered: bool,
}

/// The flow under test beside its model; each step checks the one against the other.
#[derive(Clone)]
pub(super) struct Pair {
    flow: Flow<u64, (u64, &'static str)>,
    settings: Settings,
    sources: usize,
    interrupted: bool,
    aborted: Option<DropReason>,
    items: Vec<Item>,
    steps: usize,
    written: Vec<u64>,
    shelf: Shelf,
}

/// The spool, and what is known of it.
#[derive(Clone, Debug, Default)]
struct Shelf {
    entries: BTreeSet<u64>,
    /// The items that are being appended, in the order in which they were given.
    appending: VecDeque<usize>,
    next_ticket: u64,
    recovered: u64,
    /// How many of the recovered ones have their turn last, and which is read next of them all.
    backlog: u64,
    next_recovered: u64,
    /// Those that were in the backlog when it was given up, for a later run or for good.
    left: u64,
    forgotten: Option<(DropReason, u64)>,
    written: Vec<u64>,
    removable: Vec<u64>,
    sinks_ended: bool,
}

impl Pair {
    /// Both at their start, with so many entries in the spool.
    pub(super) fn new(settings: Settings, recovered: u64) -> Self {
        let mut pair = Self {
            flow: Flow::new(settings, 1),
            settings,
            sources: 1,
            interrupted: false,
            aborted: None,
            items: Vec::new(),
            steps: 0,
            written: Vec::new(),
            shelf: Shelf::default(),
        };
        pair.recover(recovered);
        pair
    }

    /// Lets it happen to both and compares; false when it cannot happen here.
    pub(super) fn step(&mut self, event: Event) -> bool {
        self.steps += 1;
        let possible = self.apply(event);
        assert_eq!(self.flow.ledger(), self.census(), "after {event:?}");
        assert!(
            self.flow.ledger().adds_up(),
            "after {event:?}: {:?}",
            self.flow.ledger()
        );
        self.check_bounds();
        possible
    }

    /// Ends the source and lets everything inside come to its end.
    pub(super) fn finish(mut self) {
        self.step(Event::SourceEnd);
        let open = |pair: &Self| {
            !pair.staged(Stage::is_open).is_empty() || (pair.shelf.backlog > 0 && pair.is_flowing())
        };
        let mut rounds = 0;
        while open(&self) {
            for event in [
                Event::Note(0),
                Event::Submit,
                Event::Answer(0),
                Event::Write,
                Event::Written,
                Event::Spool,
                Event::Appended,
                Event::Read,
            ] {
                self.step(event);
            }
            rounds += 1;
            let most = 8 + 4 * (self.items.len() + self.shelf.backlog as usize);
            assert!(rounds <= most, "the flow does not move on");
        }
        assert_eq!(self.flow.write(), Write::Finished);
        assert_eq!(self.flow.submit(), Submit::Finished);
        self.end_spool();
        let ledger = self.flow.ledger();
        let all = ledger.captured + ledger.recovered;
        assert_eq!(all, ledger.over() + ledger.known + ledger.spilled);
        assert_eq!(ledger.over(), ledger.recorded + ledger.unrecorded);
        assert_eq!(ledger.recorded, self.written.len() as u64);
        let mut once = self.written.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), self.written.len(), "a record was written twice");
        if self.settings.order == Order::InCapture {
            assert_eq!(once, self.written, "not in capture order");
        }
    }

    fn apply(&mut self, event: Event) -> bool {
        match event {
            Event::Capture { bytes } => return self.sources > 0 && self.capture(bytes),
            Event::Unreadable => return self.sources > 0 && self.unreadable(),
            Event::Note(index) => return self.note(index, true),
            Event::NoteLost(index) => return self.note(index, false),
            Event::Submit => self.submit(),
            Event::Answer(index) => return self.land(index, Fate::Answered, true),
            Event::Fail(index) => return self.land(index, Fate::Failed, true),
            Event::FailLost(index) => return self.land(index, Fate::Failed, false),
            Event::Unanswered(index) => return self.unanswered(index),
            Event::Stray(index) => return self.stray(index),
            Event::Write => self.write(),
            Event::Written => return self.put_down(None),
            Event::Unwritten => return self.put_down(Some(DropReason::SinkRejected)),
            Event::SinkBroke => return self.put_down(Some(DropReason::SinkFailed)),
            Event::Spool => return self.spool(),
            Event::Appended => return self.appended(true),
            Event::AppendRefused => return self.appended(false),
            Event::Read => return self.read(),
            Event::ReadKnown => return self.read_known(),
            Event::ReadLost => return self.read_lost(),
            Event::Flushed => self.flushed(),
            Event::SourceEnd => {
                self.flow.source_ended();
                self.sources = self.sources.saturating_sub(1);
            }
            Event::Interrupt => self.interrupt(),
            Event::Abort => self.abort(),
        }
        true
    }

    fn staged(&self, wanted: impl Fn(Stage) -> bool) -> Vec<usize> {
        (0..self.items.len())
            .filter(|index| wanted(self.items[*index].stage))
            .collect()
    }

    fn waiting(&self) -> Vec<usize> {
        self.staged(|stage| matches!(stage, Stage::Waiting { .. }))
    }

    fn bytes_of(&self, index: usize) -> u64 {
        match self.items[index].stage {
            Stage::Waiting { bytes } | Stage::Staged { bytes } | Stage::Appending { bytes } => {
                bytes
            }
            stage => panic!("item {index} is {stage:?}"),
        }
    }

    /// How many of those that wait can stay beside a newcomer, counted from the youngest.
    fn can_stay(&self, bytes: u64) -> usize {
        let waiting = self.waiting();
        (1..=waiting.len())
            .rev()
            .find(|count| {
                let stay = &waiting[waiting.len() - count..];
                let sum = stay.iter().map(|index| self.bytes_of(*index)).sum::<u64>() + bytes;
                *count < self.settings.items.get() && sum <= self.settings.bytes
            })
            .unwrap_or(0)
    }

    fn notices(&self) -> usize {
        self.items
            .iter()
            .filter(|item| !item.flown && item.fate.is_some())
            .filter(|item| item.stage.is_open())
            .count()
    }

    /// Decides the fate of an item that has not flown, and says what is to be expected of its record.
    fn give_up(&mut self, index: usize, fate: Fate) -> Notice {
        let wanted = match fate {
            Fate::Dropped(_) => self.settings.dropped == Notice::Make,
            _ => true,
        };
        let room = self.aborted.is_none() && self.notices() < self.settings.notices && wanted;
        let item = &mut self.items[index];
        item.fate = Some(fate);
        if room {
            item.stage = Stage::Noting;
            Notice::Make
        } else {
            item.stage = Stage::Over { recorded: false };
            Notice::Omit
        }
    }

    fn dropped(&mut self, index: usize, reason: DropReason) -> Dropped<u64> {
        Dropped {
            place: Place(index as u64),
            item: index as u64,
            reason,
            notice: self.give_up(index, Fate::Dropped(reason)),
        }
    }

    fn enter(&mut self, bytes: u64) -> usize {
        self.items.push(Item {
            stage: Stage::Waiting { bytes },
            fate: None,
            flown: false,
            ticket: None,
            is_recovered: false,
        });
        self.items.len() - 1
    }

    fn capture(&mut self, bytes: u64) -> bool {
        let newcomer = self.items.len() as u64;
        let decision = self.flow.captured(0, newcomer, bytes);
        let waiting = self.waiting();
        let stay = self.can_stay(bytes);
        let full = stay < waiting.len();
        let turned_away = match self.settings.policy {
            _ if self.aborted.is_some() => self.aborted,
            _ if self.interrupted && !self.keeps() => Some(DropReason::Interrupted),
            Policy::DropNewest if full => Some(DropReason::BufferFull),
            Policy::Spill => return self.capture_or_stage(decision, bytes, full),
            _ => None,
        };
        let expected = match (turned_away, self.settings.policy) {
            (Some(reason), _) => {
                let index = self.enter(bytes);
                Capture::Drop(self.dropped(index, reason))
            }
            (None, Policy::Block) if full => Capture::Wait(newcomer),
            (None, policy) => {
                let (leave, reason) = match policy {
                    Policy::Latest => (waiting.len(), DropReason::Superseded),
                    _ => (waiting.len() - stay, DropReason::BufferFull),
                };
                let dropped = waiting[..leave]
                    .iter()
                    .map(|index| self.dropped(*index, reason))
                    .collect();
                self.enter(bytes);
                Capture::Buffer { dropped }
            }
        };
        assert_eq!(decision, expected);
        true
    }

    fn unreadable(&mut self) -> bool {
        let decision = self.flow.unreadable(0);
        let full = self.notices() > 0 && self.notices() >= self.settings.notices;
        let flowing = self.aborted.is_none() && !self.interrupted;
        if full && flowing && self.settings.policy == Policy::Block {
            assert_eq!(decision, Unreadable::Wait);
            return true;
        }
        let index = self.enter(0);
        let notice = self.give_up(index, Fate::Failed);
        let place = Place(index as u64);
        assert_eq!(decision, Unreadable::Count { place, notice });
        true
    }

    fn note(&mut self, index: usize, recorded: bool) -> bool {
        let noting = self.staged(|stage| stage == Stage::Noting);
        if noting.is_empty() {
            return false;
        }
        let index = noting[index % noting.len()];
        let place = Place(index as u64);
        let record = recorded.then_some((place.0, "notice"));
        let landed = self.flow.noted(place, record);
        self.items[index].stage = if recorded {
            assert_eq!(landed, Landed::Queued);
            Stage::Ready { since: self.steps }
        } else {
            assert_eq!(landed, Landed::Unrecorded);
            Stage::Over { recorded: false }
        };
        true
    }

    fn submit(&mut self) {
        let held = self
            .items
            .iter()
            .filter(|item| item.flown && item.stage.is_open())
            .count();
        let over = !self.is_flowing() || (self.sources == 0 && self.has_had_all());
        let expected = match self.waiting().first() {
            None if over => Submit::Finished,
            Some(index) if held < self.settings.window.get() => {
                self.items[*index].stage = Stage::Flying;
                self.items[*index].flown = true;
                Submit::Item(Place(*index as u64), *index as u64)
            }
            _ => Submit::Wait,
        };
        let submitted = self.flow.submit();
        if matches!(submitted, Submit::Item(..)) {
            self.promote();
        }
        assert_eq!(submitted, expected);
    }

    fn land(&mut self, index: usize, fate: Fate, recorded: bool) -> bool {
        let flying = self.staged(|stage| stage == Stage::Flying);
        if flying.is_empty() {
            return false;
        }
        let index = flying[index % flying.len()];
        let place = Place(index as u64);
        assert!(self.flow.is_in_flight(place));
        let landed = match fate {
            Fate::Answered => self.flow.answered(place, (place.0, "answered")),
            _ => self
                .flow
                .failed(place, recorded.then_some((place.0, "failed"))),
        };
        self.items[index].fate = Some(fate);
        self.items[index].stage = if recorded {
            assert_eq!(landed, Landed::Queued);
            Stage::Ready { since: self.steps }
        } else {
            assert_eq!(landed, Landed::Unrecorded);
            self.shelf.removable.extend(self.items[index].ticket);
            Stage::Over { recorded: false }
        };
        true
    }

    fn stray(&mut self, index: usize) -> bool {
        let grounded = self.staged(|stage| stage != Stage::Flying);
        if grounded.is_empty() {
            return false;
        }
        let place = Place(grounded[index % grounded.len()] as u64);
        let record = (place.0, "stray");
        assert!(!self.flow.is_in_flight(place));
        assert_eq!(
            self.flow.answered(place, record),
            Landed::Late(Some(record))
        );
        assert_eq!(self.flow.failed(place, None), Landed::Late(None));
        true
    }

    fn write(&mut self) {
        let writing = self.staged(|stage| stage == Stage::Writing);
        // What is being appended when the run is given up has no record to come.
        let is_aborted = self.aborted.is_some();
        let open = self.staged(|stage| {
            stage.is_open() && !(is_aborted && matches!(stage, Stage::Appending { .. }))
        });
        let next = match self.settings.order {
            Order::InCapture => open
                .first()
                .copied()
                .filter(|index| matches!(self.items[*index].stage, Stage::Ready { .. })),
            Order::AsCompleted => open
                .iter()
                .copied()
                .filter_map(|index| match self.items[index].stage {
                    Stage::Ready { since } => Some((since, index)),
                    _ => None,
                })
                .min()
                .map(|(_, index)| index),
        };
        let expected = match next {
            _ if !writing.is_empty() => Write::Wait,
            Some(index) => {
                let item = &mut self.items[index];
                item.stage = Stage::Writing;
                let told = match item.fate {
                    Some(Fate::Answered) => "answered",
                    _ if item.flown => "failed",
                    _ => "notice",
                };
                Write::Record(Place(index as u64), (index as u64, told))
            }
            None if open.is_empty() && self.has_ended() => Write::Finished,
            None => Write::Wait,
        };
        assert_eq!(self.flow.write(), expected);
    }

    fn put_down(&mut self, trouble: Option<DropReason>) -> bool {
        let Some(index) = self.staged(|stage| stage == Stage::Writing).pop() else {
            // Nobody has a record in hand: the word is not believed.
            self.flow.written(Place(0));
            return false;
        };
        let place = Place(index as u64);
        for stranger in [place.0.wrapping_sub(1), place.0 + 1] {
            self.flow.written(Place(stranger));
            assert!(!self.flow.unwritten(Place(stranger), DropReason::SinkFailed));
        }
        let keeps = self.keeps();
        let item = &mut self.items[index];
        item.stage = Stage::Over {
            recorded: trouble.is_none(),
        };
        let Some(reason) = trouble else {
            self.flow.written(place);
            self.written.push(place.0);
            self.shelf.written.extend(item.ticket);
            return true;
        };
        let is_over = self.flow.unwritten(place, reason);
        if reason == DropReason::SinkFailed && keeps && item.ticket.is_some() {
            item.stage = Stage::Left;
            item.fate = None;
            item.flown = false;
            assert!(!is_over);
            return true;
        }
        assert!(is_over);
        self.shelf.removable.extend(item.ticket);
        if item.flown {
            item.fate = Some(Fate::Dropped(reason));
        }
        true
    }
}
