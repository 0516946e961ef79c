//! What each worker did.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::strip::{Doing, SPAN, Strip};
use super::{Fate, Life};

/// How many workers are shown one by one; the others are left out.
pub(super) const STRIPS: usize = 32;

/// What each worker did, by its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Strips {
    strips: BTreeMap<Arc<str>, Strip>,
}

/// A strip as it is shown: a digit for each step, the latest at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Shown {
    pub(crate) worker: Arc<str>,
    pub(crate) running: String,
    pub(crate) blocked: String,
}

impl Strips {
    /// Enters what workers did for an item: one prepared its request, and waited for the service unless the call suspended;
    /// one made its record.
    pub(super) fn enter(&mut self, life: &Life, start: Instant) {
        let time = |from: Option<Instant>, to: Option<Instant>| {
            let at = |time: Instant| time.saturating_duration_since(start);
            Some(at(from?)..at(to?))
        };
        let prepared = time(life.begun, life.prepared);
        self.add(&life.prepared_on, Doing::Running, prepared);
        let answered = time(life.prepared, life.answered);
        if !life.suspended {
            self.add(&life.prepared_on, Doing::Blocked, answered);
        }
        // It was given up while its worker was at it, which nobody has heard of since.
        let given_up = time(life.begun, life.over).filter(|_| life.prepared.is_none());
        if !life.suspended && life.fate == Some(Fate::Cancelled) {
            self.add(&life.prepared_on, Doing::Blocked, given_up);
        }
        let recorded = time(life.answered, life.recorded);
        self.add(&life.recorded_on, Doing::Running, recorded);
    }

    /// Enters what workers are in the middle of, of which nobody says who they are: whoever was free last began on an item,
    /// and waits for the service; or one that has not been seen yet.
    pub(super) fn guess(&mut self, open: &[Life], start: Instant, now: Instant) {
        let at = |time: Instant| time.saturating_duration_since(start);
        let mut begun: Vec<Duration> = open
            .iter()
            .filter(|life| life.recorded.is_none() && !life.suspended)
            .filter_map(|life| life.begun.map(at))
            .collect();
        begun.sort_unstable();
        let mut unseen = 0;
        for begun in begun {
            let free = self.strips.values_mut();
            let free = free.filter(|strip| strip.until() <= begun);
            if let Some(strip) = free.max_by_key(|strip| strip.until()) {
                strip.add(Doing::Blocked, begun..at(now));
            } else {
                unseen += 1;
                let worker = Some(format!("another worker {unseen}").into());
                self.add(&worker, Doing::Blocked, Some(begun..at(now)));
            }
        }
    }

    fn add(&mut self, worker: &Option<Arc<str>>, doing: Doing, time: Option<Range<Duration>>) {
        let (Some(worker), Some(time)) = (worker, time) else {
            return;
        };
        if !self.strips.contains_key(worker)
            && self.strips.len() >= STRIPS
            && !self.make_room(&time)
        {
            return;
        }
        let strip = self.strips.entry(Arc::clone(worker)).or_default();
        strip.add(doing, time);
    }

    /// Forgets a worker that has done nothing for as long as is shown, most likely since it has left.
    fn make_room(&mut self, time: &Range<Duration>) -> bool {
        let oldest = self.strips.iter().min_by_key(|(_, strip)| strip.until());
        let is_over = |strip: &Strip| strip.until() + SPAN < time.end;
        let gone = oldest.filter(|(_, strip)| is_over(strip));
        let gone = gone.map(|(worker, _)| Arc::clone(worker));
        gone.is_some_and(|worker| self.strips.remove(&worker).is_some())
    }

    /// The strips up to an instant, in the order of the workers' names and the numbers in them.
    pub(super) fn shown(&self, now: Duration) -> Vec<Shown> {
        let mut strips: Vec<_> = self.strips.iter().collect();
        strips.sort_by_key(|(worker, _)| worker.len());
        strips
            .into_iter()
            .map(|(worker, strip)| {
                let (running, blocked) = strip.digits(now);
                Shown {
                    worker: Arc::clone(worker),
                    running,
                    blocked,
                }
            })
            .collect()
    }
}
