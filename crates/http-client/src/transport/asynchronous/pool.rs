//! The connections that are kept.

use std::error::Error as _;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
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
#[derive(Debug)]
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    watch: Arc<Watch>,
    /// It has carried an exchange before, and was idle since.
    was_idle: bool,
}

impl Pool {
    pub(super) fn new(idle_max: usize) -> Self {
        Self {
            idle: Mutex::default(),
            idle_max,
        }
    }

    /// A connection that is young enough, and of which it is not known that the server has closed it.
    pub(super) fn idle(&self) -> Option<Connection> {
        let mut idle = self.lock();
        let newest = idle.pop()?;
        let is_old = |idle: &Idle| idle.since.elapsed() >= IDLE_AGE_MAX;
        if is_old(&newest) {
            // The others are older.
            let old = std::mem::take(&mut *idle);
            drop(idle);
            drop(old);
            return None;
        }
        if newest.connection.sender.is_closed() {
            drop(idle);
            drop(newest);
            return self.idle();
        }
        Some(newest.connection)
    }

    pub(super) fn give_back(&self, mut connection: Connection, now: Instant) {
        if connection.sender.is_closed() {
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
    pub(super) fn new(sender: SendRequest<Full<Bytes>>, watch: Arc<Watch>) -> Self {
        Self {
            sender,
            watch,
            was_idle: false,
        }
    }

    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, hyper::Error> {
        // The end of the exchange before may just be on its way.
        self.sender.ready().await?;
        self.sender.send_request(request).await
    }

    /// Why no reply began.
    pub(super) fn failure(&self, url: &str, error: hyper::Error) -> Failure {
        let url = url.to_owned();
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
    pub(super) fn body_failure(&self, url: &str, error: hyper::Error) -> ExchangeError {
        let url = url.to_owned();
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

#[cfg(test)]
mod tests;
