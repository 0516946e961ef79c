//! Why an item has no answer.

use std::any::Any;
use std::error::Error;
use std::fmt::Write as _;
use std::panic::{self, AssertUnwindSafe};

use creel_core::BoxError;
use creel_core::port::{ServiceError, SourceError};
use creel_runtime::TaskError;
use thiserror::Error;

/// Why an item has no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Failure {
    /// Its source could not read it.
    #[error(transparent)]
    Unreadable(SourceError),
    /// No request could be made of it.
    #[error("the request cannot be prepared")]
    Unprepared(#[source] BoxError),
    /// The service did not answer.
    #[error(transparent)]
    Unanswered(ServiceError),
    /// Its task ended without an outcome: it panicked, or its executor gave it up.
    #[error(transparent)]
    Lost(TaskError),
    /// The executor had no room for its task, and no other of this run to wait for.
    #[error("the executor's queue is full of other tasks")]
    Refused,
}

impl Failure {
    /// The whole chain of causes in one line, for a record.
    ///
    /// ```
    /// use creel_core::port::ServiceError;
    /// use creel_pipeline::Failure;
    ///
    /// let failure = Failure::Unanswered(ServiceError::Unavailable("connection refused".into()));
    /// assert_eq!(failure.chain(), "the service cannot be reached: connection refused");
    /// ```
    pub fn chain(&self) -> String {
        chain(self)
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

/// A panic of foreign code that was caught: its message.
#[derive(Debug, Error)]
#[error("panicked: {0}")]
pub struct Panicked(String);

impl Panicked {
    /// Calls foreign code, and turns a panic of it into an error.
    pub(crate) fn catch<T>(code: impl FnOnce() -> T) -> Result<T, Self> {
        panic::catch_unwind(AssertUnwindSafe(code)).map_err(|payload| Self(message(payload)))
    }
}

fn message(payload: Box<dyn Any + Send>) -> String {
    payload
        .downcast::<String>()
        .map(|text| *text)
        .or_else(|payload| {
            payload
                .downcast::<&'static str>()
                .map(|text| (*text).to_owned())
        })
        .unwrap_or_else(|payload| {
            // Its `Drop` is foreign code too, and may panic in turn.
            std::mem::forget(payload);
            String::from("a payload that is no string")
        })
}
