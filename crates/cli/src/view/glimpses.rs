//! The last records, for whoever wants to see what comes out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use creel_core::port::SinkError;
use creel_core::{Context, Sink};

use crate::record::{Key, Record, Status};

/// How many are kept: as many as a large terminal shows.
const KEPT: usize = 64;

/// How much of an answer is kept.
const LETTERS_MAX: usize = 300;

/// The last records, in a few words each; clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Glimpses(Arc<Mutex<VecDeque<Glimpse>>>);

/// A record in a few words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Glimpse {
    pub(super) key: String,
    pub(super) status: Status,
    pub(super) said: String,
    pub(super) latency: Option<std::time::Duration>,
}

impl Glimpses {
    /// The last of them, latest first.
    pub(super) fn last(&self, count: usize) -> Vec<Glimpse> {
        self.lock().iter().rev().take(count).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Glimpse>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink<Record> for Glimpses {
    fn write(&mut self, record: &Record, _: &Context) -> Result<(), SinkError> {
        // There may be many of them, and they say nothing that the counts do not.
        if record.status == Status::Dropped {
            return Ok(());
        }
        let glimpse = Glimpse::of(record);
        let mut last = self.lock();
        if last.len() == KEPT {
            last.pop_front();
        }
        last.push_back(glimpse);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

impl Glimpse {
    fn of(record: &Record) -> Self {
        let key = match &record.key {
            Key::Frame { camera, frame, .. } => format!("{camera} {frame}"),
            other => format!("{other:?}"),
        };
        let said = match (&record.answer, &record.error) {
            (Some(answer), _) => serde_json::to_string(answer).unwrap_or_default(),
            (None, Some(error)) => error.clone(),
            (None, None) => String::new(),
        };
        Self {
            key,
            status: record.status,
            said: said.chars().take(LETTERS_MAX).collect(),
            latency: record.latency_ms.map(|latency| latency.0),
        }
    }
}
