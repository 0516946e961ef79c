//! Several items in one task.

use std::panic::{self, AssertUnwindSafe};
use std::vec;

use creel_core::future::Snapshot;

use crate::error::{JoinError, Panic, TaskError};
use crate::task::{TaskRef, current};

/// What came of the items of a task, in their order.
///
/// Errors are few: they stand apart, so that what passes from one thread to another is little more than the values.
pub(super) struct Results<T> {
    values: vec::IntoIter<T>,
    /// Each with the number of values that come after it.
    errors: vec::IntoIter<(usize, JoinError)>,
}

/// Calls `function` with each item: what one of them throws is its own error, and the next one's turn comes.
///
/// Once the task is asked to stop, the items whose turn has not come are cancelled.
pub(super) fn run<I, T>(items: Vec<I>, function: &impl Fn(I) -> T) -> Results<T> {
    // A task of a map inherits no request to stop: there is only its own, and one load that tells.
    let task = current::running();
    let is_cancelled = || {
        let life = task.as_ref().map(TaskRef::life);
        life.is_some_and(Snapshot::is_cancel_requested)
    };
    let mut values = Vec::with_capacity(items.len());
    // Each with the number of values before it.
    let mut errors = Vec::new();
    let mut items = items.into_iter();
    while items.len() > 0 {
        let ended = panic::catch_unwind(AssertUnwindSafe(|| {
            while !is_cancelled()
                && let Some(item) = items.next()
            {
                values.push(function(item));
            }
        }));
        let error = match ended {
            Err(payload) => TaskError::Panicked(Panic::new(payload)),
            Ok(()) if items.next().is_some() => TaskError::Cancelled,
            Ok(()) => break,
        };
        errors.push((values.len(), JoinError::Task(error)));
    }
    for (place, _) in &mut errors {
        *place = values.len() - *place;
    }
    Results {
        values: values.into_iter(),
        errors: errors.into_iter(),
    }
}

impl<T> Results<T> {
    /// Of no items.
    pub(super) fn none() -> Self {
        Self::without_values(Vec::new())
    }

    /// Of so many items that have all ended in the same way.
    pub(super) fn all(items: usize, error: &JoinError) -> Self {
        Self::without_values(vec![(0, error.clone()); items])
    }

    fn without_values(errors: Vec<(usize, JoinError)>) -> Self {
        Self {
            values: Vec::new().into_iter(),
            errors: errors.into_iter(),
        }
    }
}

impl<T> Iterator for Results<T> {
    type Item = Result<T, JoinError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let next_error = self.errors.as_slice().first();
        if next_error.is_some_and(|(place, _)| *place == self.values.len()) {
            return self.errors.next().map(|(_, error)| Err(error));
        }
        self.values.next().map(Ok)
    }

    /// Goes through the values between two errors without a look at those.
    #[inline]
    fn fold<A, G>(mut self, init: A, mut with: G) -> A
    where
        G: FnMut(A, Self::Item) -> A,
    {
        let mut folded = init;
        for (place, error) in self.errors {
            while self.values.len() > place
                && let Some(value) = self.values.next()
            {
                folded = with(folded, Ok(value));
            }
            folded = with(folded, Err(error));
        }
        self.values
            .fold(folded, |folded, value| with(folded, Ok(value)))
    }
}
