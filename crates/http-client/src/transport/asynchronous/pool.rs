//! The connections that are kept.

use std::error::Error as _;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1::SendRequest;

use super::super::IDLE_AGE_MAX;
use super::Failure;
use super::watched::{Phase, Watch};
use crate::error::ExchangeError;

/// The connections that nobody uses; the one that was used last is used next.
#[derive(Debug)]
pub(super) struct Pool {
    idle: Mutex<Vec<Idle>>,
    idle_max: usize,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    since: Instant,
}

/// A connection on which one exchange at a time takes place.
///
/// Whoever waits for a step of the exchange moves the bytes: nothing is handed to another thread and back. While it is
/// idle nobody does, and what the server did meanwhile is seen when it is taken.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// What moves the bytes; gone once that has come to its end. Its lock is never taken: whoever has the connection has
    /// it alone, and the lock says so of what cannot be shared.
    life: Mutex<Option<Life>>,
    watch: Arc<Watch>,
    /// It has carried an exchange before, and was idle since.
    was_idle: bool,
}

/// What moves the bytes of a connection, whatever its stream is.
pub(super) type Life = Pin<Box<dyn Future<Output = Result<(), hyper::Error>> + Send>>;

impl Pool {
    pub(super) fn new(idle_max: usize) -> Self {
        Self {
            idle: Mutex::default(),
            idle_max,
        }
    }

    /// A connection that is young enough, and of which it is not known that the server has closed it.
    pub(super) fn idle(&self) -> Option<Connection> {
        loop {
            let mut idle = self.lock();
            let mut newest = idle.pop()?;
            if newest.since.elapsed() >= IDLE_AGE_MAX {
                // The others are older.
                let old = std::mem::take(&mut *idle);
                drop(idle);
                drop(old);
                return None;
            }
            drop(idle);
            if newest.connection.is_open() {
                return Some(newest.connection);
            }
        }
    }

    pub(super) fn give_back(&self, mut connection: Connection, now: Instant) {
        // This also brings the exchange to its end, and lets go of the call that waited for it.
        if !connection.is_open() {
            return;
        }
        connection.was_idle = true;
        let mut idle = self.lock();
        if idle.len() < self.idle_max {
            idle.push(Idle {
                connection,
                since: now,
            });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// A connection that has carried nothing yet.
    pub(super) fn new(sender: SendRequest<Full<Bytes>>, life: Life, watch: Arc<Watch>) -> Self {
        Self {
            sender,
            life: Mutex::new(Some(life)),
            watch,
            was_idle: false,
        }
    }

    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, hyper::Error> {
        let Self { sender, life, .. } = self;
        let exchange = async {
            sender.ready().await?;
            sender.send_request(request).await
        };
        moved(life, pin!(exchange)).await
    }

    /// The next frame of a reply's body; `None` at its end.
    pub(super) async fn frame(
        &mut self,
        body: &mut Incoming,
    ) -> Option<Result<Frame<Bytes>, hyper::Error>> {
        moved(&mut self.life, pin!(body.frame())).await
    }

    /// Whether more can be sent, as far as can be seen.
    fn is_open(&mut self) -> bool {
        let mut task = Context::from_waker(Waker::noop());
        live(&mut self.life, &mut task);
        !self.sender.is_closed()
    }

    /// Why no reply began.
    pub(super) fn failure(&self, url: String, error: hyper::Error) -> Failure {
        if error.is_parse() {
            let source = error.into();
            return Failure::Of(ExchangeError::NotHttp { url, source });
        }
        // It ended after it was taken for this exchange and before a byte of that was sent: the watch has seen nothing.
        if self.was_idle && (error.is_closed() || error.is_canceled()) {
            return Failure::MetClosedConnection;
        }
        match self.watch.phase() {
            Phase::Asking { is_first: false } => Failure::MetClosedConnection,
            Phase::Asking { is_first: true } => {
                let source = error.into();
                Failure::Of(ExchangeError::Closed { url, source })
            }
            Phase::Answering => {
                let source = io::Error::new(io::ErrorKind::UnexpectedEof, error);
                Failure::Of(ExchangeError::Torn { url, source })
            }
        }
    }

    /// Why a reply did not come to its end.
    pub(super) fn body_failure(&self, url: String, error: hyper::Error) -> ExchangeError {
        // hyper tells a body that is none of HTTP by the kind of error that reading it gave.
        let broken = error
            .source()
            .and_then(|source| source.downcast_ref::<io::Error>())
            .is_some_and(|source| {
                matches!(
                    source.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
                )
            });
        if broken || error.is_parse() {
            let source = error.into();
            return ExchangeError::NotHttp { url, source };
        }
        let source = io::Error::new(io::ErrorKind::UnexpectedEof, error);
        ExchangeError::Torn { url, source }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("sender", &self.sender)
            .field("watch", &self.watch)
            .field("was_idle", &self.was_idle)
            .finish_non_exhaustive()
    }
}

/// Moves the bytes of a connection while it waits for a step of its exchange.
async fn moved<F: Future>(life: &mut Mutex<Option<Life>>, mut step: Pin<&mut F>) -> F::Output {
    let mut is_begun = false;
    poll_fn(|task| {
        // What the step wants done is known once it has begun.
        if !is_begun {
            is_begun = true;
            if let Poll::Ready(output) = step.as_mut().poll(task) {
                return Poll::Ready(output);
            }
        }
        live(life, task);
        step.as_mut().poll(task)
    })
    .await
}

/// Moves the bytes that can be moved.
fn live(life: &mut Mutex<Option<Life>>, task: &mut Context<'_>) {
    let life = life.get_mut().unwrap_or_else(PoisonError::into_inner);
    if let Some(going) = life
        && going.as_mut().poll(task).is_ready()
    {
        // How it ended is told to whoever waits for a reply.
        *life = None;
    }
}

#[cfg(test)]
mod tests;
