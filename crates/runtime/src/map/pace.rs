//! How quickly the tasks of a map end: what is kept ahead for it, and how many of them are waited for at a time.
//!
//! To wake whoever waits costs several microseconds, of the worker that wakes and of the one whose processor is taken: for
//! each of many short tasks that is as much as the task. So the results of short tasks are waited for several at a time, and
//! enough tasks are ahead for the workers to go on with meanwhile. Both are told in time, so that few long tasks are kept, and
//! each of their results is given as it comes. Who takes all results in one go wants the last as soon as may be rather than
//! the next: that one may come a little later, and more is ahead.

use std::time::{Duration, Instant};

/// So long a result may be there before it is given to who asks for one at a time.
///
/// What is ahead should keep the workers busy for twice as long: a thread that was woken may have to wait for a processor.
const MOMENT: Duration = Duration::from_millis(1);
/// The same for who takes all.
const MOMENT_OF_ALL: Duration = Duration::from_millis(4);
/// So many tasks a worker are ahead whatever they take.
const TASKS_MIN: usize = 2;
/// So many tasks a worker are ahead from the start of chunks that are all taken: who asks for chunks has short items.
const TASKS_OF_ALL: usize = 8;
/// So many tasks a worker are ahead at most.
const TASKS_MAX: usize = 64;
/// From one wait to the next so many times the tasks are ahead at most.
const GROWTH: usize = 4;

/// The pace at which the tasks of a map end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    workers: usize,
    /// All results are taken in one go.
    takes_all: bool,
    /// How many tasks are to be ahead.
    tasks_ahead: usize,
    /// What lies between the ends of two tasks; `None` until it is known.
    between: Option<Duration>,
    /// When the last wait began.
    waited: Option<Instant>,
    /// How many results were taken since.
    taken: u32,
    /// All tasks are ahead.
    is_at_end: bool,
}

impl Pace {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            workers,
            takes_all: false,
            tasks_ahead: TASKS_MIN * workers,
            between: None,
            waited: None,
            taken: 0,
            is_at_end: false,
        }
    }

    /// All results are taken in one go, of tasks for so many items.
    pub(super) fn take_all(&mut self, chunk: usize) {
        self.takes_all = true;
        if chunk > 1 {
            self.tasks_ahead = self.tasks_ahead.max(TASKS_OF_ALL * self.workers);
        }
    }

    /// So long a result may be there before it is given.
    pub(super) fn moment(self) -> Duration {
        if self.takes_all {
            MOMENT_OF_ALL
        } else {
            MOMENT
        }
    }

    /// How many tasks are to be ahead.
    pub(super) fn tasks_ahead(self) -> usize {
        self.tasks_ahead
    }

    /// What came of a task was taken.
    pub(super) fn task_taken(&mut self) {
        self.taken = self.taken.saturating_add(1);
    }

    /// Whoever takes the results has to wait.
    pub(super) fn wait(&mut self, now: Instant) {
        let waited = self.waited.replace(now);
        let taken = std::mem::take(&mut self.taken);
        let Some(waited) = waited.filter(|_| taken > 0) else {
            return;
        };
        let between = now.saturating_duration_since(waited) / taken;
        // Times change, but not for a single task.
        let between = self
            .between
            .map_or(between, |before| (before + between) / 2);
        self.between = Some(between);
        // What is ahead grows with what was done: who wants a few results has few more worked out.
        let most = (TASKS_MAX * self.workers).min(GROWTH * self.tasks_ahead);
        self.tasks_ahead =
            tasks_in(2 * self.moment(), between).clamp(TASKS_MIN * self.workers, most);
    }

    /// No task comes behind those that are ahead.
    pub(super) fn nothing_follows(&mut self) {
        self.is_at_end = true;
    }

    /// Of so many tasks ahead, how many may end before whoever waits for the first of them is woken: few enough to be
    /// done in a moment, and for the workers to go on with the others until more are sent.
    pub(super) fn tasks_at_a_time(self, ahead: usize) -> usize {
        let in_a_moment = match self.between {
            Some(between) => tasks_in(self.moment(), between),
            // The wait is over in a moment all the same.
            None if self.takes_all => usize::MAX,
            None => 0,
        };
        let at_most = if self.is_at_end {
            ahead.saturating_sub(1)
        } else {
            let left = ahead.saturating_sub(TASKS_MIN * self.workers);
            left.min(ahead / 2)
        };
        in_a_moment.min(at_most)
    }
}

/// How many tasks end in that time.
fn tasks_in(time: Duration, between: Duration) -> usize {
    let tasks = time.as_nanos() / between.as_nanos().max(1);
    usize::try_from(tasks).unwrap_or(usize::MAX)
}

#[cfg(all(test, not(creel_loom)))]
mod tests;
