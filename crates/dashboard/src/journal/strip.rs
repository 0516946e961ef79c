//! What a worker did, step by step.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

/// How long a step is.
pub(super) const STEP: Duration = Duration::from_millis(250);

/// How many steps are kept.
const STEPS: usize = 60;

/// How long that is.
pub(super) const SPAN: Duration = STEP.saturating_mul(STEPS as u32);

/// What a worker does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Doing {
    Running,
    Blocked,
}

/// What a worker did in the latest steps.
#[derive(Clone, Debug, Default)]
pub(super) struct Strip {
    /// The number of the first step that is kept, from the start of the journal.
    first: usize,
    steps: VecDeque<Step>,
    /// Up to when it is known what it did.
    until: Duration,
}

/// How long a worker did what within a step.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    running: Duration,
    blocked: Duration,
}

impl Strip {
    /// It did that in this time from the start of the journal.
    pub(super) fn add(&mut self, doing: Doing, time: Range<Duration>) {
        if time.is_empty() {
            return;
        }
        let last = number(time.end);
        let first = number(time.start).max((last + 1).saturating_sub(STEPS));
        self.reach(last);
        self.until = self.until.max(time.end);
        for number in first.max(self.first)..=last {
            let begin = STEP * number as u32;
            let part = time.end.min(begin + STEP) - time.start.max(begin);
            let Some(step) = self.steps.get_mut(number - self.first) else {
                continue;
            };
            match doing {
                Doing::Running => step.running += part,
                Doing::Blocked => step.blocked += part,
            }
        }
    }

    /// Keeps the steps up to this one.
    fn reach(&mut self, last: usize) {
        if last >= self.first + self.steps.len() + STEPS {
            self.steps.clear();
        }
        if self.steps.is_empty() {
            self.first = (last + 1).saturating_sub(STEPS);
        }
        while self.first + self.steps.len() <= last {
            self.steps.push_back(Step::default());
        }
        while self.steps.len() > STEPS {
            self.steps.pop_front();
            self.first += 1;
        }
    }

    /// Up to when it is known what it did.
    pub(super) fn until(&self) -> Duration {
        self.until
    }

    /// How much of each step up to an instant it ran, and how much it was blocked: a digit for each, from none (0) to all
    /// of it (9).
    pub(super) fn digits(&self, now: Duration) -> (String, String) {
        let last = number(now);
        // The last step has just begun: what is idle in it is yet to come.
        let begun = now - STEP * last as u32;
        let digits = |part: fn(&Step) -> Duration| {
            ((last + 1).saturating_sub(STEPS)..=last)
                .map(|number| {
                    let length = if number == last { begun } else { STEP };
                    digit(part(&self.at(number)), length)
                })
                .collect()
        };
        (digits(|step| step.running), digits(|step| step.blocked))
    }

    fn at(&self, number: usize) -> Step {
        let index = number.checked_sub(self.first);
        let step = index.and_then(|index| self.steps.get(index));
        step.copied().unwrap_or_default()
    }
}

fn number(time: Duration) -> usize {
    (time.as_nanos() / STEP.as_nanos()) as usize
}

fn digit(part: Duration, of: Duration) -> char {
    let share = part.as_secs_f64() / of.as_secs_f64().max(1e-9);
    // What was done at all is to be seen.
    let digit = (share * 9.0).ceil().min(9.0) as u32;
    char::from_digit(digit, 10).unwrap_or('9')
}

#[cfg(test)]
mod tests;
