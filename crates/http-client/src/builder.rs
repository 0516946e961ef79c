//! Building a service.

use std::time::Duration;

use creel_protocols::Protocol;
use http::Uri;
use http::uri::InvalidUri;
use thiserror::Error;

use crate::HttpService;
use crate::error::Limits;
use crate::transport::Transport;

/// Says how a model server is to be asked.
///
/// Without more it waits 5 s for a connection and 60 s for an answer, keeps up to 32 idle connections, and takes
/// replies of up to 64 MiB.
#[derive(Clone, Debug)]
pub struct HttpServiceBuilder {
    url: String,
    protocol: Protocol,
    limits: Limits,
    idle_connections_max: usize,
    reply_bytes_max: u64,
}

impl HttpServiceBuilder {
    pub(crate) fn new(url: String, protocol: Protocol) -> Self {
        Self {
            url,
            protocol,
            limits: Limits {
                connect: Duration::from_secs(5),
                total: Duration::from_secs(60),
            },
            idle_connections_max: 32,
            reply_bytes_max: 64 << 20,
        }
    }

    /// Waits this long for a connection.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.limits.connect = limit;
        self
    }

    /// Waits this long for the last byte of an answer, the time for the connection included.
    #[must_use]
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.limits.total = limit;
        self
    }

    /// Keeps that many idle connections; as many as there are workers, so that none needs to connect again.
    #[must_use]
    pub fn idle_connections_max(mut self, count: usize) -> Self {
        self.idle_connections_max = count;
        self
    }

    /// Refuses replies with a longer body.
    #[must_use]
    pub fn reply_bytes_max(mut self, bytes: u64) -> Self {
        self.reply_bytes_max = bytes;
        self
    }

    /// Builds the service; nothing is sent.
    ///
    /// # Errors
    /// [`BuildError`] when the URL is none that can be asked.
    pub fn build(self) -> Result<HttpService, BuildError> {
        let url = self.url;
        let base: Uri = match url.parse() {
            Ok(base) => base,
            Err(source) => return Err(BuildError::NoUrl { url, source }),
        };
        match base.scheme_str() {
            Some("http") => {}
            Some("https") if cfg!(feature = "tls") => {}
            Some("https") => return Err(BuildError::NoTls { url }),
            _ => return Err(BuildError::Scheme { url }),
        }
        if base.host().is_none_or(str::is_empty) {
            return Err(BuildError::Scheme { url });
        }
        let transport = Transport::new(
            base,
            self.limits,
            self.idle_connections_max,
            self.reply_bytes_max,
        );
        Ok(HttpService::new(transport, self.protocol))
    }
}

/// Why a URL is none that can be asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// It is no URL at all.
    #[error("`{url}` is no URL; one looks like http://127.0.0.1:8080")]
    NoUrl {
        /// What was given.
        url: String,
        /// What is wrong with it.
        source: InvalidUri,
    },
    /// It has no host, or a scheme other than `http` and `https`.
    #[error("`{url}` does not begin with http:// or https:// and a host")]
    Scheme {
        /// What was given.
        url: String,
    },
    /// TLS was left out of this build.
    #[error(
        "`{url}` needs TLS, which the feature `tls` of creel-http-client brings; build with it, or use http://"
    )]
    NoTls {
        /// What was given.
        url: String,
    },
}
