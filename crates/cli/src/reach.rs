//! The way to the server, as it was asked for.

use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use creel_http_client::{Forward, HttpService, HttpServiceBuilder};
use creel_protocols::{Raw, Secret};

use crate::arguments::{Asking, Speech, Transport};

/// Says to a builder what was said on the command line and in the environment.
///
/// # Errors
/// When a file that was named cannot be read.
pub(crate) fn apply(builder: HttpServiceBuilder, asking: &Asking) -> Result<HttpServiceBuilder> {
    let reaching = &asking.reaching;
    let mut builder = builder
        .total_timeout(reaching.timeout)
        .connect_timeout(reaching.connect_timeout)
        .idle_connections_max(asking.workers.most().get() as usize);
    if let Some(limit) = reaching.read_timeout {
        builder = builder.read_timeout(limit);
    }
    if let Some(token) = token(asking) {
        builder = builder.bearer(token.reveal());
    }
    for header in &reaching.header {
        builder = builder.header(&header.name, header.value.reveal());
    }
    if let Some(path) = &reaching.ca {
        let pem =
            fs::read(path).with_context(|| format!("--ca {} cannot be read", path.display()))?;
        builder = builder.authorities(&pem);
    }
    match reaching.proxy.as_ref().map(Secret::reveal) {
        None => {}
        Some("none") => builder = builder.no_proxy(),
        Some(url) => builder = builder.proxy(url),
    }
    if reaching.gzip {
        builder = builder.gzip();
    }
    if reaching.transport == Transport::Async {
        builder = builder.asynchronous();
    }
    Ok(builder)
}

/// The hook that records are posted to, which has so long for each.
///
/// # Errors
/// When it is no URL that can be posted to.
pub(crate) fn hook(url: &Secret, timeout: Duration) -> Result<Forward> {
    let mut builder = HttpService::builder(url.reveal(), Raw).total_timeout(timeout);
    if let Some(token) = in_environment("CREEL_FORWARD_TOKEN") {
        builder = builder.bearer(token.reveal());
    }
    builder.build_forward().context("--forward cannot be used")
}

/// The token for a server that somebody named; the built-in one needs none.
fn token(asking: &Asking) -> Option<Secret> {
    if let Some(token) = &asking.reaching.bearer {
        return Some(token.clone());
    }
    asking.server.as_ref()?;
    in_environment("CREEL_TOKEN").or_else(|| {
        (asking.speaking.protocol == Speech::Openai)
            .then(|| in_environment("OPENAI_API_KEY"))
            .flatten()
    })
}

/// The key of a hosted API, for a server that asks for one and was not said to speak that protocol.
///
/// It goes over encrypted connections, or to this machine, alone.
pub(crate) fn hosted_key(asking: &Asking) -> Option<Secret> {
    let url = asking.server.as_deref()?;
    let is_given = asking.reaching.bearer.is_some() || in_environment("CREEL_TOKEN").is_some();
    (!is_given && is_private(url))
        .then(|| in_environment("OPENAI_API_KEY"))
        .flatten()
}

/// Whether nobody between can read along.
fn is_private(url: &str) -> bool {
    if url.starts_with("https://") {
        return true;
    }
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

fn in_environment(name: &str) -> Option<Secret> {
    let token = std::env::var(name).ok()?;
    (!token.trim().is_empty()).then(|| Secret::new(token.trim()))
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn a_key_goes_over_no_open_network() {
        for url in [
            "https://api.openai.com/v1",
            "http://localhost:8000",
            "http://127.0.0.1",
            "http://user:word@[::1]:8000/v1",
        ] {
            assert!(is_private(url), "{url}");
        }
        for url in [
            "http://gpu:8000",
            "http://127.evil.example",
            "http://localhost@gpu/",
            "http://gpu/#@localhost",
            "ftp://localhost",
        ] {
            assert!(!is_private(url), "{url}");
        }
    }
}
