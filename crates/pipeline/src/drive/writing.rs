//! The sink thread: one for all sinks that a run waits for.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use creel_core::port::SinkError;
use creel_core::resilience::{Again, Backoff, Course, Retry, Trouble};
use creel_core::{BoxError, Sink};
use creel_runtime::StopSignal;

use super::run::{Run, wait};
use super::siding::Siding;
use crate::error::RunFailure;
use crate::failure::Panicked;
use crate::flow::{DropReason, Place, Write};
use crate::sinks::{Fate, Reopen, SinkState, Tally};
use crate::summary::Stopping;

/// A sink, and what is kept of it.
pub(crate) struct Outlet<R> {
    pub(crate) sink: Box<dyn Sink<R> + Send>,
    pub(crate) retry: Retry,
    pub(crate) tally: Arc<Tally>,
    /// How it is opened again, where that is known, and after which pauses.
    pub(crate) reopen: Option<(Box<Reopen<R>>, Backoff)>,
}

/// Where records go: sinks that the run waits for, and ways to those that it goes on without.
pub(crate) struct Outlets<R> {
    pub(crate) required: Vec<Outlet<R>>,
    pub(crate) sidings: Vec<Siding<R>>,
}

/// When records are made durable, beside at the end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flushing {
    AtEnd,
    Every(Duration),
    /// Never: a record that was written is taken for durable.
    Written,
}

impl Flushing {
    pub(crate) fn interval(self) -> Option<Duration> {
        match self {
            Self::Every(interval) => Some(interval),
            Self::AtEnd | Self::Written => None,
        }
    }
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
            name: self.tally.name().to_string(),
            source,
        }
    }
}

/// Writes each record whose turn it is to every sink, until there are no more, and makes them durable: in between as
/// often as is said, and at the end.
pub(crate) fn write_all<F, A, R>(run: &Run<F, A, R>, outlets: Outlets<R>, flushing: Flushing) {
    let Outlets {
        required: mut outlets,
        sidings,
    } = outlets;
    let context = run.write_stop.context();
    // When the oldest record that is not durable has to be.
    let mut due: Option<Instant> = None;
    loop {
        if due.is_some_and(|due| due <= Instant::now()) {
            due = None;
            flush(run, &mut outlets);
        }
        match run.next_to_write(due) {
            Turn::Record(place, record) => {
                let record = Arc::new(record);
                for siding in &sidings {
                    siding.offer(run, &record);
                }
                let written = write(&mut outlets, |outlet| {
                    run.persist(outlet, &run.write_stop, |sink| {
                        sink.write(&record, &context)
                    })
                });
                match written {
                    Written::Kept => {
                        run.written(place);
                        if matches!(flushing, Flushing::Written) {
                            run.flushed();
                        }
                    }
                    Written::Rejected => run.rejected(place),
                    Written::Broke(failure) => run.sink_broke(place, failure),
                }
                due = due.or_else(|| Instant::now().checked_add(flushing.interval()?));
            }
            Turn::Flush => {}
            Turn::Finished => break,
        }
    }
    flush(run, &mut outlets);
    run.sinks_ended();
    outlets.into_iter().for_each(|outlet| discard(outlet.sink));
    run.leave_sidings(sidings);
}

/// Drops a sink, which is foreign code.
pub(super) fn discard<R>(sink: Box<dyn Sink<R> + Send>) {
    if let Err(panicked) = Panicked::catch(|| drop(sink)) {
        tracing::error!(%panicked, "a sink could not be dropped");
    }
}

/// Makes what every sink has durable; one that cannot ends the run.
fn flush<F, A, R>(run: &Run<F, A, R>, outlets: &mut [Outlet<R>]) {
    let mut all = true;
    for outlet in outlets {
        if let Err(error) = run.persist(outlet, &run.write_stop, |sink| sink.flush()) {
            outlet.tally.turn(SinkState::Failed);
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
        outlet.tally.count(Fate::Given);
        match write_to(outlet) {
            Ok(()) => outlet.tally.count(Fate::Written),
            Err(error @ SinkError::Rejected(_)) => {
                outlet.tally.count(Fate::Rejected);
                let name = &**outlet.tally.name();
                tracing::warn!(
                    name,
                    error = &error as &dyn std::error::Error,
                    "record rejected"
                );
                written = Written::Rejected;
            }
            Err(error) => {
                outlet.tally.count(Fate::Dropped);
                outlet.tally.turn(SinkState::Failed);
                return Written::Broke(outlet.failure(error));
            }
        }
    }
    written
}

impl<F, A, R> Run<F, A, R> {
    /// Takes a step with a sink, and takes it again after a pause where that may help; keeps account of the time.
    pub(super) fn persist(
        &self,
        outlet: &mut Outlet<R>,
        stop: &StopSignal,
        step: impl FnMut(&mut dyn Sink<R>) -> Result<(), SinkError>,
    ) -> Result<(), SinkError> {
        let begun = Instant::now();
        outlet.tally.begin(begun);
        let outcome = self.persist_since(begun, outlet, stop, step);
        outlet.tally.finish(Instant::now());
        outcome
    }

    fn persist_since(
        &self,
        begun: Instant,
        outlet: &mut Outlet<R>,
        stop: &StopSignal,
        mut step: impl FnMut(&mut dyn Sink<R>) -> Result<(), SinkError>,
    ) -> Result<(), SinkError> {
        let mut course = Course::begin(outlet.retry, begun);
        let mut was = None;
        loop {
            let outcome = outlet.attempt(&mut step);
            if let Err(error) = &outcome {
                outlet.tally.refused(error, Instant::now());
            }
            let error = match outcome {
                Err(error) if error.is_transient() && !stop.is_raised() => error,
                outcome => {
                    if let (Some(was), Ok(())) = (was, &outcome) {
                        outlet.tally.turn(was);
                    }
                    return outcome;
                }
            };
            let now = Instant::now();
            let (again, next) = course.failed(Trouble::from(&error), now, fastrand::u64(..));
            let Again::At(when) = again else {
                return Err(error);
            };
            course = next;
            let name = &**outlet.tally.name();
            tracing::info!(
                name,
                error = &error as &dyn std::error::Error,
                "writing again"
            );
            let before = outlet.tally.turn(SinkState::Faltering);
            was.get_or_insert(before);
            self.pause(when - now, stop);
            if stop.is_raised() {
                return Err(error);
            }
            outlet.tally.count(Fate::GivenAgain);
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
