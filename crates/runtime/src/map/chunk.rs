//! Several items in one task.

use std::panic::{self, AssertUnwindSafe};

use crate::error::{JoinError, Panic, TaskError};
use crate::task::current::context;

/// Calls `function` with each item: what one of them throws is its own error, and the next one's turn comes.
///
/// Once the task is asked to stop, the items whose turn has not come are cancelled.
pub(super) fn run<I, T>(items: Vec<I>, function: &impl Fn(I) -> T) -> Vec<Result<T, JoinError>> {
    let context = context();
    items
        .into_iter()
        .map(|item| {
            if context.is_cancelled() {
                return Err(JoinError::Task(TaskError::Cancelled));
            }
            panic::catch_unwind(AssertUnwindSafe(|| function(item)))
                .map_err(|payload| JoinError::Task(TaskError::Panicked(Panic::new(payload))))
        })
        .collect()
}
