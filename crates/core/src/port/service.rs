//! The port to whatever answers requests.

use std::future::Future;
use std::time::Duration;

use thiserror::Error;

use super::{BoxError, Context};

/// A request becomes a response.
///
/// One trait serves both kinds of client. A blocking one does its work in the first poll, with the
/// transport's own time limits; an asynchronous one suspends and frees its thread. Calls may run at the same
/// time. The service does not retry: whoever holds the policy does, by [`ServiceError::is_transient`].
#[cfg_attr(any(test, feature = "mock"), mockall::automock(type Response = String;))]
pub trait Service<Request> {
    /// What an answered request gives.
    type Response: Send;

    /// Sends one request and resolves to its answer.
    ///
    /// Whoever waits before it sends, as for a service to come back, looks at [`Context::fails_fast`] too.
    ///
    /// Dropping the returned future gives the call up; whether the other side has seen the request is then
    /// unknown.
    ///
    /// # Errors
    /// See [`ServiceError`]: each variant is one decision for the caller.
    fn call(
        &self,
        request: Request,
        context: &Context,
    ) -> impl Future<Output = Result<Self::Response, ServiceError>> + Send;
}

/// Why a service did not answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// Nobody answers there: refused, unreachable, cut off, or temporarily out of service.
    #[error("the service cannot be reached")]
    Unavailable(#[source] BoxError),
    /// The answer did not come within the time limit.
    #[error("the service did not answer in time")]
    TimedOut(#[source] BoxError),
    /// The service asks for fewer requests.
    #[error("the service is throttling")]
    Throttled {
        /// The pause that the service asks for.
        retry_after: Option<Duration>,
        /// What it said.
        source: BoxError,
    },
    /// The service refuses this request: the same one will be refused again.
    #[error("the service rejected the request")]
    Rejected(#[source] BoxError),
    /// The service broke while it worked on this request.
    #[error("the service failed")]
    Failed(#[source] BoxError),
    /// What came back is not an answer.
    #[error("the reply cannot be understood")]
    Malformed(#[source] BoxError),
    /// The caller asked to stop.
    #[error("the request was cancelled")]
    Cancelled,
}

impl ServiceError {
    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::TimedOut(_) | Self::Throttled { .. }
        )
    }
}
