//! The sink thread: one for all sinks of a run.

use std::sync::Arc;

use creel_core::port::SinkError;
use creel_core::{BoxError, Context, Sink};

use super::run::{Run, wait};
use crate::error::RunFailure;
use crate::failure::Panicked;
use crate::flow::{DropReason, Place, Write};
use crate::summary::Stopping;

/// A sink and its name.
pub(crate) struct Outlet<R> {
    pub(crate) name: Arc<str>,
    pub(crate) sink: Box<dyn Sink<R> + Send>,
}

impl<R> Outlet<R> {
    fn attempt(
        &mut self,
        step: impl FnOnce(&mut dyn Sink<R>) -> Result<(), SinkError>,
    ) -> Result<(), SinkError> {
        Panicked::catch(|| step(&mut *self.sink))
            .unwrap_or_else(|panicked| Err(SinkError::Failed(BoxError::from(panicked))))
    }

    fn failure(&self, source: SinkError) -> RunFailure {
        RunFailure::Sink {
            name: self.name.to_string(),
            source,
        }
    }
}

/// Writes each record whose turn it is to every sink, until there are no more, and makes them durable.
pub(crate) fn write_all<F, A, R>(run: &Run<F, A, R>, mut outlets: Vec<Outlet<R>>) {
    let context = run.write_stop.context();
    while let Some((place, record)) = run.next_to_write() {
        match write(&mut outlets, &record, &context) {
            Written::Kept => run.written(place),
            Written::Rejected => run.rejected(place),
            Written::Broke(failure) => run.sink_broke(place, failure),
        }
    }
    for outlet in &mut outlets {
        if let Err(error) = outlet.attempt(|sink| sink.flush()) {
            run.fail(outlet.failure(error));
        }
    }
    if let Err(panicked) = Panicked::catch(|| drop(outlets)) {
        tracing::error!(%panicked, "a sink could not be dropped");
    }
}

/// What became of a record, over all sinks.
enum Written {
    Kept,
    Rejected,
    Broke(RunFailure),
}

/// Writes a record to every sink, also behind one that rejects it.
fn write<R>(outlets: &mut [Outlet<R>], record: &R, context: &Context) -> Written {
    let mut written = Written::Kept;
    for outlet in outlets {
        match outlet.attempt(|sink| sink.write(record, context)) {
            Ok(()) => {}
            Err(error @ SinkError::Rejected(_)) => {
                let name = &*outlet.name;
                tracing::warn!(
                    name,
                    error = &error as &dyn std::error::Error,
                    "record rejected"
                );
                written = Written::Rejected;
            }
            Err(error) => return Written::Broke(outlet.failure(error)),
        }
    }
    written
}

impl<F, A, R> Run<F, A, R> {
    /// Blocks for the record whose turn it is; `None` when there is none, ever again.
    fn next_to_write(&self) -> Option<(Place, R)> {
        let mut state = self.lock();
        loop {
            match state.flow.write() {
                Write::Record(place, record) => return Some((place, record)),
                Write::Finished => return None,
                Write::Wait => state = wait(&self.ready, state),
            }
        }
    }

    fn written(&self, place: Place) {
        self.lock().flow.written(place);
        self.work.notify_one();
        self.room.notify_one();
    }

    fn rejected(&self, place: Place) {
        self.lock().flow.unwritten(place, DropReason::SinkRejected);
        self.work.notify_one();
        self.room.notify_one();
    }

    /// A sink broke; the record that it had in hand is lost, and the run ends.
    fn sink_broke(&self, place: Place, failure: RunFailure) {
        let mut state = self.lock();
        let reason = if state.stopping == Stopping::AtOnce {
            // It was told to stop, and did.
            DropReason::Interrupted
        } else {
            state.fail(failure);
            DropReason::SinkFailed
        };
        state.flow.unwritten(place, reason);
        drop(state);
        self.give_up(reason);
    }
}
