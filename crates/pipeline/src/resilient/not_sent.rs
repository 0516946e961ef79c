//! Why a request was not sent.

use std::time::Duration;

use creel_core::port::ServiceError;
use thiserror::Error;

/// Why a request was not sent.
#[derive(Debug)]
pub(super) enum Refusal {
    Cancelled,
    /// The service does not answer.
    Gone {
        /// What it said last, or what was said of it.
        last: String,
    },
    /// The service asks for a longer pause than anybody waits.
    Quiet {
        left: Duration,
    },
    OutOfTime,
    /// It would have to wait, and the caller does not.
    Hasty,
}

/// The cause behind the error of a request that was not sent.
#[derive(Debug, Error)]
enum NotSent {
    #[error("not sent, since the service has stopped answering: {last}")]
    Gone { last: String },
    #[error("not sent, since the service asks for a pause of {left:?}")]
    Quiet { left: Duration },
    #[error("not sent, since the time for it passed before its turn came")]
    OutOfTime,
    #[error("not sent, since the caller does not wait for its turn")]
    Hasty,
}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Cancelled => Self::Cancelled,
            Refusal::Gone { last } => Self::Unavailable(NotSent::Gone { last }.into()),
            Refusal::Quiet { left } => Self::Throttled {
                retry_after: Some(left),
                source: NotSent::Quiet { left }.into(),
            },
            Refusal::Hasty => Self::Unavailable(NotSent::Hasty.into()),
            Refusal::OutOfTime => Self::TimedOut(NotSent::OutOfTime.into()),
        }
    }
}
