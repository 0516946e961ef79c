//! What the model says of a program once its executor has ended.

use std::time::Duration;

use proptest::prelude::*;

use super::log::{Entry, Log, Outcome};
use super::play::{MAPPED, REFUSED, Task, WAITED};
use super::program::{Ending, Kind};

pub(super) struct Verdict<'a> {
    pub(super) log: &'a Log,
    pub(super) tasks: &'a [Task],
    pub(super) ending: Ending,
    /// Waits that could never end were refused, and the light was never switched on.
    pub(super) refuses_waits: bool,
}

impl Verdict<'_> {
    pub(super) fn check(&self) -> Result<(), TestCaseError> {
        for (number, task) in self.tasks.iter().enumerate() {
            let entry = self.log.entry(number);
            let [(outcome, told)] = entry.outcomes[..] else {
                let reason = format!("#{number} has not one outcome: {entry:?}");
                return Err(TestCaseError::fail(reason));
            };
            let shown = || format!("#{number} that {:?}: {entry:?}", task.kind);
            prop_assert_eq!(entry.drops, 1, "{}", shown());
            let turns: Vec<_> = (0..task.callbacks).collect();
            prop_assert_eq!(&entry.callbacks, &turns, "each once, in order: {}", shown());
            prop_assert!(has_run_as_often(task, &entry, outcome), "{}", shown());
            prop_assert!(self.may_end(number, outcome), "{}", shown());
            if let (Outcome::Expired, Kind::Timed(time), true) =
                (outcome, task.kind, self.refuses_waits)
            {
                let due = task.made + Duration::from_millis(time);
                prop_assert_eq!(told, due, "told when it was due: {}", shown());
            }
        }
        Ok(())
    }

    fn may_end(&self, number: usize, outcome: Outcome) -> bool {
        let task = &self.tasks[number];
        if task.cancelled.is_some() {
            return outcome == Outcome::Cancelled;
        }
        self.may_end_by_itself(number, outcome) || self.may_be_ended(task, outcome)
    }

    fn may_end_by_itself(&self, number: usize, outcome: Outcome) -> bool {
        let value = Outcome::Value(number as u64);
        match self.tasks[number].kind {
            Kind::Returns | Kind::Pauses(_) => outcome == value,
            Kind::Panics => outcome == Outcome::Panicked,
            Kind::Timed(_) => outcome == value || outcome == Outcome::Expired,
            Kind::WaitsForLight => !self.refuses_waits && outcome == value,
            Kind::Maps(before) => match self.outcome_of(before) {
                Outcome::Value(value) => outcome == Outcome::Value(value + MAPPED),
                same => outcome == same,
            },
            Kind::WaitsFor(awaited) => {
                let waited = match self.outcome_of(awaited) {
                    Outcome::Value(value) => WAITED + value,
                    _ => WAITED,
                };
                let refused = self.refuses_waits && outcome == Outcome::Value(REFUSED);
                outcome == Outcome::Value(waited) || refused
            }
        }
    }

    /// Whether the executor, or a request to stop, may have ended it in that way.
    fn may_be_ended(&self, task: &Task, outcome: Outcome) -> bool {
        let is_async = matches!(task.kind, Kind::Pauses(_) | Kind::WaitsForLight);
        match (outcome, self.ending) {
            (Outcome::Cancelled, Ending::ShutdownNow) => true,
            (Outcome::Cancelled, Ending::Drop) => is_async,
            // Only what nobody wakes is left behind a shutdown.
            (Outcome::Cancelled, Ending::Shutdown) => {
                is_async && task.is_asked || self.refuses_waits && task.kind == Kind::WaitsForLight
            }
            (Outcome::Abandoned, Ending::Drop) => self.refuses_waits,
            (Outcome::Abandoned, Ending::ShutdownNow) => matches!(task.kind, Kind::Maps(_)),
            _ => false,
        }
    }

    fn outcome_of(&self, number: usize) -> Outcome {
        self.log.entry(number).outcomes[0].0
    }
}

/// Whether its body ran once if it had to, never if it must not have, and never again after it was cancelled.
fn has_run_as_often(task: &Task, entry: &Entry, outcome: Outcome) -> bool {
    if let Some(runs) = task.cancelled {
        return entry.runs == runs;
    }
    let is_async = matches!(task.kind, Kind::Pauses(_) | Kind::WaitsForLight);
    match outcome {
        Outcome::Value(_) if is_async => entry.runs >= 1,
        Outcome::Cancelled if is_async => true,
        Outcome::Value(_) => entry.runs == 1,
        Outcome::Panicked => entry.runs == usize::from(!matches!(task.kind, Kind::Maps(_))),
        Outcome::Cancelled | Outcome::Expired | Outcome::Abandoned => entry.runs == 0,
    }
}
