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

/// A row that has become empty gives room for more than that back.
const ROOM_KEPT: usize = 1024;

/// So many gaps are left in a row of any length.
const GAPS_MIN: usize = 32;

pub(super) struct Rows {
    rows: [Row; ROWS],
    others: BTreeMap<Alarm, Waker>,
}

/// Alarms of which each is later than the one before, or at the same time; in place of those that were taken out of the
/// middle there are gaps, but none at either end.
struct Row {
    places: VecDeque<(Alarm, Option<Waker>)>,
    gaps: usize,
}

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
            Some(row) => row.places.push_back((alarm, Some(waker))),
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
        let in_rows = self.rows.iter().map(|row| row.places.front());
        let fronts = in_rows.map(|front| front.map(|(alarm, _)| *alarm));
        let in_map = self.others.keys().next().copied();
        let firsts = fronts.chain([in_map]).zip(0..);
        firsts
            .filter_map(|(first, place)| Some((first?, place)))
            .min()
    }

    /// The row at whose end such an alarm fits best, or the map.
    fn place_for(&self, when: Instant) -> usize {
        let ends = self.rows.iter().map(|row| row.places.back());
        let ends = ends.map(|end| end.map(|(alarm, _)| alarm.when()));
        // The latest end that is not too late; an empty row comes before all ends.
        ends.zip(0..)
            .filter(|(end, _)| end.is_none_or(|end| end <= when))
            .max()
            .map_or(ROWS, |(_, place)| place)
    }
}

impl Row {
    const fn new() -> Self {
        Self {
            places: VecDeque::new(),
            gaps: 0,
        }
    }

    fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn take_first(&mut self) -> Option<Waker> {
        let (_, waker) = self.places.pop_front()?;
        self.trim();
        waker
    }

    fn remove(&mut self, alarm: Alarm) -> Option<Waker> {
        let number = |(alarm, _): &(Alarm, Option<Waker>)| alarm.number();
        let place = self.places.binary_search_by_key(&alarm.number(), number);
        let waker = self.places[place.ok()?].1.take()?;
        self.gaps += 1;
        self.trim();
        Some(waker)
    }

    /// Takes the gaps away that are at an end, or too many.
    fn trim(&mut self) {
        while self.gaps > 0
            && self
                .places
                .front()
                .is_some_and(|(_, waker)| waker.is_none())
        {
            self.places.pop_front();
            self.gaps -= 1;
        }
        while self.gaps > 0 && self.places.back().is_some_and(|(_, waker)| waker.is_none()) {
            self.places.pop_back();
            self.gaps -= 1;
        }
        if self.gaps > GAPS_MIN && self.gaps > self.places.len() / 2 {
            self.places.retain(|(_, waker)| waker.is_some());
            self.gaps = 0;
        }
        if self.places.is_empty() && self.places.capacity() > ROOM_KEPT {
            self.places = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests;
