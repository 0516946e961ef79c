//! The capture thread: one for each source.

use std::sync::Arc;
use std::time::{Duration, Instant};

use creel_core::Source;
use creel_core::port::SourceError;

use super::run::{Captured, Run, quietly, wait};
use crate::error::RunFailure;
use crate::failure::{Failure, Panicked};
use crate::flow::{Capture, Notice, Unreadable};
use crate::outcome::Passage;
use crate::reconnect::Reconnect;

/// A source, and what is done with it.
pub(crate) struct Mouth<F> {
    pub(crate) name: Arc<str>,
    pub(crate) source: Box<dyn Source<Item = F>>,
    pub(crate) weigh: Arc<Weigh<F>>,
    pub(crate) reconnect: Reconnect,
}

pub(crate) type Weigh<F> = dyn Fn(&F) -> u64 + Send + Sync;

impl<F: Send> Mouth<F> {
    /// Hands everything on until the source ends, or capture is to stop.
    pub(crate) fn run<A, R>(self, run: &Run<F, A, R>) {
        let name = Arc::clone(&self.name);
        let failure = match Panicked::catch(|| self.capture(run)) {
            Ok(failure) => failure,
            Err(source) => Some(RunFailure::Panicked {
                place: format!("source {name}"),
                source,
            }),
        };
        run.source_ended(failure);
    }

    fn capture<A, R>(mut self, run: &Run<F, A, R>) -> Option<RunFailure> {
        let context = run.capture_stop.context();
        let mut attempts = 0;
        while !run.capture_stop.is_raised() {
            match self.source.next(&context) {
                Ok(Some(item)) => {
                    attempts = 0;
                    let bytes = (self.weigh)(&item);
                    let captured = Captured {
                        item,
                        source: Arc::clone(&self.name),
                        at: Instant::now(),
                    };
                    run.capture(captured, bytes);
                }
                Ok(None) => break,
                Err(error @ SourceError::Item(_)) => {
                    attempts = 0;
                    run.unreadable(&self.name, &Failure::Unreadable(error));
                }
                Err(source @ SourceError::Disconnected(_)) => {
                    run.disconnected();
                    if attempts == self.reconnect.attempts {
                        return Some(RunFailure::Disconnected {
                            name: self.name.to_string(),
                            attempts,
                            source,
                        });
                    }
                    attempts += 1;
                    tracing::warn!(name = &*self.name, attempts, %source, "reconnecting");
                    run.pause(self.reconnect.pause(attempts), &run.capture_stop);
                }
                Err(source) => {
                    return Some(RunFailure::Source {
                        name: self.name.to_string(),
                        source,
                    });
                }
            }
        }
        None
    }
}

impl<F, A, R> Run<F, A, R> {
    /// Hands an item on; blocks for room if the policy says so.
    fn capture(&self, mut captured: Captured<F>, bytes: u64) {
        let _entrance = self.enter();
        let mut state = self.lock();
        let dropped = loop {
            match state.flow.captured(captured, bytes) {
                Capture::Buffer { dropped } => break dropped,
                Capture::Drop(dropped) => break vec![dropped],
                Capture::Wait(back) => {
                    captured = back;
                    state = wait(&self.room, state);
                }
            }
        };
        drop(state);
        self.work.notify_one();
        self.note(dropped);
    }

    /// Counts an item that its source could not read; blocks for room if the policy says so.
    fn unreadable(&self, source: &Arc<str>, failure: &Failure) {
        let _entrance = self.enter();
        let mut state = self.lock();
        let (place, notice) = loop {
            match state.flow.unreadable() {
                Unreadable::Count { place, notice } => break (place, notice),
                Unreadable::Wait => state = wait(&self.room, state),
            }
        };
        drop(state);
        if notice == Notice::Omit {
            return;
        }
        let passage = Passage {
            place,
            source: Arc::clone(source),
            latency: Duration::ZERO,
            service_time: None,
        };
        let record = self
            .recorder
            .record_unreadable
            .as_ref()
            .and_then(|record| quietly(place, || record(failure, &passage)));
        self.noted(place, record);
    }

    fn disconnected(&self) {
        self.lock().disconnections += 1;
    }

    /// A source has ended, by itself or for a reason that ends the run; the others then end too.
    fn source_ended(&self, failure: Option<RunFailure>) {
        if failure.is_some() {
            self.capture_stop.raise();
        }
        let mut state = self.lock();
        state.flow.source_ended();
        if let Some(failure) = failure {
            state.fail(failure);
        }
        drop(state);
        self.wake_all();
    }
}
