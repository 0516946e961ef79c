//! Connections that know whether the server has closed them before it said anything, and ask the system for little.

use std::io::{self, ErrorKind};
use std::mem;
use std::time::Duration;

use thiserror::Error;
use ureq::Error;
use ureq::unversioned::transport::time::Duration as Wait;
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
            phase: Phase::Fresh,
            held: Vec::new(),
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
///
/// ureq hands over the head and the body of a request one after the other, sets the system's time limit anew for each step,
/// and looks twice between two requests whether the connection is still open. Here head and body leave in one piece,
/// limits that are nearly the same are the same, and one look is enough: a fifth of what a small request costs.
#[derive(Debug)]
pub(crate) struct Watched {
    inner: Box<dyn Transport>,
    phase: Phase,
    /// The beginning of a request, which leaves with what follows it.
    held: Vec<u8>,
}

/// ```text
///   Fresh ── request ──▶ Asking { is_first: true } ── first byte ──▶ Answering ── given back ──▶ Idle
///                                                                       ▲                         │ request
///                                                                       └── first byte ── Asking { is_first: false }
/// ```
#[derive(Clone, Copy, Debug)]
enum Phase {
    Fresh,
    Asking { is_first: bool },
    Answering,
    Idle,
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

    /// Sends what was held back, and so many bytes of the output after it.
    fn send(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let mut held = mem::take(&mut self.held);
        let output = self.inner.buffers().output();
        let whole = held.len() + amount;
        if whole <= output.len() {
            output.copy_within(..amount, held.len());
            output[..held.len()].copy_from_slice(&held);
            self.transmit(whole, timeout)?;
        } else {
            let rest = output[..amount].to_vec();
            output[..held.len()].copy_from_slice(&held);
            self.transmit(held.len(), timeout)?;
            self.inner.buffers().output()[..amount].copy_from_slice(&rest);
            self.transmit(amount, timeout)?;
        }
        // Its memory serves the next request.
        held.clear();
        self.held = held;
        Ok(())
    }

    fn transmit(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner
            .transmit_output(amount, timeout)
            .map_err(|error| self.judged(error))
    }
}

/// Rounds a limit up, by less than a sixteenth: each other limit is a call of the system.
fn coarse(mut timeout: NextTimeout) -> NextTimeout {
    if let Wait::Exact(limit) = timeout.after
        && let Ok(nanos) = u64::try_from(limit.as_nanos())
        && let Some(step) = (nanos / 16).checked_ilog2().map(|bits| 1 << bits)
    {
        let rounded = nanos.div_ceil(step).saturating_mul(step);
        timeout.after = Wait::Exact(Duration::from_nanos(rounded));
    }
    timeout
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
        if let Phase::Asking { .. } = self.phase {
            return self.send(amount, coarse(timeout));
        }
        self.phase = Phase::Asking {
            is_first: matches!(self.phase, Phase::Fresh),
        };
        let output = &self.inner.buffers().output()[..amount];
        self.held.extend_from_slice(output);
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = coarse(timeout);
        if !self.held.is_empty() {
            self.send(0, timeout)?;
        }
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
                Phase::Fresh | Phase::Answering | Phase::Idle => Ok(false),
            },
            Err(error) => Err(self.judged(error)),
        }
    }

    fn is_open(&mut self) -> bool {
        match self.phase {
            // It is given back; whoever takes it looks.
            Phase::Answering => {
                self.phase = Phase::Idle;
                true
            }
            _ => self.inner.is_open(),
        }
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The limit that the system is told in place of this one.
    #[track_caller]
    fn check(limit: Duration, expected: Duration) {
        let timeout = NextTimeout {
            after: Wait::Exact(limit),
            ..NextTimeout::default()
        };
        assert_eq!(coarse(timeout).after, Wait::Exact(expected));
    }

    #[test]
    fn limits_that_are_nearly_the_same_are_the_same() {
        let step = Duration::from_nanos(1 << 30);
        for limit in [Duration::from_secs(30), Duration::from_millis(29_100)] {
            check(limit, 28 * step);
        }
    }

    #[test]
    fn a_limit_is_never_shortened_and_lengthened_by_less_than_a_sixteenth() {
        for nanos in (0..64).map(|shift| 0x9e37_79b9_7f4a_7c15_u64 >> shift) {
            let limit = Duration::from_nanos(nanos);
            let timeout = NextTimeout {
                after: Wait::Exact(limit),
                ..NextTimeout::default()
            };
            let Wait::Exact(rounded) = coarse(timeout).after else {
                panic!("a limit stays one");
            };
            assert!(rounded >= limit && rounded - limit <= limit / 16);
        }
        check(Duration::ZERO, Duration::ZERO);
    }
}
