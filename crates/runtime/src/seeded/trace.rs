//! What an executor did, step by step.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use creel_core::future::State;

use crate::task::label::Label;

/// So many steps are kept; of a longer run those at its end tell what went wrong.
const STEPS_MAX: usize = 65_536;

/// The steps of a [`Seeded`](crate::Seeded) executor, in their order: two runs with the same seed have equal traces, as
/// long as nothing from outside meddles.
///
/// Shown, it has a line for each step: its number, the virtual time, the task by its number and name, and what became of
/// it. A step that was made from within another one, because that waited, is indented.
///
/// ```text
///    0  0ns      #1 `reader` suspended
///    1  0ns      #0 `writer` succeeded
///    2  0ns        #2 `child` succeeded
///    3  20ms     time passed
///    4  20ms     #1 `reader` succeeded
/// ```
///
/// Of a run of more than 65,536 steps it has the last ones.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Trace {
    steps: VecDeque<Step>,
    /// How many are not kept any more.
    omitted: u64,
}

#[derive(Clone, PartialEq, Eq)]
struct Step {
    at: Duration,
    /// How many steps it was made from within.
    depth: usize,
    event: Event,
}

#[derive(Clone, PartialEq, Eq)]
enum Event {
    TimePassed,
    Ran {
        task: usize,
        label: Label,
        /// What became of it, once the step has ended.
        state: State,
    },
}

impl Trace {
    /// How many steps were made.
    pub fn len(&self) -> u64 {
        self.omitted + self.steps.len() as u64
    }

    /// Whether no step was made.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn time_passed(&mut self, at: Duration, depth: usize) {
        let event = Event::TimePassed;
        self.push(Step { at, depth, event });
    }

    /// A task runs; gives the number of the step, to be told the end of.
    pub(super) fn started(&mut self, at: Duration, depth: usize, task: usize, label: Label) -> u64 {
        let event = Event::Ran {
            task,
            label,
            state: State::Running,
        };
        self.push(Step { at, depth, event });
        self.len() - 1
    }

    pub(super) fn ended(&mut self, step: u64, became: State) {
        let place = step
            .checked_sub(self.omitted)
            .and_then(|place| usize::try_from(place).ok());
        if let Some(step) = place.and_then(|place| self.steps.get_mut(place))
            && let Event::Ran { state, .. } = &mut step.event
        {
            *state = became;
        }
    }

    fn push(&mut self, step: Step) {
        if self.steps.len() == STEPS_MAX {
            self.steps.pop_front();
            self.omitted += 1;
        }
        self.steps.push_back(step);
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in (self.omitted..).zip(&self.steps) {
            let at = format!("{:?}", step.at);
            writeln!(
                f,
                "{number:>5}  {at:<9}{:1$}{2}",
                "",
                2 * step.depth,
                step.event
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimePassed => f.write_str("time passed"),
            Self::Ran { task, label, state } => {
                write!(f, "#{task} {label} {}", told(*state))
            }
        }
    }
}

/// What a step was for a task that is in this state after it.
fn told(state: State) -> &'static str {
    match state {
        State::Pending => "was left",
        State::Running => "runs",
        State::Suspended => "suspended",
        State::Queued => "yielded",
        State::Succeeded => "succeeded",
        State::Panicked => "panicked",
        State::Cancelled => "cancelled",
        State::Expired => "expired",
        State::Abandoned => "abandoned",
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Trace")?;
        fmt::Display::fmt(self, f)
    }
}
