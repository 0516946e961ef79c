//! The wire of ureq: an exchange blocks its thread.

use std::fmt;
use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use creel_core::port::ServiceError;
use http::{Request, Response, Uri};
use ureq::Agent;

use super::{Exchange, IDLE_AGE_MAX, OnPiece, Piece, Settings};
use crate::address::AddressBook;
use crate::connection::{ClosedSilently, WatchedConnector};
use crate::error::{ExchangeError, Limits};

/// How much of a body is read at once.
const PIECE_BYTES: usize = 16 << 10;

/// Moves bytes by ureq.
pub(super) struct Wire {
    /// At least one. Each keeps its connections behind one lock, under which it also looks whether they are open: many threads
    /// would stand in line there.
    agents: Vec<Agent>,
    /// Those that the agents keep of their own accord.
    limits: Limits,
}

/// So many connections are kept by one agent.
const CONNECTIONS_EACH: usize = 16;
/// So many agents are enough for any number of threads.
const AGENTS_MAX: usize = 8;

impl fmt::Debug for Wire {
    /// Without the agent, which may know a proxy's password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blocking")
    }
}

impl Wire {
    pub(super) fn new(base: &Uri, settings: &Settings) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirected POST arrives as a GET, or not at all; the URL is better put right.
            .max_redirects(0)
            .timeout_connect(Some(settings.limits.connect))
            .timeout_per_read(settings.limits.read)
            .timeout_global(Some(settings.limits.total))
            .max_idle_age(IDLE_AGE_MAX)
            .max_idle_connections(settings.idle_connections_max)
            .max_idle_connections_per_host(settings.idle_connections_max)
            .proxy(settings.proxy.for_url(base));
        #[cfg(feature = "tls")]
        let config = match settings.roots.for_ureq() {
            Some(roots) => {
                config.tls_config(ureq::tls::TlsConfig::builder().root_certs(roots).build())
            }
            None => config,
        };
        let config = config.build();
        let agent = |_| {
            let connector = WatchedConnector::default();
            Agent::with_parts(config.clone(), connector, AddressBook::default())
        };
        let count = settings.idle_connections_max / CONNECTIONS_EACH;
        Self {
            agents: (0..count.clamp(1, AGENTS_MAX)).map(agent).collect(),
            limits: settings.limits,
        }
    }

    /// Blocks until the whole reply is there.
    pub(super) fn exchange(
        &self,
        exchange: &Exchange<'_>,
        on_piece: Option<OnPiece<'_>>,
    ) -> Result<Response<Bytes>, ServiceError> {
        let limits = exchange.limits;
        let response = match self.send(exchange, limits, IDLE_AGE_MAX) {
            Err(error)
                if ClosedSilently::in_error(&error).is_some_and(|closed| closed.was_reused) =>
            {
                self.send(exchange, exchange.rest()?, Duration::ZERO)
            }
            sent => sent,
        };
        let url = || exchange.url();
        let (head, body) = response
            .map_err(|error| ExchangeError::before_reply(url(), limits, error))?
            .into_parts();
        let body = body.into_with_config().limit(exchange.reply_bytes_max);
        let body = match on_piece {
            None => body.read_to_vec().map(Bytes::from),
            Some(show) => collect(body.reader(), |piece| show(&head, piece)).map_err(Into::into),
        };
        let body = body.map_err(|error| ExchangeError::in_reply(url(), limits, error))?;
        Ok(Response::from_parts(head, body))
    }

    /// Connections that have been idle for longer than `idle_age_max` are not used.
    fn send(
        &self,
        exchange: &Exchange<'_>,
        limits: Limits,
        idle_age_max: Duration,
    ) -> Result<Response<ureq::Body>, ureq::Error> {
        let (head, body) = exchange.complete().into_parts();
        let request = Request::from_parts(head, &body[..]);
        if limits == self.limits && idle_age_max == IDLE_AGE_MAX {
            return self.agent().run(request);
        }
        let agent = self.agent();
        let request = agent
            .configure_request(request)
            .timeout_connect(Some(limits.connect))
            .timeout_global(Some(limits.total))
            .max_idle_age(idle_age_max)
            .build();
        agent.run(request)
    }

    /// The agent of this thread.
    fn agent(&self) -> &Agent {
        /// Only ever counted up; orders nothing else.
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static NUMBER: usize = THREADS.fetch_add(1, Ordering::Relaxed);
        }
        // A thread that ends has no number any more.
        let number = NUMBER.try_with(|number| *number).unwrap_or_default();
        &self.agents[number % self.agents.len()]
    }
}

/// Reads a body to its end, or until it is enough, and gives the pieces that are kept.
fn collect(mut body: impl Read, mut on_piece: impl FnMut(&[u8]) -> Piece) -> io::Result<Bytes> {
    let mut kept = Vec::new();
    let mut buffer = [0; PIECE_BYTES];
    loop {
        let length = body.read(&mut buffer)?;
        if length == 0 {
            return Ok(kept.into());
        }
        match on_piece(&buffer[..length]) {
            Piece::Kept => kept.extend_from_slice(&buffer[..length]),
            Piece::Taken => {}
            Piece::Enough => return Ok(kept.into()),
        }
    }
}
