//! One exchange: a request out, a whole reply back.

use std::time::{Duration, Instant};

use bytes::Bytes;
use creel_core::Context;
use creel_core::port::ServiceError;
use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use ureq::Agent;

use crate::address::{AddressBook, ip_address};
use crate::connection::{ClosedSilently, WatchedConnector};
use crate::error::{ExchangeError, Limits};

/// Below the 5 s after which common servers close an idle connection.
const IDLE_AGE_MAX: Duration = Duration::from_secs(4);

/// Longer than anybody waits; ureq panics at times that cannot be counted.
const LIMIT_MAX: Duration = Duration::from_secs(365 * 24 * 3600);

/// Sends requests to one server, over connections that it keeps.
#[derive(Debug)]
pub(crate) struct Transport {
    agent: Agent,
    base: Uri,
    limits: Limits,
    reply_bytes_max: u64,
}

impl Transport {
    /// `base` has a scheme and a host.
    pub(crate) fn new(
        base: Uri,
        limits: Limits,
        idle_connections_max: usize,
        reply_bytes_max: u64,
    ) -> Self {
        let limits = Limits {
            connect: limits.connect.min(LIMIT_MAX),
            total: limits.total.min(LIMIT_MAX),
        };
        let mut config = Agent::config_builder()
            .user_agent(concat!("creel/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            // A redirected POST arrives as a GET, or not at all; the URL is better put right.
            .max_redirects(0)
            .timeout_connect(Some(limits.connect))
            .timeout_global(Some(limits.total))
            .max_idle_age(IDLE_AGE_MAX)
            .max_idle_connections(idle_connections_max)
            .max_idle_connections_per_host(idle_connections_max);
        if is_this_machine(&base) {
            config = config.proxy(None);
        }
        let connector = WatchedConnector::default();
        Self {
            agent: Agent::with_parts(config.build(), connector, AddressBook::default()),
            base,
            limits,
            reply_bytes_max,
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
        let target = self.target(request.uri());
        let url = shown(&target);
        let limits = self.limits_within(context, &url)?;
        let deadline = Instant::now() + limits.total;
        let response = match self.send(request, &target, limits, IDLE_AGE_MAX) {
            Err(error)
                if ClosedSilently::in_error(&error).is_some_and(|closed| closed.was_reused) =>
            {
                // Both attempts share the time limit.
                let context = context.clone().with_deadline(deadline);
                let rest = self.limits_within(&context, &url)?;
                self.send(request, &target, rest, Duration::ZERO)
            }
            sent => sent,
        };
        let (head, body) = response
            .map_err(|error| ExchangeError::before_reply(url.clone(), limits, error))?
            .into_parts();
        let body = body
            .into_with_config()
            .limit(self.reply_bytes_max)
            .read_to_vec()
            .map_err(|error| ExchangeError::in_reply(url, limits, error))?;
        Ok(Response::from_parts(head, body.into()))
    }

    /// Where a path below the server's URL is, as it is shown to users.
    pub(crate) fn url(&self, path: &Uri) -> String {
        shown(&self.target(path))
    }

    /// Where the server is, as it is shown to users.
    pub(crate) fn base_url(&self) -> String {
        shown(&self.base)
    }

    /// Connections that have been idle for longer than `idle_age_max` are not used.
    fn send(
        &self,
        request: &Request<Bytes>,
        target: &Uri,
        limits: Limits,
        idle_age_max: Duration,
    ) -> Result<Response<ureq::Body>, ureq::Error> {
        let mut head = Request::builder()
            .method(request.method())
            .uri(target.clone());
        for (name, value) in request.headers() {
            head = head.header(name, value);
        }
        let request = head.body(&request.body()[..])?;
        let request = self
            .agent
            .configure_request(request)
            .timeout_connect(Some(limits.connect))
            .timeout_global(Some(limits.total))
            .max_idle_age(idle_age_max)
            .build();
        self.agent.run(request)
    }

    /// The limits, shortened by the context's deadline.
    fn limits_within(&self, context: &Context, url: &str) -> Result<Limits, ServiceError> {
        if context.is_cancelled() {
            return Err(ServiceError::Cancelled);
        }
        let Some(remaining) = context.remaining(Instant::now()) else {
            return Ok(self.limits);
        };
        if remaining.is_zero() {
            let url = url.to_owned();
            return Err(ExchangeError::TooLate { url }.into());
        }
        Ok(Limits {
            connect: self.limits.connect.min(remaining),
            total: self.limits.total.min(remaining),
        })
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

/// A URL without what may be secret: a query can hold a key, and a host a password.
fn shown(url: &Uri) -> String {
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

#[cfg(test)]
mod tests;
