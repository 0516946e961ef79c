//! What goes wrong in an exchange, and what that means to the caller.

use std::io;
use std::time::Duration;

use creel_core::port::ServiceError;
use creel_protocols::{EncodeError, ReplyError};
use http::StatusCode;
use thiserror::Error;

use crate::connection::{ClosedSilently, is_closed};

/// How long an exchange may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Until there is a connection.
    pub(crate) connect: Duration,
    /// From its beginning to the last byte of the reply.
    pub(crate) total: Duration,
}

/// Why an exchange with a server gave no answer; the cause behind a [`ServiceError`].
#[derive(Debug, Error)]
pub(crate) enum ExchangeError {
    #[error("no request to {url} can be made of this")]
    Unsendable { url: String, source: EncodeError },
    #[error("the host of {url} is not known; check the URL, or the name service")]
    UnknownHost { url: String },
    #[error("connection refused by {url}; is the server running?")]
    Refused { url: String, source: io::Error },
    #[error("{url} cannot be connected to; check the URL, and the network between")]
    Unreachable { url: String, source: io::Error },
    #[error("no connection to {url} within {limit:?}; is the host up?")]
    NotConnected { url: String, limit: Duration },
    #[error("{url} closed the connection without an answer; its log may say why")]
    Closed { url: String, source: ureq::Error },
    #[error("{url} broke off in the middle of its reply; its log may say why")]
    Torn { url: String, source: io::Error },
    #[error("no answer from {url} within {limit:?}; ask for less at once, or allow more time")]
    Unanswered { url: String, limit: Duration },
    #[error("the time for this request had passed before it was sent to {url}")]
    TooLate { url: String },
    #[error("what came from {url} is not HTTP; is that the right port?")]
    NotHttp { url: String, source: ureq::Error },
    #[error("the reply of {url} has more than {limit} bytes; allow more if that is right")]
    TooLong { url: String, limit: u64 },
    #[error("the exchange with {url} failed")]
    Failed { url: String, source: ureq::Error },
    #[error("{url} gave no answer")]
    Refusal {
        url: String,
        status: StatusCode,
        retry_after: Option<Duration>,
        source: ReplyError,
    },
    #[error("what {url} answered cannot be used")]
    Unusable { url: String, source: ReplyError },
    #[error("{url} has no model `{model}`{}", others(.models))]
    NoModel {
        url: String,
        model: String,
        models: Vec<String>,
    },
    #[error("the model `{model}` of {url} is not ready; it may still be loading")]
    NotReady { url: String, model: String },
    #[error(
        "{url} does not speak the Open Inference Protocol (status {status}); check the URL, or choose another protocol"
    )]
    NotOpenInference { url: String, status: StatusCode },
    #[error("{url} cannot tell about the model (status {status}); its log may say why")]
    Broken { url: String, status: StatusCode },
    #[error("what {url} tells about the model cannot be read")]
    Metadata {
        url: String,
        source: serde_json::Error,
    },
}

fn others(models: &[String]) -> String {
    if models.is_empty() {
        return String::new();
    }
    format!("; it has {}", models.join(", "))
}

impl ExchangeError {
    /// What became of a request on its way there and up to the head of the reply.
    pub(crate) fn before_reply(url: String, limits: Limits, error: ureq::Error) -> Self {
        use ureq::Timeout;
        match error {
            ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => Self::NotConnected {
                url,
                limit: limits.connect,
            },
            ureq::Error::Timeout(_) => Self::Unanswered {
                url,
                limit: limits.total,
            },
            ureq::Error::HostNotFound => Self::UnknownHost { url },
            ureq::Error::Io(source) if source.kind() == io::ErrorKind::ConnectionRefused => {
                Self::Refused { url, source }
            }
            ureq::Error::Io(source) if is_closed(&source) => Self::Torn { url, source },
            ureq::Error::Io(source) => Self::Unreachable { url, source },
            source @ (ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..)) => {
                Self::NotHttp { url, source }
            }
            source if ClosedSilently::in_error(&source).is_some() => Self::Closed { url, source },
            source => Self::Failed { url, source },
        }
    }

    /// What became of the body of a reply.
    pub(crate) fn in_reply(url: String, limits: Limits, error: ureq::Error) -> Self {
        match error {
            ureq::Error::Timeout(_) => Self::Unanswered {
                url,
                limit: limits.total,
            },
            ureq::Error::BodyExceedsLimit(limit) => Self::TooLong { url, limit },
            ureq::Error::Io(source) => Self::Torn { url, source },
            source @ ureq::Error::Protocol(_) => Self::NotHttp { url, source },
            source => Self::Failed { url, source },
        }
    }
}

impl From<ExchangeError> for ServiceError {
    fn from(error: ExchangeError) -> Self {
        use ExchangeError as E;
        match &error {
            E::UnknownHost { .. }
            | E::Refused { .. }
            | E::Unreachable { .. }
            | E::Closed { .. }
            | E::Torn { .. }
            | E::Failed { .. }
            | E::NotReady { .. } => Self::Unavailable(error.into()),
            E::NotConnected { .. } | E::Unanswered { .. } | E::TooLate { .. } => {
                Self::TimedOut(error.into())
            }
            E::Unsendable { .. } | E::NoModel { .. } | E::NotOpenInference { .. } => {
                Self::Rejected(error.into())
            }
            E::NotHttp { .. } | E::TooLong { .. } | E::Unusable { .. } | E::Metadata { .. } => {
                Self::Malformed(error.into())
            }
            E::Broken {
                status:
                    StatusCode::BAD_GATEWAY
                    | StatusCode::SERVICE_UNAVAILABLE
                    | StatusCode::GATEWAY_TIMEOUT,
                ..
            } => Self::Unavailable(error.into()),
            E::Broken { .. } => Self::Failed(error.into()),
            &E::Refusal {
                status,
                retry_after,
                ..
            } => match status {
                StatusCode::TOO_MANY_REQUESTS => Self::Throttled {
                    retry_after,
                    source: error.into(),
                },
                StatusCode::REQUEST_TIMEOUT => Self::TimedOut(error.into()),
                StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT => Self::Unavailable(error.into()),
                _ if status.is_server_error() => Self::Failed(error.into()),
                _ => Self::Rejected(error.into()),
            },
        }
    }
}
