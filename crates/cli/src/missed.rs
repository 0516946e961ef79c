//! Which records a place missed that the run goes on without.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::record::{Key, Record};
use crate::run_id::RunId;

/// Stretches that are kept of a place; beyond, records are only counted.
const STRETCHES_MAX: usize = 1_000;
/// Stretches that are said.
const SAID: usize = 3;

/// Which records a place missed that the run goes on without, for each such place.
#[derive(Debug, Default)]
pub(crate) struct Missed(Mutex<BTreeMap<String, Place>>);

#[derive(Debug, Default)]
struct Place {
    stretches: Vec<Stretch>,
    more: u64,
}

/// Records that follow one another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Stretch {
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    camera: Option<Arc<str>>,
    from: u64,
    to: u64,
}

impl Missed {
    /// A place missed a record.
    pub(crate) fn note(&self, place: &str, record: &Record) {
        let number = record.key.number();
        let (run, camera) = match &record.key {
            Key::Frame { run, camera, .. } => (Some(run.clone()), Some(Arc::clone(camera))),
            Key::Item { .. } | Key::Request { .. } => (None, None),
        };
        let mut places = self.lock();
        if !places.contains_key(place) {
            places.insert(place.to_owned(), Place::default());
        }
        let Some(place) = places.get_mut(place) else {
            return;
        };
        // Several threads tell of what they drop, each in its order.
        let goes_on = |stretch: &&mut Stretch| {
            stretch.run == run
                && stretch.camera == camera
                && stretch.to.checked_add(1) == Some(number)
        };
        let last = place.stretches.iter_mut().rev().find(goes_on);
        if let Some(last) = last {
            last.to = number;
        } else if place.stretches.len() < STRETCHES_MAX {
            place.stretches.push(Stretch {
                run,
                camera,
                from: number,
                to: number,
            });
        } else {
            place.more += 1;
        }
    }

    /// The stretches that a place missed, as far as they were kept, those of a camera one after the other.
    pub(crate) fn stretches(&self, place: &str) -> Vec<Stretch> {
        let places = self.lock();
        let place = places.get(place);
        place.map_or_else(Vec::new, |place| joined(place.stretches.clone()))
    }

    /// What a place missed, in words.
    pub(crate) fn told(&self, place: &str) -> Option<String> {
        let more = self.lock().get(place)?.more;
        let stretches = self.stretches(place);
        let said = stretches.iter().take(SAID);
        let mut parts: Vec<String> = said.map(Stretch::to_string).collect();
        if stretches.len() > SAID || more > 0 {
            parts.push("others".to_owned());
        }
        Some(parts.join(", "))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts stretches in order, and those together that follow one another: what is missed is not told in its order.
fn joined(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort_by(|one, other| one.key().cmp(&other.key()));
    stretches.dedup_by(|next, last| {
        let follows = next.run == last.run
            && next.camera == last.camera
            && last.to.checked_add(1) == Some(next.from);
        if follows {
            last.to = next.to;
        }
        follows
    });
    stretches
}

impl Stretch {
    /// What they are sorted by: runs begin with their time.
    fn key(&self) -> (Option<String>, Option<&str>, u64) {
        let run = self.run.as_ref().map(RunId::to_string);
        (run, self.camera.as_deref(), self.from)
    }
}

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(camera) = &self.camera {
            write!(f, "{camera} ")?;
        }
        match (self.from, self.to) {
            (from, to) if from == to => write!(f, "{from}"),
            (from, to) => write!(f, "{from}–{to}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Id, Status};

    fn record(key: Key) -> Record {
        Record {
            key,
            captured_at: None,
            status: Status::Answered,
            answer: None,
            error: None,
            latency_ms: None,
            original: None,
            picture: None,
        }
    }

    #[test]
    fn frames_of_several_cameras_that_follow_one_another_are_one_stretch_each() {
        let missed = Missed::default();
        let run = RunId::new();
        for (camera, frame) in [
            ("front", 7),
            ("back", 3),
            ("front", 8),
            ("back", 4),
            ("front", 12),
            ("front", 10),
            ("front", 11),
        ] {
            let key = Key::Frame {
                run: run.clone(),
                camera: camera.into(),
                frame,
                name: None,
            };
            missed.note("hook", &record(key));
        }
        assert_eq!(
            missed.told("hook").unwrap(),
            "back 3–4, front 7–8, front 10–12"
        );
        assert_eq!(missed.told("frames"), None);
        let told = serde_json::to_value(missed.stretches("hook")).unwrap();
        assert_eq!(told[1]["camera"], "front");
        assert_eq!((&told[1]["from"], &told[1]["to"]), (&7.into(), &8.into()));
    }

    #[test]
    fn what_is_kept_has_an_end_and_what_is_said_an_earlier_one() {
        let missed = Missed::default();
        for index in (0..2 * STRETCHES_MAX as u64 + 8).step_by(2) {
            let id = Id::Number(index.into());
            missed.note("hook", &record(Key::Item { index, id }));
        }
        assert_eq!(missed.stretches("hook").len(), STRETCHES_MAX);
        assert_eq!(missed.told("hook").unwrap(), "0, 2, 4, others");
    }
}
