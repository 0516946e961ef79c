//! Connections that know whether the server has closed them before it said anything.

use std::io::{self, ErrorKind};

use thiserror::Error;
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};

/// Opens connections as ureq does, and watches them.
#[derive(Debug, Default)]
pub(crate) struct WatchedConnector(DefaultConnector);

impl Connector for WatchedConnector {
    type Out = Watched;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Watched>, Error> {
        let connection = self.0.connect(details, chained)?;
        Ok(connection.map(|inner| Watched {
            inner,
            phase: Phase::Asking { is_first: true },
        }))
    }
}

/// The server closed the connection before the first byte of its reply.
#[derive(Debug, Error)]
#[error("the connection was closed before the reply began")]
pub(crate) struct ClosedSilently {
    /// Whether it had carried another reply before: then the server may have closed it while it was idle,
    /// and never have seen the request.
    pub(crate) was_reused: bool,
    source: io::Error,
}

impl ClosedSilently {
    /// What a failed exchange says about it, if that is why it failed.
    pub(crate) fn in_error(error: &Error) -> Option<&Self> {
        match error {
            Error::Other(error) => error.downcast_ref(),
            _ => None,
        }
    }
}

/// A connection whose exchanges are followed.
#[derive(Debug)]
pub(crate) struct Watched {
    inner: Box<dyn Transport>,
    phase: Phase,
}

/// ```text
///   Asking { is_first: true } ── first byte ──▶ Answering ── next request ──▶ Asking { is_first: false }
///                                                   ▲                                │
///                                                   └──────────── first byte ────────┘
/// ```
#[derive(Clone, Copy, Debug)]
enum Phase {
    Asking { is_first: bool },
    Answering,
}

impl Watched {
    fn judged(&self, error: Error) -> Error {
        match (self.phase, error) {
            (Phase::Asking { is_first }, Error::Io(source)) if is_closed(&source) => {
                Error::Other(Box::new(ClosedSilently {
                    was_reused: !is_first,
                    source,
                }))
            }
            (_, error) => error,
        }
    }
}

/// Whether an error says that the other side has closed the connection.
pub(crate) fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
            | ErrorKind::UnexpectedEof
    )
}

impl Transport for Watched {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if let Phase::Answering = self.phase {
            self.phase = Phase::Asking { is_first: false };
        }
        self.inner
            .transmit_output(amount, timeout)
            .map_err(|error| self.judged(error))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        match self.inner.await_input(timeout) {
            Ok(true) => {
                self.phase = Phase::Answering;
                Ok(true)
            }
            Ok(false) => match self.phase {
                Phase::Asking { .. } => {
                    Err(self.judged(Error::Io(ErrorKind::UnexpectedEof.into())))
                }
                // The end of a reply without a length is told so.
                Phase::Answering => Ok(false),
            },
            Err(error) => Err(self.judged(error)),
        }
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
