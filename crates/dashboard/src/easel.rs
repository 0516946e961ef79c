//! Where the latest picture of a source stands, and whoever has one puts it without waiting.

mod picture;

use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value};

pub use picture::Picture;

/// The time from one picture to the next while nobody looks.
const UNSEEN_INTERVAL: Duration = Duration::from_secs(1);

/// How much older than the latest picture one with its answer may be to be shown in its place.
const LAG_MAX: Duration = Duration::from_secs(2);

/// Where the latest picture of a source stands; clones are the same easel.
///
/// Nobody who puts a picture there ever waits: if somebody looks at that very moment, the picture is left out. So is one that
/// is older than what stands there.
#[derive(Clone, Debug)]
pub struct Easel(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    start: Instant,
    interval: Duration,
    /// How many pages look. Read on its own: it orders nothing else.
    pages: Arc<AtomicUsize>,
    captured: Place,
    answered: Place,
}

#[derive(Debug, Default)]
struct Place {
    /// When the next picture is due, in microseconds from the start. Read on its own: it orders nothing else.
    due: AtomicU64,
    shot: Mutex<Option<Arc<Shot>>>,
}

/// What was answered about a picture, or why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The outputs by name.
    Outputs(Map<String, Value>),
    /// There are none, for this reason.
    Failed(String),
}

/// A picture, and what is known of it.
pub(crate) struct Shot {
    pub(crate) picture: Picture,
    pub(crate) answer: Option<Answer>,
    /// What a page gets of it, made once for all.
    pub(crate) framed: tokio::sync::OnceCell<Option<bytes::Bytes>>,
}

/// What a page is told of an easel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Standing {
    /// The frame that stands there, and whether with its answer: another value is another picture.
    pub(crate) shown: Option<String>,
    /// Seconds since the latest picture was captured.
    pub(crate) captured_age: Option<f64>,
    /// Seconds since the latest one with an answer was captured.
    pub(crate) answered_age: Option<f64>,
}

impl Easel {
    pub(crate) fn new(start: Instant, interval: Duration, pages: Arc<AtomicUsize>) -> Self {
        Self(Arc::new(Shared {
            start,
            interval,
            pages,
            captured: Place::default(),
            answered: Place::default(),
        }))
    }

    /// Whether a picture as it was captured is due; costs next to nothing.
    pub fn wants_captured(&self) -> bool {
        self.wants(&self.0.captured)
    }

    /// Puts a picture as it was captured.
    pub fn captured(&self, picture: Picture) {
        self.put(&self.0.captured, picture, None);
    }

    /// Whether a picture with its answer is due; costs next to nothing.
    pub fn wants_answered(&self) -> bool {
        self.wants(&self.0.answered)
    }

    /// Puts a picture with what came of it.
    pub fn answered(&self, picture: Picture, answer: Answer) {
        self.put(&self.0.answered, picture, Some(answer));
    }

    fn wants(&self, place: &Place) -> bool {
        self.since_start() >= place.due.load(Ordering::Relaxed)
    }

    fn put(&self, place: &Place, picture: Picture, answer: Option<Answer>) {
        let is_seen = self.0.pages.load(Ordering::Relaxed) > 0;
        let interval = if is_seen {
            self.0.interval
        } else {
            self.0.interval.max(UNSEEN_INTERVAL)
        };
        let due = self.since_start() + interval.as_micros() as u64;
        place.due.store(due, Ordering::Relaxed);
        let shot = Arc::new(Shot {
            picture,
            answer,
            framed: tokio::sync::OnceCell::new(),
        });
        let earlier = match place.shot.try_lock() {
            Ok(standing)
                if standing
                    .as_ref()
                    .is_some_and(|other| other.is_later_than(&shot)) =>
            {
                Some(shot)
            }
            Ok(mut standing) => standing.replace(shot),
            Err(_) => Some(shot),
        };
        // Freed without the lock.
        drop(earlier);
    }

    /// Lets the next picture come at once, since somebody came to look.
    pub(crate) fn hasten(&self) {
        for place in [&self.0.captured, &self.0.answered] {
            place.due.store(0, Ordering::Relaxed);
        }
    }

    /// The picture to be shown: the latest with its answer, unless that lags behind what is captured.
    pub(crate) fn shown(&self) -> Option<Arc<Shot>> {
        let (captured, answered) = (self.0.captured.latest(), self.0.answered.latest());
        match (captured, answered) {
            (Some(captured), Some(answered)) => {
                let lag = captured
                    .picture
                    .captured
                    .saturating_duration_since(answered.picture.captured);
                Some(if lag > LAG_MAX { captured } else { answered })
            }
            (captured, answered) => answered.or(captured),
        }
    }

    pub(crate) fn standing(&self, now: Instant) -> Standing {
        let age = |place: &Place| {
            let shot = place.latest()?;
            let age = now.saturating_duration_since(shot.picture.captured);
            Some((age.as_secs_f64() * 1e3).round() / 1e3)
        };
        let (captured, answered) = (age(&self.0.captured), age(&self.0.answered));
        Standing {
            shown: self.shown().map(|shot| shot.name()),
            captured_age: match (captured, answered) {
                (Some(captured), Some(answered)) => Some(captured.min(answered)),
                (captured, answered) => captured.or(answered),
            },
            answered_age: answered,
        }
    }

    fn since_start(&self) -> u64 {
        self.0.start.elapsed().as_micros() as u64
    }
}

impl Place {
    fn latest(&self) -> Option<Arc<Shot>> {
        let shot = self.shot.lock().unwrap_or_else(PoisonError::into_inner);
        shot.clone()
    }
}

impl Shot {
    fn is_later_than(&self, other: &Self) -> bool {
        self.picture.captured > other.picture.captured
    }

    /// What it is told from others by.
    fn name(&self) -> String {
        let kind = match &self.answer {
            Some(_) => "a",
            None => "c",
        };
        format!("{}{kind}", self.picture.number)
    }
}

impl fmt::Debug for Shot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

#[cfg(test)]
mod tests;
