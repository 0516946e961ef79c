//! The wire of hyper: an exchange suspends, and whoever keeps watch at the reactor says when it can go on.
//!
//! Calls are polled by their own threads, and move the bytes of their connections themselves.

mod connecting;
mod io_thread;
mod lookup;
mod pool;
mod reactor;
mod tls;
mod watched;

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use creel_core::Context;
use creel_core::port::{Lookout, ServiceError};
use http::header::CONTENT_LENGTH;
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Body as _;

use super::{Exchange, OnPiece, Piece, Settings};
use crate::error::ExchangeError;
use connecting::Route;
use io_thread::IoThread;
use pool::{Connection, Pool};
use reactor::{Reactor, Sleep, timeout};

/// Moves bytes by hyper.
#[derive(Debug)]
pub(super) struct Wire {
    pool: Pool,
    route: Route,
    io: IoThread,
}

impl Wire {
    /// Starts the thread; nothing is connected yet.
    pub(super) fn new(base: &Uri, settings: &Settings) -> io::Result<Self> {
        Ok(Self {
            pool: Pool::new(settings.idle_connections_max),
            route: Route::new(base, settings)?,
            io: IoThread::start()?,
        })
    }

    /// What a thread can watch so that calls go on.
    pub(super) fn lookout(&self) -> Arc<dyn Lookout> {
        Arc::<Reactor>::clone(self.io.reactor())
    }

    /// Suspends until the whole reply is there, time is up, or the caller asks to stop.
    pub(super) async fn exchange(
        &self,
        exchange: &Exchange<'_>,
        context: &Context,
        on_piece: Option<OnPiece<'_>>,
    ) -> Result<Response<Bytes>, ServiceError> {
        let mut answer = pin!(self.attempt_twice(exchange, on_piece));
        let mut end = None;
        poll_fn(|task| {
            if context.is_cancelled() {
                return Poll::Ready(Err(ServiceError::Cancelled));
            }
            if let Poll::Ready(answer) = answer.as_mut().poll(task) {
                return Poll::Ready(answer.map_err(ServiceError::from));
            }
            let end = end.get_or_insert_with(|| {
                // Once is enough: it is kept until the request to stop comes.
                context.on_cancel(task.waker());
                Sleep::new(self.io.reactor(), exchange.deadline)
            });
            Pin::new(end).poll(task).map(|()| {
                Err(ExchangeError::Unanswered {
                    url: exchange.url(),
                    limit: exchange.limits.total,
                }
                .into())
            })
        })
        .await
    }

    async fn attempt_twice(
        &self,
        exchange: &Exchange<'_>,
        mut on_piece: Option<OnPiece<'_>>,
    ) -> Result<Response<Bytes>, ExchangeError> {
        if let Some(connection) = self.pool.idle() {
            let on_piece = on_piece.as_mut().map(|show| &mut **show as OnPiece<'_>);
            match self.attempt(exchange, connection, on_piece).await {
                Err(Failure::MetClosedConnection) => {}
                Err(Failure::Of(error)) => return Err(error),
                Ok(reply) => return Ok(reply),
            }
        }
        // Rare and large: apart, it does not make every call so.
        let connection = Box::pin(self.connect(exchange)).await?;
        match self.attempt(exchange, connection, on_piece).await {
            Ok(reply) => Ok(reply),
            Err(Failure::Of(error)) => Err(error),
            Err(Failure::MetClosedConnection) => {
                unreachable!("a connection of its own has not been idle")
            }
        }
    }

    async fn connect(&self, exchange: &Exchange<'_>) -> Result<Connection, ExchangeError> {
        let (url, limit) = (exchange.url(), exchange.limits.connect);
        let reactor = self.io.reactor();
        let connecting = pin!(self.route.connect(&url, reactor));
        match timeout(reactor, limit, connecting).await {
            Ok(connected) => connected,
            Err(_elapsed) => Err(ExchangeError::NotConnected {
                url: exchange.url(),
                limit,
            }),
        }
    }

    async fn attempt(
        &self,
        exchange: &Exchange<'_>,
        mut connection: Connection,
        mut on_piece: Option<OnPiece<'_>>,
    ) -> Result<Response<Bytes>, Failure> {
        let silence = exchange.limits.read;
        let request = on_the_wire(exchange.complete());
        let sent = {
            // Pinned here, it is not moved from one to the other: a call is kept as long as it takes, and each copy with it.
            let sending = pin!(connection.send(request));
            self.heard(silence, exchange, sending).await?
        };
        let (head, mut body) = match sent {
            Ok(reply) => reply.into_parts(),
            Err(error) => return Err(connection.failure(exchange.url(), error)),
        };
        let limit = exchange.reply_bytes_max;
        let announced = head
            .headers
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(too_long(exchange, limit));
        }
        let mut whole = Body::Empty;
        let mut received = 0;
        // Of a body whose length is known the end need not be waited for.
        while !body.is_end_stream()
            && let Some(frame) = {
                let next = pin!(connection.frame(&mut body));
                self.heard(silence, exchange, next).await?
            }
        {
            let frame = frame.map_err(|error| connection.body_failure(exchange.url(), error))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            received += data.len() as u64;
            if received > limit {
                return Err(too_long(exchange, limit));
            }
            match on_piece.as_deref_mut().map(|show| show(&head, &data)) {
                None | Some(Piece::Kept) => whole.push(data),
                Some(Piece::Taken) => {}
                // The connection has more on it, and is of no use to others.
                Some(Piece::Enough) => return Ok(Response::from_parts(head, whole.into_bytes())),
            }
        }
        self.pool.give_back(connection, Instant::now());
        Ok(Response::from_parts(head, whole.into_bytes()))
    }

    /// Waits for the next sign of life, no longer than the limit.
    async fn heard<F: Future>(
        &self,
        limit: Option<Duration>,
        exchange: &Exchange<'_>,
        sign: Pin<&mut F>,
    ) -> Result<F::Output, ExchangeError> {
        let Some(limit) = limit else {
            return Ok(sign.await);
        };
        timeout(self.io.reactor(), limit, sign)
            .await
            .map_err(|_elapsed| ExchangeError::Silent {
                url: exchange.url(),
                limit,
            })
    }
}

/// Why an attempt gave no reply.
enum Failure {
    /// The server had closed the connection while it was idle, and has not seen the request.
    MetClosedConnection,
    Of(ExchangeError),
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        Self::Of(error)
    }
}

fn too_long(exchange: &Exchange<'_>, limit: u64) -> Failure {
    let url = exchange.url();
    Failure::Of(ExchangeError::TooLong { url, limit })
}

/// The request as it stands on a connection to the server: with the path alone.
fn on_the_wire(request: Request<Bytes>) -> Request<Full<Bytes>> {
    let mut wire = request.map(Full::new);
    let path = wire.uri().path_and_query().cloned();
    *wire.uri_mut() = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    wire
}

/// A body that comes in parts, mostly in one.
enum Body {
    Empty,
    One(Bytes),
    Many(BytesMut),
}

impl Body {
    fn push(&mut self, data: Bytes) {
        *self = match std::mem::replace(self, Self::Empty) {
            Self::Empty => Self::One(data),
            Self::One(first) => {
                let mut many = BytesMut::from(&first[..]);
                many.extend_from_slice(&data);
                Self::Many(many)
            }
            Self::Many(mut many) => {
                many.extend_from_slice(&data);
                Self::Many(many)
            }
        };
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::One(data) => data,
            Self::Many(data) => data.freeze(),
        }
    }
}
