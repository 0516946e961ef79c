//! What became of the requests for inference.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What became of the requests for inference so far.
///
/// Once nothing is in flight, `received` is the sum of those below it, `identified` and `rows` aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests that came in.
    pub received: u64,
    /// Requests that were answered with outputs.
    pub answered: u64,
    /// Requests that were at fault themselves (4xx).
    pub rejected: u64,
    /// Requests that were told to come again later (503).
    pub refused: u64,
    /// Requests whose model failed (other 5xx).
    pub failed: u64,
    /// Requests whose client went away before the answer.
    pub abandoned: u64,
    /// Requests that carried an id.
    pub identified: u64,
    /// Rows that models were asked about; a request to a model that does not answer in rows has one.
    pub rows: u64,
}

/// The counters behind [`Stats`].
#[derive(Default)]
pub(crate) struct Counters {
    received: AtomicU64,
    answered: AtomicU64,
    rejected: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    abandoned: AtomicU64,
    identified: AtomicU64,
    rows: AtomicU64,
}

// Each counter is a number of its own that orders nothing else.
fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counters {
    pub(crate) fn receive(self: &Arc<Self>) -> Visit {
        count(&self.received);
        Visit {
            counters: Some(Arc::clone(self)),
        }
    }

    pub(crate) fn identify(&self) {
        count(&self.identified);
    }

    pub(crate) fn ask_about(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            received: read(&self.received),
            answered: read(&self.answered),
            rejected: read(&self.rejected),
            refused: read(&self.refused),
            failed: read(&self.failed),
            abandoned: read(&self.abandoned),
            identified: read(&self.identified),
            rows: read(&self.rows),
        }
    }
}

/// A request that came in and has not ended; dropping it means that its client went away.
pub(crate) struct Visit {
    /// There until the visit has ended.
    counters: Option<Arc<Counters>>,
}

impl Visit {
    pub(crate) fn end(mut self, status: u16) {
        if let Some(counters) = self.counters.take() {
            count(match status {
                503 => &counters.refused,
                500.. => &counters.failed,
                400.. => &counters.rejected,
                _ => &counters.answered,
            });
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if let Some(counters) = &self.counters {
            count(&counters.abandoned);
        }
    }
}
