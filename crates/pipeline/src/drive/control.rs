//! What whoever holds a run can ask of it.

use std::sync::Arc;
use std::time::Instant;

use super::run::{Run, State};
use crate::error::RunError;
use crate::flow::DropReason;
use crate::life::InFlight;
use crate::stages::{Peak, Stages};
use crate::summary::{SourceSummary, Stopping, Summary};

/// What whoever holds a run can ask of it, whatever flows through.
pub(crate) trait Control: Send + Sync {
    /// Where the run stands.
    fn summary(&self) -> Summary;
    /// What is in flight.
    fn in_flight(&self) -> Vec<InFlight>;
    /// When the run was started.
    fn started(&self) -> Instant;
    /// Stops the run, more urgently each time.
    fn stop(&self) -> Stopping;
    /// Stops the run at once.
    fn abort(&self);
    /// All threads are joined: how the run has ended.
    fn end(&self) -> Result<Summary, RunError>;
}

impl<F: Send + Sync, A, R: Send> Control for Run<F, A, R> {
    fn summary(&self) -> Summary {
        self.lock().summary(&self.hands, &self.running)
    }

    fn in_flight(&self) -> Vec<InFlight> {
        self.lock().in_flight(Instant::now())
    }

    fn started(&self) -> Instant {
        self.lock().started
    }

    fn stop(&self) -> Stopping {
        let mut state = self.lock();
        state.stopping = match state.stopping {
            Stopping::No => Stopping::Draining,
            Stopping::Draining | Stopping::AtOnce => Stopping::AtOnce,
        };
        let stopping = state.stopping;
        drop(state);
        if stopping == Stopping::AtOnce {
            self.give_up(DropReason::Interrupted);
        } else {
            self.drain();
        }
        stopping
    }

    fn abort(&self) {
        self.lock().stopping = Stopping::AtOnce;
        self.give_up(DropReason::Interrupted);
    }

    fn end(&self) -> Result<Summary, RunError> {
        let mut state = self.lock();
        state.ended.get_or_insert_with(Instant::now);
        if state.stages_at_end.is_none() {
            // Tasks that were given up may work on, which is no part of the run; what they were at is.
            let (hands, running) = state.given_up.unwrap_or_default();
            state.stages_at_end = Some(Stages {
                hands,
                running,
                ..state.stages.stages(&self.hands, &self.running)
            });
        }
        let summary = state.summary(&self.hands, &self.running);
        match state.failure.take() {
            Some(cause) => Err(RunError::new(cause, summary)),
            None => Ok(summary),
        }
    }
}

impl<F, R> State<F, R> {
    fn summary(&self, hands: &Peak, running: &Peak) -> Summary {
        let until = self.ended.unwrap_or_else(Instant::now);
        let ledger_of = |number| self.flow.ledger_of(number).unwrap_or_default();
        let sources = self.sources.iter().enumerate();
        let sources = sources.map(|(number, watched)| SourceSummary {
            name: Arc::clone(&watched.name),
            ledger: ledger_of(number),
            health: watched.pulse.health(until),
            lost: watched.lost,
            disconnections: watched.disconnections,
            gaps: watched.gaps.latency(),
            held: watched.held(until),
        });
        Summary {
            ledger: self.flow.ledger(),
            backlog: ledger_of(self.sources.len()),
            sources: sources.collect(),
            elapsed: until.saturating_duration_since(self.started),
            latency: self.latency.latency(),
            service_time: self.service_time.latency(),
            levels: self.flow.levels(),
            strain: self.watch.strain(until),
            stages: self
                .stages_at_end
                .unwrap_or_else(|| self.stages.stages(hands, running)),
            sinks: self.tallies.iter().map(|tally| tally.summary()).collect(),
            stopping: self.stopping,
        }
    }
}
