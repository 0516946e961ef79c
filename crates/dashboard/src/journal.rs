//! What was seen of items lately, made into lanes, a timeline and distributions.

mod histogram;
mod lane;
mod lately;
mod strip;
mod strips;

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use serde::Serialize;

pub(crate) use histogram::Histogram;
pub(crate) use lane::Lane;
use lately::Lately;
use strips::Strips;

use crate::view::Latency;

/// How many lanes are shown.
const LANES: usize = 40;

/// How many lives wait at most while the pages are in use; of more, the latest are left out.
const WAITING_MAX: usize = 2048;

/// How many of them whoever notes another one enters: more than one, so that they become fewer, and few, since it has
/// other things to do.
const ENTERED_MAX: usize = 8;

/// The life of one item, as far as it has come; steps that it did not come to are `None`.
#[derive(Clone, Debug)]
pub struct Life {
    /// The source that gave it.
    pub source: Arc<str>,
    /// What it is told from others of the run by.
    pub number: u64,
    /// When it was captured.
    pub captured: Instant,
    /// When its future was made.
    pub submitted: Option<Instant>,
    /// When a worker began to prepare its request.
    pub begun: Option<Instant>,
    /// When the service was called.
    pub prepared: Option<Instant>,
    /// When the service had answered, or failed.
    pub answered: Option<Instant>,
    /// When its record was made: its future is done.
    pub recorded: Option<Instant>,
    /// When it was over.
    pub over: Option<Instant>,
    /// The worker that prepared its request.
    pub prepared_on: Option<Arc<str>>,
    /// The worker that made its record.
    pub recorded_on: Option<Arc<str>>,
    /// Whether its worker was free while the service was called.
    pub suspended: bool,
    /// What came of it; `None` as long as that is open.
    pub fate: Option<Fate>,
}

/// What came of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It was answered.
    Answered,
    /// It failed.
    Failed,
    /// It was given up before it was done.
    Cancelled,
    /// It never became a future.
    Dropped,
}

/// Takes the lives of items; clones are the same journal.
///
/// Whoever writes into it never waits, since that may be the thread that captures, and whoever reads gives way to all
/// others and may stand still with the pages in its hands. Meanwhile lives wait, some two thousand at most; those beyond
/// are missing in what the journal shows, and nowhere else.
#[derive(Clone, Debug)]
pub struct Journal {
    /// Lives that wait to be entered.
    waiting: SyncSender<Life>,
    pages: Arc<Mutex<Pages>>,
}

#[derive(Debug)]
struct Pages {
    waiting: Receiver<Life>,
    /// What times are told from.
    start: Instant,
    recent: VecDeque<Life>,
    strips: Strips,
    lately: Lately,
    latency: Histogram,
    service: Histogram,
}

/// What a journal shows at one instant, times in seconds from its start.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Excerpt {
    pub(crate) now: f64,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) strips: Vec<strips::Shown>,
    /// Seconds that one letter of a strip stands for.
    pub(crate) strip_step: f64,
    /// Over the last second.
    pub(crate) latency: Latency,
    pub(crate) service: Latency,
}

impl Journal {
    /// An empty one, whose times are told from here.
    pub(crate) fn new(start: Instant) -> Self {
        let (sender, waiting) = mpsc::sync_channel(WAITING_MAX);
        let pages = Pages {
            waiting,
            start,
            recent: VecDeque::with_capacity(LANES),
            strips: Strips::default(),
            lately: Lately::new(start),
            latency: Histogram::new(),
            service: Histogram::new(),
        };
        Self {
            waiting: sender,
            pages: Arc::new(Mutex::new(pages)),
        }
    }

    /// An item is over; never waits.
    pub fn note(&self, life: Life) {
        match self.pages.try_lock() {
            Ok(mut pages) => pages.take(life),
            Err(TryLockError::Poisoned(pages)) => pages.into_inner().take(life),
            // Where no more can wait it is left out.
            Err(TryLockError::WouldBlock) => drop(self.waiting.try_send(life)),
        }
    }

    /// From capture to answer, and what the service took of it, over the whole run.
    pub(crate) fn histograms(&self) -> (Histogram, Histogram) {
        let pages = self.read();
        (pages.latency.clone(), pages.service.clone())
    }

    /// What it shows, beside the items that are still open.
    pub(crate) fn excerpt(&self, open: &[Life], now: Instant) -> Excerpt {
        let mut pages = self.read();
        let start = pages.start;
        let mut strips = pages.strips.clone();
        let lately = pages.lately.whole(now).clone();
        let recent: Vec<Life> = pages.recent.iter().cloned().collect();
        drop(pages);
        let (latency, service) = lately.spread();
        strips.guess(open, start, now);
        Excerpt {
            now: now.saturating_duration_since(start).as_secs_f64(),
            lanes: lane::lanes(recent.iter().chain(open), start, LANES),
            strips: strips.shown(now.saturating_duration_since(start)),
            strip_step: strip::STEP.as_secs_f64(),
            latency,
            service,
        }
    }

    /// The pages with all that waited.
    fn read(&self) -> MutexGuard<'_, Pages> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.enter_waiting(WAITING_MAX);
        pages
    }
}

impl Pages {
    /// Enters a life behind those that wait, as far as that takes no time.
    fn take(&mut self, life: Life) {
        self.enter_waiting(ENTERED_MAX);
        self.enter(life);
    }

    fn enter_waiting(&mut self, most: usize) {
        for _ in 0..most {
            let Ok(life) = self.waiting.try_recv() else {
                return;
            };
            self.enter(life);
        }
    }

    fn enter(&mut self, life: Life) {
        if life.fate == Some(Fate::Answered)
            && let Some(recorded) = life.recorded
        {
            let latency = recorded.saturating_duration_since(life.captured);
            let service = life.service();
            self.latency.record(latency);
            self.lately.record(recorded, latency, service);
            if let Some(service) = service {
                self.service.record(service);
            }
        }
        self.strips.enter(&life, self.start);
        if self.recent.len() == LANES {
            self.recent.pop_front();
        }
        self.recent.push_back(life);
    }
}

impl Life {
    /// What the service took.
    fn service(&self) -> Option<Duration> {
        Some(self.answered?.saturating_duration_since(self.prepared?))
    }
}

#[cfg(test)]
mod tests;
