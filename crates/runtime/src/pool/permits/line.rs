//! The line in front of a bounded queue: what [`Permits`](super::Permits) keep under their lock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Waker;

use creel_core::executor::Origin;

use super::counts::{Capacity, Counts};
use crate::pool::Refused;
use crate::sync::atomic::{AtomicU8, Ordering};
use crate::task::home::Left;

/// Somebody in line.
#[derive(Debug)]
pub(crate) struct Waiter {
    /// Its place: lower ones came earlier.
    ticket: u64,
    weight: u64,
    origin: Origin,
    /// Written once, under the line's lock and before the waker is woken; the permit is ordered by the lock.
    answer: AtomicU8,
}

const UNANSWERED: u8 = 0;
const GRANTED: u8 = 1;
const REFUSED: u8 = 2;

pub(super) struct Line {
    counts: Counts,
    /// By ticket, which is the order in which they came.
    waiting: BTreeMap<u64, Waiting>,
    next_ticket: u64,
    overdraft: u64,
}

struct Waiting {
    waiter: Arc<Waiter>,
    waker: Waker,
}

impl Waiter {
    pub(crate) fn weight(&self) -> u64 {
        self.weight
    }

    /// What came of it; `None` while it stands in line.
    pub(crate) fn answer(&self) -> Option<Result<(), Refused>> {
        match self.answer.load(Ordering::Acquire) {
            UNANSWERED => None,
            GRANTED => Some(Ok(())),
            _ => Some(Err(Refused::ShutDown)),
        }
    }
}

impl Line {
    pub(super) fn new(capacity: Capacity) -> Self {
        Self {
            counts: Counts::new(capacity),
            waiting: BTreeMap::new(),
            next_ticket: 0,
            overdraft: 0,
        }
    }

    /// Takes a permit if there is room and nobody is in line.
    pub(super) fn try_take(&mut self, weight: u64) -> bool {
        let takes = self.waiting.is_empty() && self.counts.fits(weight);
        if takes {
            self.counts.take(weight);
        }
        takes
    }

    pub(super) fn overdraw(&mut self, weight: u64) {
        if !self.counts.fits(weight) {
            self.overdraft += 1;
        }
        self.counts.take(weight);
    }

    pub(super) fn overdraft(&self) -> u64 {
        self.overdraft
    }

    pub(super) fn enter(&mut self, weight: u64, origin: Origin, waker: Waker) -> Arc<Waiter> {
        let waiter = Arc::new(Waiter {
            ticket: self.next_ticket,
            weight,
            origin,
            answer: AtomicU8::new(UNANSWERED),
        });
        self.next_ticket += 1;
        let waiting = Waiting {
            waiter: Arc::clone(&waiter),
            waker,
        };
        self.waiting.insert(waiter.ticket, waiting);
        waiter
    }

    /// Gives the waker that is not needed, to be dropped without the lock: the one before, or this one.
    pub(super) fn replace_waker(&mut self, waiter: &Waiter, waker: Waker) -> Waker {
        match self.waiting.get_mut(&waiter.ticket) {
            Some(waiting) => std::mem::replace(&mut waiting.waker, waker),
            None => waker,
        }
    }

    /// Gives the waker of somebody who was still in line.
    pub(super) fn leave(&mut self, waiter: &Waiter) -> Option<Waker> {
        self.waiting
            .remove(&waiter.ticket)
            .map(|waiting| waiting.waker)
    }

    pub(super) fn give_back(&mut self, left: Left, weight: u64) {
        self.counts.give_back(left, weight);
    }

    /// Grants permits from the head of the line on, up to the first who does not fit.
    pub(super) fn serve(&mut self, answered: &mut Vec<Waker>) {
        while let Some(first) = self.waiting.first_entry() {
            let weight = first.get().waiter.weight;
            if !self.counts.fits(weight) {
                break;
            }
            self.counts.take(weight);
            answered.push(first.remove().answer(GRANTED));
        }
    }

    /// Refuses those in line whom `refused` names.
    pub(super) fn refuse(&mut self, refused: impl Fn(Origin) -> bool) -> Vec<Waker> {
        let (refused, stay): (BTreeMap<_, _>, _) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(_, waiting)| refused(waiting.waiter.origin));
        self.waiting = stay;
        refused
            .into_values()
            .map(|waiting| waiting.answer(REFUSED))
            .collect()
    }
}

impl Waiting {
    fn answer(self, answer: u8) -> Waker {
        self.waiter.answer.store(answer, Ordering::Release);
        self.waker
    }
}
