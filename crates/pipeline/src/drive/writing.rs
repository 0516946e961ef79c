//! The sink thread: one for all sinks of a run.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use creel_core::port::SinkError;
use creel_core::resilience::{Again, Course, Retry, Trouble};
use creel_core::{BoxError, Sink};

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

/// Writes each record whose turn it is to every sink, until there are no more, and makes them durable: in between as
/// often as is said, and at the end.
pub(crate) fn write_all<F, A, R>(
    run: &Run<F, A, R>,
    mut outlets: Vec<Outlet<R>>,
    flush_interval: Option<Duration>,
    retry: Retry,
) {
    let context = run.write_stop.context();
    // When the oldest record that is not durable has to be.
    let mut due: Option<Instant> = None;
    loop {
        if due.is_some_and(|due| due <= Instant::now()) {
            due = None;
            flush(run, &mut outlets, retry);
        }
        match run.next_to_write(due) {
            Turn::Record(place, record) => {
                let written = write(&mut outlets, |outlet| {
                    run.persist(retry, outlet, |sink| sink.write(&record, &context))
                });
                match written {
                    Written::Kept => run.written(place),
                    Written::Rejected => run.rejected(place),
                    Written::Broke(failure) => run.sink_broke(place, failure),
                }
                due = due.or_else(|| Instant::now().checked_add(flush_interval?));
            }
            Turn::Flush => {}
            Turn::Finished => break,
        }
    }
    flush(run, &mut outlets, retry);
    run.sinks_ended();
    if let Err(panicked) = Panicked::catch(|| drop(outlets)) {
        tracing::error!(%panicked, "a sink could not be dropped");
    }
}

/// Makes what every sink has durable; one that cannot ends the run.
fn flush<F, A, R>(run: &Run<F, A, R>, outlets: &mut [Outlet<R>], retry: Retry) {
    let mut all = true;
    for outlet in outlets {
        if let Err(error) = run.persist(retry, outlet, |sink| sink.flush()) {
            run.fail(outlet.failure(error));
            all = false;
        }
    }
    if all {
        run.flushed();
    }
}

/// What the sink thread does next.
enum Turn<R> {
    Record(Place, R),
    /// What was written is due to be made durable.
    Flush,
    Finished,
}

/// What became of a record, over all sinks.
enum Written {
    Kept,
    Rejected,
    Broke(RunFailure),
}

/// Writes a record to every sink, also behind one that rejects it.
fn write<R>(
    outlets: &mut [Outlet<R>],
    mut write_to: impl FnMut(&mut Outlet<R>) -> Result<(), SinkError>,
) -> Written {
    let mut written = Written::Kept;
    for outlet in outlets {
        match write_to(outlet) {
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
    /// Takes a step with a sink, and takes it again after a pause where that may help.
    fn persist(
        &self,
        retry: Retry,
        outlet: &mut Outlet<R>,
        mut step: impl FnMut(&mut dyn Sink<R>) -> Result<(), SinkError>,
    ) -> Result<(), SinkError> {
        let mut course = Course::begin(retry, Instant::now());
        loop {
            let error = match outlet.attempt(&mut step) {
                Err(error) if error.is_transient() && !self.write_stop.is_raised() => error,
                outcome => return outcome,
            };
            let now = Instant::now();
            let (again, next) = course.failed(Trouble::from(&error), now, fastrand::u64(..));
            let Again::At(when) = again else {
                return Err(error);
            };
            course = next;
            let name = &*outlet.name;
            tracing::info!(
                name,
                error = &error as &dyn std::error::Error,
                "writing again"
            );
            self.pause(when - now, &self.write_stop);
            if self.write_stop.is_raised() {
                return Err(error);
            }
            self.lock().sink_retries += 1;
        }
    }

    /// Blocks for the record whose turn it is, but not beyond that time.
    fn next_to_write(&self, due: Option<Instant>) -> Turn<R> {
        let mut state = self.lock();
        loop {
            match state.flow.write() {
                Write::Record(place, record) => {
                    state.taken(place, Instant::now());
                    return Turn::Record(place, record);
                }
                Write::Finished => return Turn::Finished,
                Write::Wait => {}
            }
            state = match due.map(|due| due.saturating_duration_since(Instant::now())) {
                None => wait(&self.ready, state),
                Some(Duration::ZERO) => return Turn::Flush,
                Some(left) => {
                    let waited = self.ready.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn written(&self, place: Place) {
        let mut state = self.lock();
        state.flow.written(place);
        let life = state.put_down(place, Instant::now());
        drop(state);
        self.work.notify_one();
        self.room.notify_one();
        self.tell_written(life, None);
    }

    fn flushed(&self) {
        self.lock().flow.flushed();
        self.shelf.notify_one();
    }

    fn sinks_ended(&self) {
        self.lock().flow.sinks_ended();
        self.shelf.notify_one();
    }

    fn rejected(&self, place: Place) {
        let reason = DropReason::SinkRejected;
        let mut state = self.lock();
        let is_over = state.flow.unwritten(place, reason);
        let life = state.put_down(place, Instant::now());
        drop(state);
        self.work.notify_one();
        self.room.notify_one();
        self.tell_written(life.filter(|_| is_over), Some(reason));
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
        let is_over = state.flow.unwritten(place, reason);
        let life = state.put_down(place, Instant::now());
        drop(state);
        self.give_up(reason);
        self.tell_written(life.filter(|_| is_over), Some(reason));
    }
}
