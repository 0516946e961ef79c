//! The service itself.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use bytes::Bytes;
use creel_core::port::{Lookout, ServiceError};
use creel_core::{Context, Service};
use creel_protocols::openai::{Stream, is_quota_spent};
use creel_protocols::{Answer, Protocol, ReplyError, Request};
use http::header::CONTENT_ENCODING;
use http::{StatusCode, response};

use crate::error::{ExchangeError, Failure};
use crate::forms::Forms;
use crate::transport::{OnPiece, Piece, Transport};
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
///
/// A service that has several forms to choose from ([`HttpServiceBuilder::or`]) sends a request that the server breaks
/// on again in the next one, and stays with the first that was understood.
#[derive(Debug)]
pub struct HttpService {
    pub(crate) transport: Transport,
    pub(crate) given: Given,
    /// What is known to be spoken, once the server was asked about itself.
    pub(crate) known: OnceLock<Forms>,
    /// Whether that is to be found out before the first request. Orders nothing else: whoever finds out a second
    /// time finds the same.
    pub(crate) is_pending: AtomicBool,
    listener: Option<Listener>,
}

/// What a service may speak.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) forms: Forms,
    /// Whether they are of several protocols, of which the server speaks one.
    pub(crate) is_guess: bool,
}

/// One step of an answer that comes word by word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken<'a> {
    /// The answer begins. It may begin more than once, when a request has to be sent again.
    Begun,
    /// So it goes on.
    Text(&'a str),
    /// It has ended, or broken off.
    Ended,
}

/// What hears the words of answers as they come, each with the id of its request.
pub(crate) type Listen = dyn Fn(&str, Spoken<'_>) + Send + Sync;

/// Who hears the words of answers.
#[derive(Clone)]
pub(crate) struct Listener(pub(crate) Arc<Listen>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl HttpService {
    /// Starts to build a service that asks the server at `url` in a protocol.
    pub fn builder(url: impl Into<String>, protocol: impl Into<Protocol>) -> HttpServiceBuilder {
        HttpServiceBuilder::new(url.into(), protocol.into())
    }

    pub(crate) fn new(transport: Transport, given: Given, listener: Option<Listener>) -> Self {
        Self {
            transport,
            is_pending: AtomicBool::new(given.is_guess),
            given,
            known: OnceLock::new(),
            listener,
        }
    }

    /// The protocol in which the server is asked: of several forms the one that was understood, else the first.
    pub fn protocol(&self) -> &Protocol {
        self.known.get().unwrap_or(&self.given.forms).best()
    }

    /// Where the server is, without what may be secret in its URL.
    pub fn url(&self) -> String {
        self.transport.base_url()
    }

    /// What an idle thread can watch so that calls go on, for [an executor that does](Lookout); `None` if calls block.
    ///
    /// It is kept by a thread of the service's own where nobody else does.
    pub fn lookout(&self) -> Option<Arc<dyn Lookout>> {
        self.transport.lookout()
    }

    async fn answer(&self, request: &Request, context: &Context) -> Result<Answer, ServiceError> {
        let forms = match self.known.get() {
            Some(forms) => forms,
            None if self.is_pending.load(Ordering::Relaxed) => self.find(context)?,
            None => &self.given.forms,
        };
        let mut failure = None;
        let mut tried: Vec<http::Request<Bytes>> = Vec::new();
        for (place, protocol) in forms.open() {
            let message = match protocol.encode(request) {
                Ok(message) => message,
                Err(source) => {
                    let url = self.transport.base_url();
                    failure = Some(ExchangeError::Unsendable { url, source }.into());
                    continue;
                }
            };
            // Forms that differ in what this payload has nothing of are the same.
            if tried.iter().any(|tried| is_same(tried, &message)) {
                continue;
            }
            match self.ask(protocol, request, &message, context).await {
                Ok(answer) => {
                    self.settle(forms, place, failure.as_ref());
                    return Ok(answer);
                }
                Err(error) if error.may_be_of_form() => failure = Some(error),
                Err(error) => return Err(error.into()),
            }
            tried.push(message);
        }
        Err(failure.expect("there is at least one form").into())
    }

    /// Remembers the form that was understood, and tells of it if it was not the first.
    fn settle(&self, forms: &Forms, place: usize, failure: Option<&Failure>) {
        if forms.settle(place)
            && let Some(failure) = failure
        {
            tracing::info!(
                url = self.url(),
                failure = %failure,
                "asking in {} from here on",
                forms.best()
            );
        }
    }

    /// One exchange in one form.
    async fn ask(
        &self,
        protocol: &Protocol,
        request: &Request,
        message: &http::Request<Bytes>,
        context: &Context,
    ) -> Result<Answer, Failure> {
        let mut hearing = Hearing::of(self.listener.as_ref(), request);
        let mut hear = |head: &response::Parts, piece: &[u8]| hearing.take(head, piece);
        // Only what is said comes word by word.
        let on_piece = match protocol {
            Protocol::Chat(_) => Some(&mut hear as OnPiece<'_>),
            _ => None,
        };
        let reply = self
            .transport
            .send_in_pieces(message, context, on_piece)
            .await?;
        let answer = match hearing.end() {
            Some(answer) => answer,
            None => protocol.decode(request, &reply),
        };
        answer.map_err(|source| {
            let url = self.transport.url(message.uri());
            let error = match source {
                ReplyError::Status {
                    status: StatusCode::TOO_MANY_REQUESTS,
                    ..
                } if is_quota_spent(reply.body()) => ExchangeError::QuotaSpent { url, source },
                ReplyError::Status { status, .. } => ExchangeError::Refusal {
                    url,
                    status,
                    retry_after: retry_after::pause(reply.headers(), SystemTime::now()),
                    source,
                },
                ReplyError::Incomplete => ExchangeError::Incomplete { url, source },
                ReplyError::Broken { .. } => ExchangeError::BrokenOff { url, source },
                source => ExchangeError::Unusable { url, source },
            };
            error.into()
        })
    }
}

fn is_same(one: &http::Request<Bytes>, other: &http::Request<Bytes>) -> bool {
    one.uri() == other.uri() && one.headers() == other.headers() && one.body() == other.body()
}

/// Reads an answer that comes word by word.
struct Hearing<'a> {
    listener: Option<(&'a Listener, &'a str)>,
    stream: Option<Stream>,
    fault: Option<ReplyError>,
}

impl<'a> Hearing<'a> {
    fn of(listener: Option<&'a Listener>, request: &'a Request) -> Self {
        Self {
            listener: listener.map(|listener| (listener, request.id.as_str())),
            stream: None,
            fault: None,
        }
    }

    fn tell(&self, step: Spoken<'_>) {
        if let Some((Listener(tell), id)) = self.listener {
            tell(id, step);
        }
    }

    /// Takes a piece of a stream of events; keeps a piece of any other body, whose protocol reads it as a whole.
    fn take(&mut self, head: &response::Parts, piece: &[u8]) -> Piece {
        let is_readable = head.status.is_success()
            && Stream::is_in(&head.headers)
            && !head.headers.contains_key(CONTENT_ENCODING);
        if !is_readable {
            return Piece::Kept;
        }
        let mut stream = self.stream.take().unwrap_or_else(|| {
            self.tell(Spoken::Begun);
            Stream::default()
        });
        let pushed = stream.push(piece, |text| self.tell(Spoken::Text(text)));
        self.stream = Some(stream);
        match pushed {
            Ok(()) => Piece::Taken,
            Err(fault) => {
                self.fault = Some(fault);
                Piece::Enough
            }
        }
    }

    /// What the stream made, if there was one.
    fn end(mut self) -> Option<Result<Answer, ReplyError>> {
        let stream = self.stream.take()?;
        self.tell(Spoken::Ended);
        Some(match self.fault.take() {
            Some(fault) => Err(fault),
            None => stream.finish(),
        })
    }
}

/// An exchange that failed in the middle of a stream has ended for the listener as well.
impl Drop for Hearing<'_> {
    fn drop(&mut self) {
        if self.stream.is_some() {
            self.tell(Spoken::Ended);
        }
    }
}

/// What became of a call:
///
/// | seen | error |
/// |---|---|
/// | refused, unreachable, closed before the reply, cut off in it; 502, 503, 504 | [`Unavailable`](ServiceError::Unavailable) |
/// | a time limit passed; 408 | [`TimedOut`](ServiceError::TimedOut) |
/// | 429 | [`Throttled`](ServiceError::Throttled), with `Retry-After` in either form; [`Rejected`](ServiceError::Rejected) if it is the account's quota |
/// | other 3xx and 4xx; a payload that the protocol cannot carry | [`Rejected`](ServiceError::Rejected) |
/// | other 5xx; a stream in which the server says that it failed | [`Failed`](ServiceError::Failed) |
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
    // One for each request: formatting takes as long as the headers around it.
    let number = fastrand::u128(..);
    let mut digits = String::with_capacity(32);
    for place in (0..32).rev() {
        let digit = (number >> (4 * place)) as usize & 0xf;
        digits.push(char::from(b"0123456789abcdef"[digit]));
    }
    digits
}
