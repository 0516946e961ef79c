//! A sink that the run goes on without: a thread and a queue of its own, so that nothing waits for it.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use creel_core::port::SinkError;

use super::run::Run;
use super::writing::{Outlet, discard};
use crate::sinks::{Fate, SinkState, Tally};

/// How long a run waits at its end for sinks that it goes on without.
const GRACE: Duration = Duration::from_secs(5);
/// How long it waits then for those that were told to stop.
const LAST_GRACE: Duration = Duration::from_secs(1);

/// The way to a sink that the run goes on without.
pub(crate) struct Siding<R> {
    pub(crate) queue: SyncSender<Arc<R>>,
    pub(crate) tally: Arc<Tally>,
}

impl<R> Siding<R> {
    /// Hands on a record, or drops it; never blocks.
    pub(crate) fn offer(&self, record: &Arc<R>) {
        self.tally.count(Fate::Given);
        match self.queue.try_send(Arc::clone(record)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                self.tally.count(Fate::Dropped);
                self.tally.turn(SinkState::Faltering);
                let dropped = self.tally.summary().dropped;
                // Said ever more seldom: it may be so for each record.
                if dropped.is_power_of_two() {
                    let name = &**self.tally.name();
                    tracing::warn!(name, dropped, "the sink is too slow for what comes");
                }
            }
            Err(TrySendError::Disconnected(_)) => self.tally.count(Fate::Dropped),
        }
    }
}

/// Gives the sink what stands in its queue, until there is no more or it cannot go on.
pub(crate) fn serve<F, A, R>(
    run: &Run<F, A, R>,
    mut outlet: Outlet<R>,
    queue: Receiver<Arc<R>>,
    flush_interval: Option<Duration>,
) {
    let context = run.siding_stop.context();
    // When the oldest record that is not durable has to be.
    let mut due: Option<Instant> = None;
    let mut is_open = true;
    let mut is_faltering = false;
    while is_open {
        // First, since something may always be waiting.
        if due.is_some_and(|due| due <= Instant::now()) {
            due = None;
            let outcome = run.persist(&mut outlet, &run.siding_stop, |sink| sink.flush());
            is_open = outlet.note(outcome, &mut is_faltering);
            continue;
        }
        let next = match due {
            None => queue.recv().map_err(RecvTimeoutError::from),
            Some(due) => queue.recv_timeout(due.saturating_duration_since(Instant::now())),
        };
        let outcome = match next {
            Ok(_) if run.siding_stop.is_raised() => {
                outlet.tally.count(Fate::Dropped);
                continue;
            }
            Ok(record) => {
                let outcome = run.persist(&mut outlet, &run.siding_stop, |sink| {
                    sink.write(&record, &context)
                });
                outlet.tally.count(match &outcome {
                    Ok(()) => Fate::Written,
                    Err(SinkError::Rejected(_)) => Fate::Rejected,
                    Err(_) => Fate::Dropped,
                });
                due = due.or_else(|| Instant::now().checked_add(flush_interval?));
                outcome
            }
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => {
                is_open = false;
                run.persist(&mut outlet, &run.siding_stop, |sink| sink.flush())
            }
        };
        is_open &= outlet.note(outcome, &mut is_faltering);
    }
    // From here on the writer finds nobody, and drops; what it had handed over already is dropped here.
    let left = std::iter::from_fn(|| queue.try_recv().ok());
    left.for_each(|_| outlet.tally.count(Fate::Dropped));
    drop(queue);
    let tally = Arc::clone(&outlet.tally);
    discard(outlet);
    run.siding_ended(&tally);
}

impl<R> Outlet<R> {
    /// Notes how a sink is that the run goes on without; whether it goes on.
    fn note(&self, outcome: Result<(), SinkError>, is_faltering: &mut bool) -> bool {
        let name = &**self.tally.name();
        match outcome {
            Ok(()) => {
                self.tally.turn(SinkState::Working);
                if std::mem::take(is_faltering) {
                    tracing::info!(name, "the sink takes records again");
                }
                true
            }
            Err(error @ SinkError::Rejected(_)) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(name, error, "record rejected");
                true
            }
            Err(error) if error.is_transient() => {
                self.tally.turn(SinkState::Faltering);
                if !std::mem::replace(is_faltering, true) {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(
                        name,
                        error,
                        "the sink takes no records: they are dropped until it does"
                    );
                }
                true
            }
            Err(error) => {
                self.tally.turn(SinkState::Failed);
                let error: &dyn std::error::Error = &error;
                tracing::error!(
                    name,
                    error,
                    "the sink cannot go on: the run does without it"
                );
                false
            }
        }
    }
}

impl<F, A, R> Run<F, A, R> {
    /// Waits for the sinks that the run goes on without, but not for long.
    pub(super) fn leave_sidings(&self, sidings: Vec<Siding<R>>) {
        let tallies: Vec<_> = sidings.into_iter().map(|siding| siding.tally).collect();
        let is_told = || self.siding_stop.is_raised();
        if self.await_sidings(&tallies, GRACE, is_told) {
            return;
        }
        self.siding_stop.raise();
        self.wake_all();
        if self.await_sidings(&tallies, LAST_GRACE, || false) {
            return;
        }
        for tally in tallies.iter().filter(|tally| !tally.has_ended()) {
            tally.turn(SinkState::Abandoned);
            let name = &**tally.name();
            tracing::error!(
                name,
                "the sink does not come to an end: the run ends without it"
            );
        }
    }

    /// Whether they have all ended within that time; waits no longer once it is told.
    fn await_sidings(
        &self,
        tallies: &[Arc<Tally>],
        grace: Duration,
        is_told: impl Fn() -> bool,
    ) -> bool {
        let until = Instant::now() + grace;
        let mut state = self.lock();
        loop {
            if tallies.iter().all(|tally| tally.has_ended()) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || is_told() {
                return false;
            }
            let waited = self.ready.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn siding_ended(&self, tally: &Arc<Tally>) {
        tally.end();
        // Whoever has looked before holds the lock until it waits, and is not missed after this.
        drop(self.lock());
        self.ready.notify_all();
    }
}
