//! Where a server is, without asking the name service for each request.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::Uri;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long an address is taken to be right; a server that moves is found again after that.
const AGE_MAX: Duration = Duration::from_secs(30);

/// Remembers the addresses of hosts, and needs none for a host that is an address.
///
/// ureq resolves the host for each request, also for one that goes out on a connection it has, and starts a thread
/// for that when there is a time limit.
#[derive(Debug, Default)]
pub(crate) struct AddressBook {
    resolver: DefaultResolver,
    known: Mutex<HashMap<String, (Instant, ResolvedSocketAddrs)>>,
}

impl Resolver for AddressBook {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        if let Some(address) = literal(uri) {
            let mut addresses = self.empty();
            addresses.push(address);
            return Ok(addresses);
        }
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let now = Instant::now();
        if let Some((since, addresses)) = self.lock().get(host)
            && now.duration_since(*since) < AGE_MAX
        {
            return Ok(addresses.clone());
        }
        let addresses = match self.resolver.resolve(uri, config, timeout) {
            Err(ureq::Error::Io(_)) => Err(ureq::Error::HostNotFound),
            resolved => resolved,
        }?;
        self.lock()
            .insert(host.to_owned(), (now, addresses.clone()));
        Ok(addresses)
    }
}

impl AddressBook {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Instant, ResolvedSocketAddrs)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address that the URL spells out.
fn literal(uri: &Uri) -> Option<std::net::SocketAddr> {
    let default = if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    let port = uri.port_u16().unwrap_or(default);
    let address = ip_address(uri.host()?)?;
    Some((address, port).into())
}

/// The address that a URL's host spells out; in a URL an IPv6 address stands in brackets.
pub(crate) fn ip_address(host: &str) -> Option<IpAddr> {
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host.parse().ok()
}
