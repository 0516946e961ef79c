//! One exchange: a request out, a whole reply back.

#[cfg(feature = "async")]
mod asynchronous;
mod blocking;
#[cfg(feature = "gzip")]
mod gzip;
mod proxy;
#[cfg(feature = "tls")]
mod roots;

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::task::{self, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use creel_core::Context;
use creel_core::port::{Lookout, ServiceError};
use http::header::{ACCEPT, AUTHORIZATION, HOST, USER_AGENT};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, HeaderValue, Request, Response, Uri, response};

use crate::address::ip_address;
use crate::error::{ExchangeError, Limits};

pub(crate) use proxy::ProxyChoice;
#[cfg(feature = "tls")]
pub(crate) use roots::{NoCertificates, Roots};

/// Below the 5 s after which common servers close an idle connection.
const IDLE_AGE_MAX: Duration = Duration::from_secs(4);

/// Longer than anybody waits; clocks end at times that cannot be counted.
const LIMIT_MAX: Duration = Duration::from_secs(365 * 24 * 3600);

/// How a server is talked to, whatever is said.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) idle_connections_max: usize,
    pub(crate) reply_bytes_max: u64,
    /// What goes out with every request; values that nobody may read are marked so.
    pub(crate) headers: HeaderMap,
    #[cfg(feature = "tls")]
    pub(crate) roots: Roots,
    pub(crate) proxy: ProxyChoice,
    pub(crate) compression: Compression,
}

/// Whether replies may be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    #[cfg(feature = "gzip")]
    Gzip,
}

/// Sends requests to one server, over connections that it keeps.
pub(crate) struct Transport {
    wire: Wire,
    base: Uri,
    limits: Limits,
    reply_bytes_max: u64,
    headers: HeaderMap,
    compression: Compression,
}

/// Who moves the bytes.
#[derive(Debug)]
enum Wire {
    Blocking(blocking::Wire),
    #[cfg(feature = "async")]
    Asynchronous(asynchronous::Wire),
}

/// What becomes of a piece of a reply's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// It is a part of the body.
    Kept,
    /// Somebody has read it already.
    Taken,
    /// The same, and nobody wants to see what follows.
    Enough,
}

/// Who sees the pieces of a reply's body as they come, each with the reply's head.
pub(crate) type OnPiece<'a> = &'a mut (dyn FnMut(&response::Parts, &[u8]) -> Piece + Send + Sync);

/// One exchange, as a wire sees it.
struct Exchange<'a> {
    transport: &'a Transport,
    /// With a path below the server's URL, and the protocol's own headers.
    request: &'a Request<Bytes>,
    limits: Limits,
    deadline: Instant,
    reply_bytes_max: u64,
}

impl Exchange<'_> {
    /// The URL as it is shown to users.
    fn url(&self) -> String {
        self.transport.url(self.request.uri())
    }

    /// The request with its whole URL and all that goes out with every one.
    fn complete(&self) -> Request<Bytes> {
        self.transport.complete(self.request)
    }

    /// The limits of another attempt, which shares the time.
    fn rest(&self) -> Result<Limits, ServiceError> {
        self.limits
            .until(self.deadline, Instant::now())
            .ok_or_else(|| {
                let url = self.url();
                let limit = self.limits.total;
                ExchangeError::Unanswered { url, limit }.into()
            })
    }
}

impl Transport {
    /// A transport whose calls block; `base` has a scheme and a host.
    pub(crate) fn blocking(base: Uri, settings: Settings) -> Self {
        let (base, settings) = prepared(base, settings);
        let wire = Wire::Blocking(blocking::Wire::new(&base, &settings));
        Self::new(wire, base, settings)
    }

    /// A transport whose calls suspend.
    ///
    /// # Errors
    /// When its I/O thread cannot be started.
    #[cfg(feature = "async")]
    pub(crate) fn asynchronous(base: Uri, settings: Settings) -> std::io::Result<Self> {
        let (base, settings) = prepared(base, settings);
        let wire = Wire::Asynchronous(asynchronous::Wire::new(&base, &settings)?);
        Ok(Self::new(wire, base, settings))
    }

    fn new(wire: Wire, base: Uri, settings: Settings) -> Self {
        Self {
            wire,
            base,
            limits: settings.limits,
            reply_bytes_max: settings.reply_bytes_max,
            headers: settings.headers,
            compression: settings.compression,
        }
    }

    /// Sends a request whose URI is a path below the server's URL, and blocks until the whole reply is there.
    ///
    /// A request that met a connection which the server had closed meanwhile is sent once more, on one of its
    /// own: the server has not seen it, and if it has, asking a model twice does no harm.
    pub(crate) fn exchange(
        &self,
        request: &Request<Bytes>,
        context: &Context,
    ) -> Result<Response<Bytes>, ServiceError> {
        let exchange = self.send(request, context);
        block_on(exchange)
    }

    /// What a thread can watch so that calls go on, if they suspend.
    pub(crate) fn lookout(&self) -> Option<Arc<dyn Lookout>> {
        match &self.wire {
            Wire::Blocking(_) => None,
            #[cfg(feature = "async")]
            Wire::Asynchronous(wire) => Some(wire.lookout()),
        }
    }

    /// The same, but suspends if the transport can.
    pub(crate) async fn send(
        &self,
        request: &Request<Bytes>,
        context: &Context,
    ) -> Result<Response<Bytes>, ServiceError> {
        self.send_in_pieces(request, context, None).await
    }

    /// The same, and shows each piece of the reply's body as it comes; the body is of the pieces that are kept.
    pub(crate) async fn send_in_pieces(
        &self,
        request: &Request<Bytes>,
        context: &Context,
        on_piece: Option<OnPiece<'_>>,
    ) -> Result<Response<Bytes>, ServiceError> {
        if context.is_cancelled() {
            return Err(ServiceError::Cancelled);
        }
        let now = Instant::now();
        let limits = match context.deadline() {
            None => self.limits,
            Some(deadline) => match self.limits.until(deadline, now) {
                Some(limits) => limits,
                None => {
                    let url = self.url(request.uri());
                    return Err(ExchangeError::TooLate { url }.into());
                }
            },
        };
        let exchange = Exchange {
            transport: self,
            request,
            limits,
            deadline: now + limits.total,
            reply_bytes_max: self.reply_bytes_max,
        };
        let reply = match &self.wire {
            Wire::Blocking(wire) => wire.exchange(&exchange, on_piece)?,
            #[cfg(feature = "async")]
            Wire::Asynchronous(wire) => wire.exchange(&exchange, context, on_piece).await?,
        };
        self.decompressed(reply, &exchange)
    }

    /// Where a path below the server's URL is, as it is shown to users.
    pub(crate) fn url(&self, path: &Uri) -> String {
        shown(&self.target(path))
    }

    /// Where the server is, as it is shown to users.
    pub(crate) fn base_url(&self) -> String {
        shown(&self.base)
    }

    /// The request with its whole URL and all that goes out with every one.
    fn complete(&self, request: &Request<Bytes>) -> Request<Bytes> {
        let mut complete = Request::new(request.body().clone());
        *complete.method_mut() = request.method().clone();
        *complete.uri_mut() = self.target(request.uri());
        let count = self.headers.len() + request.headers().len();
        let mut headers = HeaderMap::with_capacity(count);
        // What the protocol says goes before.
        for (name, value) in self.headers.iter().chain(request.headers()) {
            headers.insert(name.clone(), value.clone());
        }
        *complete.headers_mut() = headers;
        complete
    }

    #[cfg_attr(
        not(feature = "gzip"),
        expect(
            clippy::unnecessary_wraps,
            unused_variables,
            reason = "without gzip nothing can go wrong"
        )
    )]
    fn decompressed(
        &self,
        reply: Response<Bytes>,
        exchange: &Exchange<'_>,
    ) -> Result<Response<Bytes>, ServiceError> {
        match self.compression {
            Compression::None => Ok(reply),
            #[cfg(feature = "gzip")]
            Compression::Gzip => gzip::decompressed(reply, exchange),
        }
    }

    /// The path below the server's URL; `/` is that URL itself. A query of the server's URL stays.
    fn target(&self, path: &Uri) -> Uri {
        if path.path() == "/" {
            return self.base.clone();
        }
        let mut target = self.base.path().trim_end_matches('/').to_owned() + path.path();
        if let Some(query) = path.query().or(self.base.query()) {
            target += "?";
            target += query;
        }
        let mut parts = self.base.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(target).expect("two paths make a path"));
        Uri::from_parts(parts).expect("another path leaves a URL a URL")
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base", &self.base_url())
            .field("wire", &self.wire)
            .field("limits", &self.limits)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// A URL without the name and password in it, which become a header, and settings that can be kept.
fn prepared(base: Uri, mut settings: Settings) -> (Uri, Settings) {
    settings.limits = settings.limits.at_most(LIMIT_MAX);
    let headers = &mut settings.headers;
    let agent = HeaderValue::from_static(concat!("creel/", env!("CARGO_PKG_VERSION")));
    headers.entry(USER_AGENT).or_insert(agent);
    headers
        .entry(ACCEPT)
        .or_insert(HeaderValue::from_static("*/*"));
    #[cfg(feature = "gzip")]
    if settings.compression == Compression::Gzip {
        let gzip = HeaderValue::from_static("gzip");
        headers.entry(http::header::ACCEPT_ENCODING).or_insert(gzip);
    }
    if is_this_machine(&base) {
        settings.proxy = ProxyChoice::None;
    }
    let mut parts = base.into_parts();
    if let Some(authority) = parts.authority.take() {
        let text = authority.as_str();
        let (user, host) = text.rsplit_once('@').unwrap_or(("", text));
        if !user.is_empty() {
            let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(user)))
                .expect("base64 is text");
            value.set_sensitive(true);
            headers.entry(AUTHORIZATION).or_insert(value);
        }
        if let Ok(host) = HeaderValue::from_str(host) {
            headers.entry(HOST).or_insert(host);
        }
        parts.authority = Some(
            host.parse::<Authority>()
                .expect("the host of a URL is one without the name before it"),
        );
    }
    let base = Uri::from_parts(parts).expect("another authority leaves a URL a URL");
    (base, settings)
}

/// A URL without what may be secret: a query can hold a key, and a host a password.
pub(crate) fn shown(url: &Uri) -> String {
    let scheme = url.scheme_str().unwrap_or_default();
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{}", url.path())
}

/// Whether no proxy can lie between.
fn is_this_machine(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    host == "localhost" || ip_address(host).is_some_and(|address| address.is_loopback())
}

/// Blocks until a future is ready.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut task = task::Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut task) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// Wakes a thread that waits for a future.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests;
