//! The capture thread: one for each source.

use std::sync::Arc;
use std::time::{Duration, Instant};

use creel_core::Source;
use creel_core::port::SourceError;

use super::run::{Captured, Run, State, Watched, quietly, wait};
use crate::error::RunFailure;
use crate::failure::{Failure, Panicked, chain};
use crate::flow::{Capture, Notice, Unreadable};
use crate::life::Life;
use crate::outcome::Passage;
use crate::reconnect::Reconnect;

/// A source, and what is done with it.
pub(crate) struct Mouth<F> {
    /// Its number among the sources of the run.
    pub(crate) number: usize,
    pub(crate) name: Arc<str>,
    pub(crate) source: Box<dyn Source<Item = F>>,
    pub(crate) weigh: Arc<Measure<F>>,
    pub(crate) lost: Arc<Measure<F>>,
    pub(crate) numbered: Arc<Numbered<F>>,
    pub(crate) reconnect: Reconnect,
}

/// A figure that is read off an item.
pub(crate) type Measure<F> = dyn Fn(&F) -> u64 + Send + Sync;

/// What an item is told from others of its source by, if it is said.
pub(crate) type Numbered<F> = dyn Fn(&F) -> Option<u64> + Send + Sync;

impl<F: Send> Mouth<F> {
    /// Hands everything on until the source ends, or capture is to stop.
    pub(crate) fn run<A, R>(self, run: &Run<F, A, R>) {
        let (number, name) = (self.number, Arc::clone(&self.name));
        let failure = match Panicked::catch(|| self.capture(run)) {
            Ok(failure) => failure,
            Err(source) => Some(RunFailure::Panicked {
                place: format!("source {name}"),
                source,
            }),
        };
        run.source_ended(number, failure);
    }

    fn capture<A, R>(mut self, run: &Run<F, A, R>) -> Option<RunFailure> {
        let context = run.capture_stop.context();
        let mut attempts = 0;
        let mut attempts_max = self.reconnect.attempts_at_first;
        run.asked(self.number);
        while !run.capture_stop.is_raised() {
            match self.source.next(&context) {
                Ok(Some(item)) => {
                    attempts = 0;
                    attempts_max = self.reconnect.attempts;
                    let (bytes, lost) = ((self.weigh)(&item), (self.lost)(&item));
                    let captured = Captured {
                        number: (self.numbered)(&item),
                        item,
                        source: Arc::clone(&self.name),
                        at: Instant::now(),
                    };
                    run.capture(self.number, captured, bytes, lost);
                }
                Ok(None) => break,
                Err(error @ SourceError::Item(_)) => {
                    attempts = 0;
                    run.unreadable(self.number, &self.name, &Failure::Unreadable(error));
                }
                Err(source @ SourceError::Disconnected(_)) => {
                    run.disconnected(self.number, attempts);
                    if attempts == attempts_max {
                        return Some(RunFailure::Disconnected {
                            name: self.name.to_string(),
                            attempts,
                            source,
                        });
                    }
                    attempts += 1;
                    let error: &dyn std::error::Error = &source;
                    tracing::warn!(name = &*self.name, attempts, error, "reconnecting");
                    let pause = self.reconnect.pause(attempts);
                    // Not all at once where many cameras hang on one switch.
                    let pause = pause / 2 + (pause / 2).mul_f64(fastrand::f64());
                    run.pause(pause, &run.capture_stop);
                    run.asked(self.number);
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
    fn capture(&self, source: usize, mut captured: Captured<F>, bytes: u64, lost: u64) {
        let entrance = self.enter();
        let mut state = self.lock();
        state.watch(source, |watched| {
            if let Some(gap) = watched.pulse.gave(captured.at) {
                watched.gaps.record(gap);
            }
            watched.lost += lost;
        });
        let dropped = loop {
            match state.flow.captured(source, captured, bytes) {
                Capture::Buffer { dropped } => break dropped,
                Capture::Drop(dropped) => break vec![dropped],
                Capture::Wait(back) => {
                    captured = back;
                    state.watch(source, |watched| watched.hold(Instant::now()));
                    state = wait(&self.room, state);
                }
            }
        };
        state.watch(source, |watched| watched.release(Instant::now()));
        state.mark();
        drop(state);
        drop(entrance);
        self.work.notify_one();
        self.shelf.notify_one();
        self.note(dropped);
    }

    fn asked(&self, source: usize) {
        self.lock()
            .watch(source, |watched| watched.pulse.asked(Instant::now()));
    }

    /// Counts an item that its source could not read; blocks for room if the policy says so.
    fn unreadable(&self, source: usize, name: &Arc<str>, failure: &Failure) {
        let entrance = self.enter();
        let mut state = self.lock();
        let (place, notice) = loop {
            match state.flow.unreadable(source) {
                Unreadable::Count { place, notice } => break (place, notice),
                Unreadable::Wait => state = wait(&self.room, state),
            }
        };
        state.mark();
        drop(state);
        drop(entrance);
        let life = Life::captured(Arc::clone(name), place, Instant::now());
        if notice == Notice::Omit {
            return self.tell(&life);
        }
        let passage = Passage {
            place,
            source: Arc::clone(name),
            latency: Duration::ZERO,
            service_time: None,
        };
        let record = self
            .recorder
            .record_unreadable
            .as_ref()
            .and_then(|record| quietly(place, || record(failure, &passage)));
        self.noted(place, record);
        self.tell(&life);
    }

    fn disconnected(&self, source: usize, attempts: u32) {
        self.lock().watch(source, |watched| {
            watched.disconnections += 1;
            watched.pulse.disconnected(Instant::now(), attempts);
        });
    }

    /// A source has ended, by itself or for a reason that the run tells at its end; the others go on.
    fn source_ended(&self, source: usize, failure: Option<RunFailure>) {
        let mut state = self.lock();
        let name = state
            .sources
            .get(source)
            .map(|watched| Arc::clone(&watched.name));
        state.flow.source_ended();
        state.mark();
        let why = failure.as_ref().map(|failure| chain(failure));
        let failed = failure.is_some();
        state.watch(source, |watched| watched.pulse.ended(failed));
        if let Some(failure) = failure {
            state.fail(failure);
        }
        drop(state);
        self.wake_all();
        let name = name.as_deref();
        match why {
            Some(why) => tracing::error!(name, why, "a source is gone"),
            None => tracing::info!(name, "a source has ended"),
        }
    }
}

impl<F, R> State<F, R> {
    fn watch(&mut self, source: usize, see: impl FnOnce(&mut Watched)) {
        if let Some(watched) = self.sources.get_mut(source) {
            see(watched);
        }
    }
}
