//! The service itself.

use std::future::Future;
use std::time::SystemTime;

use creel_core::port::ServiceError;
use creel_core::{Context, Service};
use creel_protocols::{Answer, Protocol, ReplyError, Request};

use crate::error::ExchangeError;
use crate::transport::Transport;
use crate::{HttpServiceBuilder, retry_after};

/// A model server over HTTP.
///
/// A call blocks its thread in the first poll until the answer is there or a time limit has passed: the
/// service's own, or the deadline of the context if that is sooner. A request to cancel is honoured until the
/// request is sent; from then on only the time limits end the call. Connections are kept and shared: the service
/// has as many as calls that run at the same time.
///
/// An asynchronous service ([`HttpServiceBuilder::asynchronous`]) suspends where a blocking one blocks, and honours a
/// request to cancel at any time.
#[derive(Debug)]
pub struct HttpService {
    pub(crate) transport: Transport,
    pub(crate) protocol: Protocol,
}

impl HttpService {
    /// Starts to build a service that asks the server at `url` in a protocol.
    pub fn builder(url: impl Into<String>, protocol: impl Into<Protocol>) -> HttpServiceBuilder {
        HttpServiceBuilder::new(url.into(), protocol.into())
    }

    pub(crate) fn new(transport: Transport, protocol: Protocol) -> Self {
        Self {
            transport,
            protocol,
        }
    }

    /// Where the server is, without what may be secret in its URL.
    pub fn url(&self) -> String {
        self.transport.base_url()
    }

    /// The protocol in which the server is asked.
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    async fn answer(&self, request: &Request, context: &Context) -> Result<Answer, ServiceError> {
        let message = match self.protocol.encode(request) {
            Ok(message) => message,
            Err(source) => {
                let url = self.transport.base_url();
                return Err(ExchangeError::Unsendable { url, source }.into());
            }
        };
        let reply = self.transport.send(&message, context).await?;
        self.protocol.decode(request, &reply).map_err(|source| {
            let url = self.transport.url(message.uri());
            let error = match source {
                ReplyError::Status { status, .. } => ExchangeError::Refusal {
                    url,
                    status,
                    retry_after: retry_after::pause(reply.headers(), SystemTime::now()),
                    source,
                },
                source => ExchangeError::Unusable { url, source },
            };
            error.into()
        })
    }
}

/// What became of a call:
///
/// | seen | error |
/// |---|---|
/// | refused, unreachable, closed before the reply, cut off in it; 502, 503, 504 | [`Unavailable`](ServiceError::Unavailable) |
/// | a time limit passed; 408 | [`TimedOut`](ServiceError::TimedOut) |
/// | 429 | [`Throttled`](ServiceError::Throttled), with `Retry-After` in either form |
/// | other 3xx and 4xx; a payload that the protocol cannot carry | [`Rejected`](ServiceError::Rejected) |
/// | other 5xx | [`Failed`](ServiceError::Failed) |
/// | no HTTP, no answer of the protocol, an answer to something else, a reply that is too long | [`Malformed`](ServiceError::Malformed) |
/// | the request to cancel came before the request was sent | [`Cancelled`](ServiceError::Cancelled) |
impl Service<Request> for HttpService {
    type Response = Answer;

    fn call(
        &self,
        request: Request,
        context: &Context,
    ) -> impl Future<Output = Result<Answer, ServiceError>> + Send {
        let context = context.clone();
        async move { self.answer(&request, &context).await }
    }
}

/// A random id for a request, of 32 hexadecimal digits.
///
/// Ids of one process differ; an id tells nothing about what is asked.
pub fn random_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}
