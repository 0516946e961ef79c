//! A sink that the run goes on without: a thread and a queue of its own, so that nothing waits for it.

mod track;

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use super::run::Run;
use super::writing::Outlet;
use crate::failure::Panicked;
use crate::sinks::{Fate, SinkState, Tally};
use track::Track;

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
    pub(crate) fn offer<F, A>(&self, run: &Run<F, A, R>, record: &Arc<R>) {
        self.tally.count(Fate::Given);
        match self.queue.try_send(Arc::clone(record)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                self.tally.count_overrun();
                run.miss(&self.tally, record, Fate::Dropped);
                self.tally.turn(SinkState::Faltering);
                let dropped = self.tally.summary().dropped;
                // Said ever more seldom: it may be so for each record.
                if dropped.is_power_of_two() {
                    let name = &**self.tally.name();
                    let why = match self.tally.state() {
                        SinkState::Down => "the sink is down, and no more may wait for it",
                        _ => "the sink is too slow for what comes",
                    };
                    tracing::warn!(name, dropped, "{why}");
                }
            }
            Err(TrySendError::Disconnected(_)) => run.miss(&self.tally, record, Fate::Dropped),
        }
    }
}

/// Gives the sink what stands in its queue, until there is no more or it cannot go on.
pub(crate) fn serve<F, A, R>(
    run: &Run<F, A, R>,
    outlet: Outlet<R>,
    queue: Receiver<Arc<R>>,
    flush_interval: Option<Duration>,
) {
    let mut track = Track::new(run, outlet);
    // When the oldest record that is not durable has to be.
    let mut due: Option<Instant> = None;
    let mut is_open = true;
    while is_open {
        // First, since something may always be waiting.
        if due.is_some_and(|due| due <= Instant::now()) {
            due = None;
            is_open = track.flush();
            continue;
        }
        let next = match due {
            None => queue.recv().map_err(RecvTimeoutError::from),
            Some(due) => queue.recv_timeout(due.saturating_duration_since(Instant::now())),
        };
        match next {
            Ok(record) => {
                is_open = track.write(&record);
                due = due.or_else(|| Instant::now().checked_add(flush_interval?));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                track.flush();
                is_open = false;
            }
        }
    }
    // From here on the writer finds nobody, and drops; what it had handed over already is dropped here.
    while let Ok(record) = queue.try_recv() {
        run.miss(&track.outlet.tally, &record, Fate::Dropped);
    }
    drop(queue);
    let tally = track.end();
    run.siding_ended(&tally);
}

impl<F, A, R> Run<F, A, R> {
    /// Waits for the sinks that the run goes on without, but not for long.
    pub(super) fn leave_sidings(&self, sidings: Vec<Siding<R>>) {
        let tallies: Vec<_> = sidings.into_iter().map(|siding| siding.tally).collect();
        self.siding_end.raise();
        self.wake_all();
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

    /// A sink does not get a record.
    fn miss(&self, tally: &Tally, record: &R, fate: Fate) {
        tally.count(fate);
        if let Some(missed) = &self.recorder.missed
            && let Err(panicked) = Panicked::catch(|| missed(tally.name(), record))
        {
            tracing::error!(%panicked, "what a sink missed could not be told");
        }
    }

    fn siding_ended(&self, tally: &Arc<Tally>) {
        tally.end();
        // Whoever has looked before holds the lock until it waits, and is not missed after this.
        drop(self.lock());
        self.ready.notify_all();
    }
}
