//! The tasks that are ahead of the result that is asked for.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::time::Instant;

use super::chunk::Results;
use super::pace::Pace;
use crate::error::{JoinError, ResultError};
use crate::future::TaskFuture;
use crate::pool::waiting;
use crate::set::{self, Next, Set};

/// Tasks of a map, in the order in which their results are given.
pub(super) enum Ahead<T> {
    /// The order of the items.
    InOrder(VecDeque<Sent<T>>),
    /// As they finish.
    AsCompleted(Set<Batch<T>, Sent<T>>),
}

/// A task for some of the items.
pub(super) struct Sent<T> {
    pub(super) future: TaskFuture<Batch<T>>,
    pub(super) items: usize,
}

/// What came of the items of one task.
pub(super) enum Batch<T> {
    One(T),
    Many(Results<T>),
}

impl<T> Ahead<T> {
    pub(super) fn push(&mut self, sent: Sent<T>) {
        match self {
            Self::InOrder(line) => line.push_back(sent),
            Self::AsCompleted(set) => {
                let (_number, _open) = set.insert(sent);
            }
        }
    }

    /// Waits for the next task, and tells how many items it was for; `None` if there is none.
    pub(super) fn next(&mut self, pace: &mut Pace) -> Option<(usize, Result<Batch<T>, JoinError>)> {
        let (items, outcome) = match self {
            Self::InOrder(line) => {
                if !line.front()?.future.is_settled() {
                    pace.wait(Instant::now());
                    wait_for_several(line, *pace);
                }
                let Sent { future, items } = line.pop_front()?;
                match future.result() {
                    Ok(batch) => (items, Ok(batch)),
                    Err(ResultError::Task(error)) => (items, Err(JoinError::Task(error))),
                    Err(ResultError::Wait(error, future)) => {
                        future.request_cancel();
                        (items, Err(JoinError::Wait(error)))
                    }
                }
            }
            Self::AsCompleted(set) => match next_of(set, pace) {
                Next::Done(_, Sent { future, items }) => {
                    (items, future.into_outcome().map_err(JoinError::Task))
                }
                Next::Refused(error, _, Sent { future, items }) => {
                    future.request_cancel();
                    (items, Err(JoinError::Wait(error)))
                }
                Next::Empty | Next::TimedOut => return None,
            },
        };
        pace.task_taken();
        Some((items, outcome))
    }

    /// Asks all of them to stop.
    pub(super) fn cancel(&self) {
        match self {
            Self::InOrder(line) => set::cancel_all(line.iter().map(|sent| sent.future.cell())),
            Self::AsCompleted(set) => set.cancel(),
        }
    }
}

/// Waits a moment for several tasks at a time, if they are short.
///
/// Only on a thread outside: a worker, of whichever pool, has other work to do, or lets another take its place.
fn wait_for_several<T>(line: &VecDeque<Sent<T>>, pace: Pace) {
    let last = pace.tasks_at_a_time(line.len());
    if last > 0 && waiting::is_outside() {
        line[last].future.sleep_for(pace.moment());
    }
}

fn next_of<T>(set: &Set<Batch<T>, Sent<T>>, pace: &mut Pace) -> Next<Sent<T>> {
    if let Some((number, sent)) = set.take_done() {
        return Next::Done(number, sent);
    }
    pace.wait(Instant::now());
    set.next(None)
}

impl<T> Borrow<TaskFuture<Batch<T>>> for Sent<T> {
    fn borrow(&self) -> &TaskFuture<Batch<T>> {
        &self.future
    }
}

#[cfg(all(test, not(creel_loom)))]
mod tests;
