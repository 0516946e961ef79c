//! The way to the server.

use std::fmt;
use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use ureq::{Proxy, ProxyProtocol};

use super::super::Settings;
use super::lookup::{LookupError, Lookups};
use super::pool::Connection;
use super::reactor::{Reactor, Stream};
use super::tls::Tls;
use super::watched::Watched;
use crate::error::ExchangeError;

/// More than the head of a proxy's word.
const PROXY_REPLY_MAX: usize = 16 * 1024;

/// The way to the server: directly or through a proxy, in the open or not.
pub(super) struct Route {
    host: String,
    port: u16,
    proxy: Option<Proxy>,
    tls: Option<Tls>,
    lookups: Lookups,
}

impl Route {
    pub(super) fn new(base: &Uri, settings: &Settings) -> io::Result<Self> {
        let is_tls = base.scheme_str() == Some("https");
        let host = base.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let proxy = settings.proxy.for_url(base);
        if let Some(proxy) = &proxy
            && proxy.protocol() != ProxyProtocol::Http
        {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "the asynchronous transport goes through http:// proxies alone",
            ));
        }
        Ok(Self {
            host: host.to_owned(),
            port: base.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
            proxy,
            tls: is_tls
                .then(|| Tls::new(host, &settings.roots))
                .transpose()?,
            lookups: Lookups::new(),
        })
    }

    /// Connects.
    pub(super) async fn connect(
        &self,
        url: &str,
        reactor: &Arc<Reactor>,
    ) -> Result<Connection, ExchangeError> {
        let stream = self
            .reach(reactor)
            .await
            .map_err(|error| failure(url, error))?;
        if let Some(tls) = &self.tls {
            let stream = tls.wrap(stream).await;
            let stream =
                stream.map_err(|error| ExchangeError::unconnected(url.to_owned(), error))?;
            return shake_hands(stream, url).await;
        }
        shake_hands(stream, url).await
    }

    /// A stream to the server, through the proxy if there is one.
    async fn reach(&self, reactor: &Arc<Reactor>) -> Result<Stream, Unreached> {
        let Some(proxy) = &self.proxy else {
            return self.open(&self.host, self.port, reactor).await;
        };
        let mut stream = self.open(proxy.host(), proxy.port(), reactor).await?;
        self.tunnel(proxy, &mut stream)
            .await
            .map_err(Unreached::Io)?;
        Ok(stream)
    }

    async fn open(
        &self,
        host: &str,
        port: u16,
        reactor: &Arc<Reactor>,
    ) -> Result<Stream, Unreached> {
        let found = self.lookups.addresses(host, port).await;
        let addresses = found.map_err(|error| match error {
            LookupError::UnknownHost => Unreached::UnknownHost,
            LookupError::NotAsked(error) => Unreached::Io(error),
        })?;
        Stream::connect(&addresses, reactor)
            .await
            .map_err(Unreached::Io)
    }

    /// Has the proxy connect the stream with the server.
    async fn tunnel(&self, proxy: &Proxy, stream: &mut Stream) -> io::Result<()> {
        let target = if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        };
        let mut head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
        if let Some(user) = proxy.username() {
            let password = proxy.password().unwrap_or_default();
            let credentials = STANDARD.encode(format!("{user}:{password}"));
            head += &format!("Proxy-Authorization: Basic {credentials}\r\n");
        }
        head += "\r\n";
        stream.write_all(head.as_bytes()).await?;
        let mut reply = Vec::new();
        // Byte by byte: what follows the head is the server's.
        while !reply.ends_with(b"\r\n\r\n") {
            if reply.len() == PROXY_REPLY_MAX {
                return Err(io::Error::other("the proxy does not speak HTTP"));
            }
            reply.push(stream.read_u8().await?);
        }
        let status = reply.split(|byte| *byte == b' ').nth(1);
        match status {
            Some([b'2', _, _]) => Ok(()),
            status => {
                let status = String::from_utf8_lossy(status.unwrap_or_default()).into_owned();
                Err(io::Error::other(format!(
                    "the proxy does not let through to the server (status {status})"
                )))
            }
        }
    }
}

impl fmt::Debug for Route {
    /// Without the proxy, which can have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// Why there is no stream.
enum Unreached {
    UnknownHost,
    Io(io::Error),
}

fn failure(url: &str, error: Unreached) -> ExchangeError {
    let url = url.to_owned();
    match error {
        Unreached::UnknownHost => ExchangeError::UnknownHost { url },
        Unreached::Io(source) if source.kind() == io::ErrorKind::ConnectionRefused => {
            ExchangeError::Refused { url, source }
        }
        Unreached::Io(source) => ExchangeError::Unreachable { url, source },
    }
}

async fn shake_hands<S>(stream: S, url: &str) -> Result<Connection, ExchangeError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (stream, watch) = Watched::new(stream);
    match http1::handshake(TokioIo::new(stream)).await {
        Ok((sender, life)) => Ok(Connection::new(sender, Box::pin(life), watch)),
        Err(error) => Err(ExchangeError::Failed {
            url: url.to_owned(),
            source: error.into(),
        }),
    }
}
