//! Building a service.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use creel_protocols::Protocol;
use http::uri::InvalidUri;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use thiserror::Error;

use crate::error::Limits;
use crate::forms::Forms;
use crate::service::{Given, Listener};
use crate::transport::{Compression, ProxyChoice, Settings, Transport};
#[cfg(feature = "tls")]
use crate::transport::{NoCertificates, Roots};
use crate::{Forward, HttpService, Spoken};

/// Says how a model server is to be asked.
///
/// Without more it waits 5 s for a connection and 60 s for an answer, keeps up to 32 idle connections, takes
/// replies of up to 64 MiB, and goes through the proxy that the environment names. Its calls block.
#[derive(Clone)]
pub struct HttpServiceBuilder {
    url: String,
    /// At least one.
    forms: Vec<Protocol>,
    is_guess: bool,
    listener: Option<Listener>,
    settings: Settings,
    style: Style,
    /// What cannot be meant; told when the service is built.
    flaw: Option<Flaw>,
}

/// What a call does with its thread while it waits.
#[derive(Clone, Copy, Debug)]
enum Style {
    Blocking,
    #[cfg(feature = "async")]
    Asynchronous,
}

/// What cannot be meant, without the words, which may be secret.
#[derive(Clone, Debug)]
enum Flaw {
    HeaderName,
    HeaderValue(String),
    Proxy,
    #[cfg(feature = "tls")]
    Authority(Arc<NoCertificates>),
}

impl HttpServiceBuilder {
    pub(crate) fn new(url: String, protocol: Protocol) -> Self {
        Self {
            url,
            forms: vec![protocol],
            is_guess: false,
            listener: None,
            settings: Settings {
                limits: Limits {
                    connect: Duration::from_secs(5),
                    read: None,
                    total: Duration::from_secs(60),
                },
                idle_connections_max: 32,
                reply_bytes_max: 64 << 20,
                headers: HeaderMap::new(),
                #[cfg(feature = "tls")]
                roots: Roots::default(),
                proxy: ProxyChoice::Environment,
                compression: Compression::None,
            },
            style: Style::Blocking,
            flaw: None,
        }
    }

    /// Asks in this form where the server breaks on those before it.
    ///
    /// A request is sent in each form in turn until one is understood, and all others go in that one. So a server
    /// is tried with binary tensors, and asked in JSON if it has none:
    ///
    /// ```
    /// use creel_http_client::HttpService;
    /// use creel_protocols::{OpenInference, TensorForm};
    ///
    /// let json = OpenInference::new("iris");
    /// let binary = json.clone().with_form(TensorForm::Binary);
    /// let service = HttpService::builder("http://127.0.0.1:8080", binary).or(json).build()?;
    /// # Ok::<(), creel_http_client::BuildError>(())
    /// ```
    #[must_use]
    pub fn or(mut self, protocol: impl Into<Protocol>) -> Self {
        self.forms.push(protocol.into());
        self
    }

    /// Takes the forms for those of several protocols, and asks the server which it speaks, at the latest before the
    /// first request.
    ///
    /// Forms of one protocol stay alternatives of one another. A server that gives no sign is taken to accept what is
    /// posted to its URL, if a plain `POST` or a form of a file is among them.
    #[must_use]
    pub fn guessing(mut self) -> Self {
        self.is_guess = true;
        self
    }

    /// Lets somebody hear the words of answers as they come, each with the id of its request, for protocols that stream
    /// ([`Chat::streaming`](creel_protocols::openai::Chat::streaming)).
    ///
    /// It is called on the threads of the calls, and holds them up.
    #[must_use]
    pub fn on_text(mut self, listen: impl Fn(&str, Spoken<'_>) + Send + Sync + 'static) -> Self {
        self.listener = Some(Listener(Arc::new(listen)));
        self
    }

    /// Waits this long for a connection.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.settings.limits.connect = limit;
        self
    }

    /// Waits this long for the last byte of an answer, the time for the connection included.
    #[must_use]
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.settings.limits.total = limit;
        self
    }

    /// Keeps that many idle connections; as many as there are workers, so that none needs to connect again.
    #[must_use]
    pub fn idle_connections_max(mut self, count: usize) -> Self {
        self.settings.idle_connections_max = count;
        self
    }

    /// Refuses replies with a longer body.
    #[must_use]
    pub fn reply_bytes_max(mut self, bytes: u64) -> Self {
        self.settings.reply_bytes_max = bytes;
        self
    }

    /// Gives up on a server that says nothing for so long, also in the middle of its reply.
    #[must_use]
    pub fn read_timeout(mut self, limit: Duration) -> Self {
        self.settings.limits.read = Some(limit);
        self
    }

    /// Sends a header with every request; one of the protocol's own goes before it.
    ///
    /// Its value is taken as secret: it goes to the server, and into no log and no error.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::from_str(name), HeaderValue::from_str(value)) {
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(true);
                self.settings.headers.insert(name, value);
            }
            (Ok(name), Err(_)) => self.flawed(Flaw::HeaderValue(name.to_string())),
            (Err(_), _) => self.flawed(Flaw::HeaderName),
        }
        self
    }

    /// Shows this token to the server, as `Authorization: Bearer`; it is kept secret as headers are.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Goes through this proxy, such as `http://proxy:3128` or `socks5://…`, and not through one that the environment
    /// names; a server on this machine is reached without.
    ///
    /// The asynchronous transport goes through HTTP proxies alone.
    #[must_use]
    pub fn proxy(mut self, url: &str) -> Self {
        match ureq::Proxy::new(url) {
            Ok(proxy) => self.settings.proxy = ProxyChoice::This(proxy),
            Err(_) => self.flawed(Flaw::Proxy),
        }
        self
    }

    /// Goes through no proxy.
    #[must_use]
    pub fn no_proxy(mut self) -> Self {
        self.settings.proxy = ProxyChoice::None;
        self
    }

    /// Believes the certificates of these authorities, in PEM, and no others.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn authorities(mut self, pem: &[u8]) -> Self {
        match Roots::from_pem(pem) {
            Ok(roots) => self.settings.roots = roots,
            Err(error) => self.flawed(Flaw::Authority(Arc::new(error))),
        }
        self
    }

    /// Lets the server compress its replies.
    #[cfg(feature = "gzip")]
    #[must_use]
    pub fn gzip(mut self) -> Self {
        self.settings.compression = Compression::Gzip;
        self
    }

    /// Makes calls that suspend in place of such that block: thousands of slow requests are in flight on a few workers.
    ///
    /// The service then has one thread of its own, which waits for the sockets where nobody else does; give its
    /// [lookout](HttpService::lookout) to the pool whose workers poll the calls. A call whose context is cancelled, or that is
    /// dropped, is given up in the middle.
    #[cfg(feature = "async")]
    #[must_use]
    pub fn asynchronous(mut self) -> Self {
        self.style = Style::Asynchronous;
        self
    }

    fn flawed(&mut self, flaw: Flaw) {
        self.flaw.get_or_insert(flaw);
    }

    /// Builds the service; nothing is sent.
    ///
    /// # Errors
    /// [`BuildError`] when the URL is none that can be asked, or something else that was said cannot be meant.
    pub fn build(mut self) -> Result<HttpService, BuildError> {
        let given = Given {
            forms: Forms::new(std::mem::take(&mut self.forms)),
            is_guess: self.is_guess,
        };
        let listener = self.listener.take();
        Ok(HttpService::new(self.transport()?, given, listener))
    }

    /// Builds a sink that posts records to the URL; the protocol says nothing to it.
    ///
    /// # Errors
    /// As for [`build`](Self::build).
    pub fn build_forward(self) -> Result<Forward, BuildError> {
        Ok(Forward::new(self.transport()?))
    }

    fn transport(self) -> Result<Transport, BuildError> {
        let url = self.url;
        if let Some(flaw) = self.flaw {
            return Err(flaw.into());
        }
        let base: Uri = match url.parse() {
            Ok(base) => base,
            Err(source) => {
                let url = redacted(&url);
                return Err(BuildError::NoUrl { url, source });
            }
        };
        match base.scheme_str() {
            Some("http") => {}
            Some("https") if cfg!(feature = "tls") => {}
            Some("https") => {
                let url = redacted(&url);
                return Err(BuildError::NoTls { url });
            }
            _ => {
                let url = redacted(&url);
                return Err(BuildError::Scheme { url });
            }
        }
        if base.host().is_none_or(str::is_empty) {
            let url = redacted(&url);
            return Err(BuildError::Scheme { url });
        }
        match self.style {
            Style::Blocking => Ok(Transport::blocking(base, self.settings)),
            #[cfg(feature = "async")]
            Style::Asynchronous => Transport::asynchronous(base, self.settings)
                .map_err(|source| BuildError::Asynchronous { source }),
        }
    }
}

impl fmt::Debug for HttpServiceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServiceBuilder")
            .field("url", &redacted(&self.url))
            .field("forms", &self.forms)
            .field("settings", &self.settings)
            .field("style", &self.style)
            .finish_non_exhaustive()
    }
}

/// What was given as a URL, without what may be secret in it.
fn redacted(url: &str) -> String {
    let (scheme, rest) = url
        .split_once("://")
        .map_or(("", url), |(scheme, rest)| (&url[..scheme.len() + 3], rest));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}{host}{path}")
}

/// Why a service cannot be built.
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
    /// The name of a header is none.
    #[error("a header has a name of letters, digits and dashes, and a value: NAME: VALUE")]
    HeaderName,
    /// The value of a header cannot be sent.
    #[error("the value of the header `{name}` has characters that no header can have")]
    HeaderValue {
        /// Its name.
        name: String,
    },
    /// The proxy's URL is none.
    #[error(
        "the proxy is no URL that can be used; one looks like http://proxy:3128 or socks5://proxy:1080"
    )]
    Proxy,
    /// The certificates of the authorities cannot be read.
    #[cfg(feature = "tls")]
    #[error("the certificates of the authorities cannot be used")]
    Authorities {
        /// What is wrong with them.
        source: creel_core::BoxError,
    },
    /// The asynchronous transport has no thread, or knows no way to the server.
    #[cfg(feature = "async")]
    #[error("the asynchronous transport cannot be set up")]
    Asynchronous {
        /// What is missing.
        source: std::io::Error,
    },
}

impl From<Flaw> for BuildError {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::HeaderName => Self::HeaderName,
            Flaw::HeaderValue(name) => Self::HeaderValue { name },
            Flaw::Proxy => Self::Proxy,
            #[cfg(feature = "tls")]
            Flaw::Authority(source) => Self::Authorities {
                source: source.into(),
            },
        }
    }
}
