//! A random program, before it runs.

use std::time::Duration;

/// The tasks of a program; the first one submits others, and so on.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) tasks: Vec<Task>,
}

#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) is_async: bool,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Submit(usize),
    /// Let others go first.
    Pause,
    /// Wait for that task, if it was submitted by then.
    Wait(usize, How),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    /// Take the result, which nobody else can wait for then.
    Result,
    /// Leave the outcome where it is.
    Look,
    /// Take the result after as many time-outs as it needs.
    Timeout(Duration),
    /// Be told, and do not wait.
    Callback,
    /// In an async task only.
    Await,
}

const TASKS_MAX: usize = 24;
const WAITS_MAX: usize = 4;
const PAUSES_MAX: usize = 2;
const TIMEOUT_MAX_MICROS: u64 = 200;

impl Plan {
    pub(crate) fn random(random: &mut fastrand::Rng) -> Self {
        let count = random.usize(2..=TASKS_MAX);
        let mut tasks: Vec<_> = (0..count)
            .map(|_| Task {
                is_async: random.u8(..3) == 0,
                steps: Vec::new(),
            })
            .collect();
        for task in 1..count {
            let parent = random.usize(..task);
            tasks[parent].steps.push(Step::Submit(task));
        }
        // Each waits only for tasks of a lower rank, whoever submitted whom: no waits close a cycle.
        let mut ranks: Vec<_> = (0..count).rev().collect();
        if random.bool() {
            random.shuffle(&mut ranks);
        }
        for task in 0..count {
            for _ in 0..random.usize(..=WAITS_MAX) {
                let target = random.usize(..count);
                if ranks[target] < ranks[task] {
                    let how = How::random(tasks[task].is_async, random);
                    tasks[task].steps.push(Step::Wait(target, how));
                }
            }
            for _ in 0..random.usize(..=PAUSES_MAX) {
                tasks[task].steps.push(Step::Pause);
            }
            // Else it submits first, and then waits.
            if random.bool() {
                random.shuffle(&mut tasks[task].steps);
            }
        }
        Self { tasks }
    }
}

impl How {
    fn random(is_async: bool, random: &mut fastrand::Rng) -> Self {
        match random.u8(..8) {
            0..3 => Self::Result,
            3 => Self::Look,
            4 => Self::Timeout(Duration::from_micros(random.u64(..TIMEOUT_MAX_MICROS))),
            5 => Self::Callback,
            _ if is_async => Self::Await,
            _ => Self::Look,
        }
    }
}
