//! What a sink that the run goes on without is given, one after the other, and how it is opened again.

use std::error::Error;
use std::mem;
use std::sync::Arc;

use creel_core::port::{Context, SinkError};
use creel_core::{BoxError, Sink};

use crate::drive::run::Run;
use crate::drive::writing::{Outlet, discard};
use crate::failure::Panicked;
use crate::sinks::{Fate, SinkState, Tally};

/// A sink that the run goes on without.
///
/// ```text
///   Working ◀── a write succeeds ──┬── Faltering ◀── no room, nobody there
///      │                           │
///      └── it cannot go on ──▶ Down ── no way to open it, or the run is at its end ──▶ Failed
///                              ▲  │
///                              └──┘ opened again after a pause
/// ```
pub(super) struct Track<'a, F, A, R> {
    run: &'a Run<F, A, R>,
    pub(super) outlet: Outlet<R>,
    context: Context,
    is_faltering: bool,
    /// How often it could not go on since it took a record.
    failures: u32,
    /// Whether another failure is the last: the run is at its end.
    is_last: bool,
    /// Records that it took since they were made durable.
    unflushed: u64,
}

/// In place of a sink while there is none.
struct Closed;

impl<R> Sink<R> for Closed {
    fn write(&mut self, _: &R, _: &Context) -> Result<(), SinkError> {
        Err(SinkError::Failed(BoxError::from("it is not open")))
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

impl<'a, F, A, R> Track<'a, F, A, R> {
    pub(super) fn new(run: &'a Run<F, A, R>, outlet: Outlet<R>) -> Self {
        Self {
            run,
            outlet,
            context: run.siding_stop.context(),
            is_faltering: false,
            failures: 0,
            is_last: false,
            unflushed: 0,
        }
    }

    /// Gives it a record, once more if it had to be opened again; whether it goes on.
    pub(super) fn write(&mut self, record: &Arc<R>) -> bool {
        if self.run.siding_stop.is_raised() {
            self.miss(record, Fate::Dropped);
            return true;
        }
        let mut is_second = false;
        loop {
            let Self {
                run,
                outlet,
                context,
                ..
            } = self;
            let outcome = run.persist(outlet, &run.siding_stop, |sink| sink.write(record, context));
            let fate = match &outcome {
                Ok(()) => {
                    self.outlet.tally.count(Fate::Written);
                    self.unflushed += 1;
                    self.failures = 0;
                    self.well();
                    return true;
                }
                Err(SinkError::Rejected(_)) => Fate::Rejected,
                Err(_) => Fate::Dropped,
            };
            let is_final = is_final(&outcome);
            let goes_on = self.note(outcome);
            if is_final && goes_on && !mem::replace(&mut is_second, true) {
                continue;
            }
            self.miss(record, fate);
            return goes_on;
        }
    }

    /// Makes durable what it has; whether it goes on.
    pub(super) fn flush(&mut self) -> bool {
        let run = self.run;
        let outcome = run.persist(&mut self.outlet, &run.siding_stop, |sink| sink.flush());
        if outcome.is_ok() {
            self.unflushed = 0;
            // One that was opened again has shown nothing by this alone.
            if self.failures == 0 {
                self.well();
            }
            return true;
        }
        if is_final(&outcome) {
            self.outlet
                .tally
                .count_unsafe(mem::take(&mut self.unflushed));
        }
        self.note(outcome)
    }

    /// Drops it; gives what is kept of it.
    pub(super) fn end(mut self) -> Arc<Tally> {
        self.close();
        let tally = self.outlet.tally;
        if tally.state() == SinkState::Down {
            tally.turn(SinkState::Failed);
        }
        tally
    }

    /// Drops the sink; what it cannot make durable any more counts as perhaps lost.
    fn close(&mut self) {
        let mut sink = mem::replace(&mut self.outlet.sink, Box::new(Closed));
        let unflushed = mem::take(&mut self.unflushed);
        if unflushed > 0 && !matches!(Panicked::catch(|| sink.flush()), Ok(Ok(()))) {
            self.outlet.tally.count_unsafe(unflushed);
        }
        discard(sink);
    }

    fn miss(&self, record: &Arc<R>, fate: Fate) {
        self.run.miss(&self.outlet.tally, record, fate);
    }

    fn well(&mut self) {
        let was = self.outlet.tally.turn(SinkState::Working);
        if mem::take(&mut self.is_faltering) || was == SinkState::Down {
            let name = &**self.outlet.tally.name();
            tracing::info!(name, "the sink takes records again");
        }
    }

    /// Notes how it is after an error; whether it goes on.
    fn note(&mut self, outcome: Result<(), SinkError>) -> bool {
        let Err(error) = outcome else {
            return true;
        };
        let tally = Arc::clone(&self.outlet.tally);
        let name = &**tally.name();
        let told: &dyn Error = &error;
        if matches!(error, SinkError::Rejected(_)) {
            tracing::warn!(name, error = told, "record rejected");
            true
        } else if error.is_transient() {
            tally.turn(SinkState::Faltering);
            if !mem::replace(&mut self.is_faltering, true) {
                let what = "the sink takes no records: they are dropped until it does";
                tracing::warn!(name, error = told, "{what}");
            }
            true
        } else {
            let is_reopened = self.outlet.reopen.is_some() && !self.is_last;
            if !is_reopened {
                let what = "the sink cannot go on: the run does without it";
                tracing::error!(name, error = told, "{what}");
            } else if self.failures == 0 {
                let what = "the sink cannot go on: it is opened again, and the run does without it meanwhile";
                tracing::error!(name, error = told, "{what}");
            }
            let goes_on = self.reopen();
            if !goes_on {
                tally.turn(SinkState::Failed);
            }
            goes_on
        }
    }

    /// Opens it again, after pauses that grow; whether it is open.
    fn reopen(&mut self) -> bool {
        let run = self.run;
        self.outlet.tally.turn(SinkState::Down);
        self.close();
        let Some((open, backoff)) = &mut self.outlet.reopen else {
            return false;
        };
        while !self.is_last {
            self.failures = self.failures.saturating_add(1);
            let pause = backoff.pause(self.failures, fastrand::u64(..));
            run.pause(pause, &run.siding_end);
            self.is_last = run.siding_end.is_raised();
            if run.siding_stop.is_raised() {
                return false;
            }
            let opened = Panicked::catch(&mut *open);
            match opened.unwrap_or_else(|panicked| Err(panicked.into())) {
                Ok(sink) => {
                    self.outlet.sink = sink;
                    return true;
                }
                Err(error) => {
                    let name = &**self.outlet.tally.name();
                    tracing::info!(name, error = &*error as &dyn Error, "it cannot be opened");
                }
            }
        }
        false
    }
}

/// Whether the sink cannot go on after this.
fn is_final(outcome: &Result<(), SinkError>) -> bool {
    let goes_on =
        |error: &SinkError| error.is_transient() || matches!(error, SinkError::Rejected(_));
    outcome.as_ref().is_err_and(|error| !goes_on(error))
}
