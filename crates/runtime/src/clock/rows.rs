//! Alarms in the order of their times, most of which come in that order.
//!
//! Whoever sleeps for the same time again and again asks for alarms each of which is later than those before. Such a one
//! goes to the end of a *row*, for which nothing has to be searched. There are a few rows, so that one alarm that is far
//! ahead does not bar all others; what fits at no row's end goes into an ordered map.

use std::collections::{BTreeMap, VecDeque};
use std::task::Waker;
use std::time::Instant;

use creel_core::port::Alarm;

const ROWS: usize = 4;
/// The rows, and the map.
const PLACES: u64 = ROWS as u64 + 1;

/// So many alarms are in a block of a row.
const BLOCK: usize = 64;
/// So many gaps are left in a row of any length.
const GAPS_MIN: usize = 32;

pub(super) struct Rows {
    rows: [Row; ROWS],
    others: BTreeMap<Alarm, Waker>,
}

/// Alarms of which each is later than the one before, or at the same time; in place of those that were taken out of the
/// middle there are gaps, but none at either end.
///
/// It grows and shrinks by blocks: nothing is moved to make room, and what is behind is used again.
struct Row {
    /// None is empty, but for one in an empty row, which is kept for the next alarm.
    blocks: VecDeque<VecDeque<Place>>,
    /// The places in all blocks, gaps included.
    places: usize,
    gaps: usize,
}

type Place = (Alarm, Option<Waker>);

impl Rows {
    pub(super) const fn new() -> Self {
        Self {
            rows: [const { Row::new() }; ROWS],
            others: BTreeMap::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.iter().all(Row::is_empty) && self.others.is_empty()
    }

    /// Enters an alarm under a number that is higher than those before; its own number tells the place as well.
    pub(super) fn insert(&mut self, when: Instant, number: u64, waker: Waker) -> Alarm {
        let place = self.place_for(when);
        let alarm = Alarm::new(when, number * PLACES + place as u64);
        match self.rows.get_mut(place) {
            Some(row) => row.push((alarm, Some(waker))),
            None => {
                self.others.insert(alarm, waker);
            }
        }
        alarm
    }

    /// The number under which an alarm was entered.
    pub(super) fn number_of(alarm: Alarm) -> u64 {
        alarm.number() / PLACES
    }

    pub(super) fn remove(&mut self, alarm: Alarm) -> Option<Waker> {
        let place = (alarm.number() % PLACES) as usize;
        match self.rows.get_mut(place) {
            Some(row) => row.remove(alarm),
            None => self.others.remove(&alarm),
        }
    }

    /// When the first is due.
    pub(super) fn first(&self) -> Option<Instant> {
        let (alarm, _) = self.find_first()?;
        Some(alarm.when())
    }

    /// Takes the first out if it is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(Alarm, Waker)> {
        let (alarm, place) = self.find_first().filter(|(alarm, _)| alarm.when() <= now)?;
        let waker = match self.rows.get_mut(place) {
            Some(row) => row.take_first(),
            None => self.others.remove(&alarm),
        };
        Some((alarm, waker.expect("it was found there")))
    }

    /// The first alarm, and where it stands.
    fn find_first(&self) -> Option<(Alarm, usize)> {
        let mut first = self.others.keys().next().map(|alarm| (*alarm, ROWS));
        for (place, row) in self.rows.iter().enumerate() {
            if let Some((alarm, _)) = row.front()
                && first.is_none_or(|(first, _)| *alarm < first)
            {
                first = Some((*alarm, place));
            }
        }
        first
    }

    /// The row at whose end such an alarm fits best, or the map.
    fn place_for(&self, when: Instant) -> usize {
        let mut best: Option<(Option<Instant>, usize)> = None;
        for (place, row) in self.rows.iter().enumerate() {
            // The latest end that is not too late; an empty row comes before all ends.
            let end = row.back().map(|(alarm, _)| alarm.when());
            let fits = end.is_none_or(|end| end <= when);
            if fits && best.is_none_or(|(latest, _)| latest < end) {
                best = Some((end, place));
            }
        }
        best.map_or(ROWS, |(_, place)| place)
    }
}

impl Row {
    const fn new() -> Self {
        Self {
            blocks: VecDeque::new(),
            places: 0,
            gaps: 0,
        }
    }

    fn is_empty(&self) -> bool {
        self.places == 0
    }

    fn front(&self) -> Option<&Place> {
        self.blocks.front()?.front()
    }

    fn back(&self) -> Option<&Place> {
        self.blocks.back()?.back()
    }

    fn push(&mut self, place: Place) {
        match self.blocks.back_mut().filter(|block| block.len() < BLOCK) {
            Some(block) => block.push_back(place),
            None => {
                let mut block = VecDeque::with_capacity(BLOCK);
                block.push_back(place);
                self.blocks.push_back(block);
            }
        }
        self.places += 1;
    }

    fn pop_front(&mut self) -> Option<Place> {
        let block = self.blocks.front_mut()?;
        let place = block.pop_front()?;
        if block.is_empty() && self.blocks.len() > 1 {
            self.blocks.pop_front();
        }
        self.places -= 1;
        Some(place)
    }

    fn pop_back(&mut self) -> Option<Place> {
        let block = self.blocks.back_mut()?;
        let place = block.pop_back()?;
        if block.is_empty() && self.blocks.len() > 1 {
            self.blocks.pop_back();
        }
        self.places -= 1;
        Some(place)
    }

    fn take_first(&mut self) -> Option<Waker> {
        let (_, waker) = self.pop_front()?;
        self.trim();
        waker
    }

    fn remove(&mut self, alarm: Alarm) -> Option<Waker> {
        let waker = self.find(alarm)?.take()?;
        self.gaps += 1;
        self.trim();
        Some(waker)
    }

    /// What stands in the place of an alarm, if it is still there.
    fn find(&mut self, alarm: Alarm) -> Option<&mut Option<Waker>> {
        let is_before = |block: &VecDeque<Place>| {
            let first = block.front();
            first.is_some_and(|(first, _)| first.number() <= alarm.number())
        };
        let block = self.blocks.partition_point(is_before).checked_sub(1)?;
        let block = &mut self.blocks[block];
        let place = block.binary_search_by_key(&alarm.number(), |(alarm, _)| alarm.number());
        Some(&mut block[place.ok()?].1)
    }

    /// Takes the gaps away that are at an end, or too many.
    fn trim(&mut self) {
        if self.gaps == 0 {
            return;
        }
        let is_gap = |place: Option<&Place>| place.is_some_and(|(_, waker)| waker.is_none());
        while is_gap(self.front()) {
            self.pop_front();
            self.gaps -= 1;
        }
        while is_gap(self.back()) {
            self.pop_back();
            self.gaps -= 1;
        }
        if self.gaps > GAPS_MIN && self.gaps > self.places / 2 {
            let before = std::mem::replace(self, Self::new());
            let places = before.blocks.into_iter().flatten();
            places
                .filter(|(_, waker)| waker.is_some())
                .for_each(|place| self.push(place));
        }
    }
}

#[cfg(test)]
mod tests;
