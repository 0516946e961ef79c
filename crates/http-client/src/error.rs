//! What goes wrong in an exchange, and what that means to the caller.

use std::io;
use std::time::{Duration, Instant};

use creel_core::BoxError;
use creel_core::port::ServiceError;
use creel_protocols::{EncodeError, ReplyError};
use http::StatusCode;
use thiserror::Error;

use crate::connection::{ClosedSilently, is_closed};

/// How long an exchange may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Until there is a connection.
    pub(crate) connect: Duration,
    /// Between two signs of life, if there is such a limit.
    pub(crate) read: Option<Duration>,
    /// From its beginning to the last byte of the reply.
    pub(crate) total: Duration,
}

impl Limits {
    /// The same limits, none of them longer than this.
    pub(crate) fn at_most(self, limit: Duration) -> Self {
        Self {
            connect: self.connect.min(limit),
            read: self.read.map(|read| read.min(limit)),
            total: self.total.min(limit),
        }
    }

    /// The same limits, none of them beyond a deadline; `None` when that has passed.
    pub(crate) fn until(self, deadline: Instant, now: Instant) -> Option<Self> {
        let left = deadline.saturating_duration_since(now);
        (!left.is_zero()).then(|| self.at_most(left))
    }
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
    Closed { url: String, source: BoxError },
    #[error("{url} broke off in the middle of its reply; its log may say why")]
    Torn { url: String, source: io::Error },
    #[error("no answer from {url} within {limit:?}; ask for less at once, or allow more time")]
    Unanswered { url: String, limit: Duration },
    #[error("{url} said nothing for {limit:?}; allow more time, or look whether it hangs")]
    Silent { url: String, limit: Duration },
    #[error("the time for this request had passed before it was sent to {url}")]
    TooLate { url: String },
    #[error("what came from {url} is not HTTP; is that the right port?")]
    NotHttp { url: String, source: BoxError },
    #[error("the reply of {url} has more than {limit} bytes; allow more if that is right")]
    TooLong { url: String, limit: u64 },
    #[cfg(feature = "gzip")]
    #[error("the reply of {url} says that it is gzip, and is not")]
    NoGzip { url: String, source: io::Error },
    #[cfg(feature = "tls")]
    #[error(
        "the certificate of {url} is not to be trusted; an authority of your own has to be named"
    )]
    Untrusted { url: String, source: BoxError },
    #[error("the exchange with {url} failed")]
    Failed { url: String, source: BoxError },
    #[error("{url} gave no answer")]
    Refusal {
        url: String,
        status: StatusCode,
        retry_after: Option<Duration>,
        source: ReplyError,
    },
    #[error(
        "{url} answers no more: what its account has paid for is used up, and a pause will not help"
    )]
    QuotaSpent { url: String, source: ReplyError },
    #[error("what {url} answered cannot be used")]
    Unusable { url: String, source: ReplyError },
    #[error("{url} broke off in the middle of its reply; its log may say why")]
    Incomplete { url: String, source: ReplyError },
    #[error("{url} gave no whole answer")]
    BrokenOff { url: String, source: ReplyError },
    #[error("{url} does not let its questions be asked (status {status}); does it want a key?")]
    NotAllowed { url: String, status: StatusCode },
    #[error(
        "{url} speaks none of the protocols that can be told by asking; check the URL, or name the protocol"
    )]
    NothingSpoken { url: String },
    #[error("no model was named, and {url} {}", choice(.models))]
    WhichModel { url: String, models: Vec<String> },
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

fn choice(models: &[String]) -> String {
    match models {
        [] => "does not tell which it has; name one".to_owned(),
        models => format!("has several; choose one of {}", models.join(", ")),
    }
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
            ureq::Error::Timeout(Timeout::PerRead) => Self::silent(url, limits),
            ureq::Error::Timeout(_) => Self::Unanswered {
                url,
                limit: limits.total,
            },
            ureq::Error::HostNotFound => Self::UnknownHost { url },
            ureq::Error::Io(source) if source.kind() == io::ErrorKind::ConnectionRefused => {
                Self::Refused { url, source }
            }
            ureq::Error::Io(source) if is_closed(&source) => Self::Torn { url, source },
            ureq::Error::Io(source) => Self::unconnected(url, source),
            source @ (ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..)) => {
                let source = source.into();
                Self::NotHttp { url, source }
            }
            source if ClosedSilently::in_error(&source).is_some() => {
                let source = source.into();
                Self::Closed { url, source }
            }
            source => {
                let source = source.into();
                Self::Failed { url, source }
            }
        }
    }

    /// What became of the body of a reply.
    pub(crate) fn in_reply(url: String, limits: Limits, error: ureq::Error) -> Self {
        match error {
            ureq::Error::Timeout(ureq::Timeout::PerRead) => Self::silent(url, limits),
            ureq::Error::Timeout(_) => Self::Unanswered {
                url,
                limit: limits.total,
            },
            ureq::Error::BodyExceedsLimit(limit) => Self::TooLong { url, limit },
            ureq::Error::Io(source) => Self::Torn { url, source },
            source @ ureq::Error::Protocol(_) => {
                let source = source.into();
                Self::NotHttp { url, source }
            }
            source => {
                let source = source.into();
                Self::Failed { url, source }
            }
        }
    }

    /// What an error that is none of the connection's own says of connecting.
    pub(crate) fn unconnected(url: String, source: io::Error) -> Self {
        #[cfg(feature = "tls")]
        if let Some(error) = source.get_ref()
            && let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref()
        {
            let source = source.into();
            return Self::Untrusted { url, source };
        }
        Self::Unreachable { url, source }
    }

    fn silent(url: String, limits: Limits) -> Self {
        Self::Silent {
            url,
            limit: limits.read.unwrap_or(limits.total),
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
            | E::Incomplete { .. }
            | E::Failed { .. }
            | E::NotReady { .. } => Self::Unavailable(error.into()),
            E::NotConnected { .. }
            | E::Unanswered { .. }
            | E::Silent { .. }
            | E::TooLate { .. } => Self::TimedOut(error.into()),
            #[cfg(feature = "gzip")]
            E::NoGzip { .. } => Self::Malformed(error.into()),
            #[cfg(feature = "tls")]
            E::Untrusted { .. } => Self::Rejected(error.into()),
            E::Unsendable { .. }
            | E::NoModel { .. }
            | E::WhichModel { .. }
            | E::NotAllowed { .. }
            | E::QuotaSpent { .. }
            | E::NothingSpoken { .. }
            | E::NotOpenInference { .. } => Self::Rejected(error.into()),
            E::NotHttp { .. } | E::TooLong { .. } | E::Unusable { .. } | E::Metadata { .. } => {
                Self::Malformed(error.into())
            }
            E::Broken {
                status:
                    StatusCode::BAD_GATEWAY
                    | StatusCode::SERVICE_UNAVAILABLE
                    | StatusCode::GATEWAY_TIMEOUT
                    | StatusCode::TOO_MANY_REQUESTS,
                ..
            } => Self::Unavailable(error.into()),
            E::Broken { .. } | E::BrokenOff { .. } => Self::Failed(error.into()),
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

/// Why one form of a request was not answered.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Failure {
    /// Whether the server, or the protocol, may have taken offence at the form alone.
    ///
    /// Real servers say 500 to a form that they do not know as often as 400, 415 or 422.
    pub(crate) fn may_be_of_form(&self) -> bool {
        match self {
            Self::Exchange(ExchangeError::Refusal { status, .. }) => matches!(
                *status,
                StatusCode::BAD_REQUEST
                    | StatusCode::NOT_ACCEPTABLE
                    | StatusCode::UNSUPPORTED_MEDIA_TYPE
                    | StatusCode::UNPROCESSABLE_ENTITY
                    | StatusCode::INTERNAL_SERVER_ERROR
                    | StatusCode::NOT_IMPLEMENTED
            ),
            _ => false,
        }
    }
}

impl From<Failure> for ServiceError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Exchange(error) => error.into(),
            Failure::Service(error) => error,
        }
    }
}

/// Whether a server has refused to tell about itself to somebody without a key.
///
/// What [`HttpService::prepare`](crate::HttpService::prepare) gave may be asked about.
pub fn asks_for_key(error: &ServiceError) -> bool {
    let cause = std::error::Error::source(error);
    cause
        .is_some_and(|cause| matches!(cause.downcast_ref(), Some(ExchangeError::NotAllowed { .. })))
}
