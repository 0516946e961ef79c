//! The tasks that are ahead of the result that is asked for.

use std::borrow::Borrow;
use std::collections::VecDeque;

use crate::error::{JoinError, ResultError};
use crate::future::TaskFuture;
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
    Many(Vec<Result<T, JoinError>>),
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
    pub(super) fn next(&mut self) -> Option<(usize, Result<Batch<T>, JoinError>)> {
        let (items, outcome) = match self {
            Self::InOrder(line) => {
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
            Self::AsCompleted(set) => match set.next(None) {
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

impl<T> Borrow<TaskFuture<Batch<T>>> for Sent<T> {
    fn borrow(&self) -> &TaskFuture<Batch<T>> {
        &self.future
    }
}
