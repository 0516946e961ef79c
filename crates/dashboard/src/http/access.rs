//! Who may look.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, Uri, header};

use crate::Token;

/// Who may look: whoever knows the token, or without one this machine, by a name of its own.
#[derive(Clone, Debug)]
pub(crate) struct Access(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    token: Option<Token>,
    /// What the cookie is called: those of other ports of the same host are sent along.
    cookie: String,
}

/// How somebody showed that they know the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// There is none to be known.
    NotNeeded,
    /// In a header that scripts of other sites cannot send.
    InHeader,
    /// In the address, from where it is to be taken away.
    InAddress,
    /// Not at all.
    No,
}

impl Access {
    pub(crate) fn new(address: SocketAddr, token: Option<Token>) -> Self {
        Self(Arc::new(Rules {
            token,
            cookie: format!("creel-{}", address.port()),
        }))
    }

    pub(crate) fn token(&self) -> Option<&Token> {
        self.0.token.as_ref()
    }

    /// Whether this is a name of the machine that no other can take.
    ///
    /// A page of elsewhere may have its own name lead here, and its scripts then count as ours. It cannot do so with a number or
    /// with `localhost`. Where there is a token any name will do: the browser gives the cookie only to the name that it has it
    /// from.
    pub(super) fn is_ours(&self, host: &str) -> bool {
        let Some(name) = name_of(host) else {
            return false;
        };
        let is_local = || {
            let number = name.trim_start_matches('[').trim_end_matches(']');
            let ip: Option<IpAddr> = number.parse().ok();
            name.eq_ignore_ascii_case("localhost") || ip.is_some_and(|ip| ip.is_loopback())
        };
        self.0.token.is_some() || is_local()
    }

    /// How somebody showed that they know the token.
    pub(super) fn shown(&self, uri: &Uri, headers: &HeaderMap) -> Shown {
        let Some(token) = &self.0.token else {
            return Shown::NotNeeded;
        };
        // First, so that it leaves the address also where the browser has the cookie already.
        let mut parts = uri.query().unwrap_or_default().split('&');
        let in_address = parts.find_map(|part| part.strip_prefix("token="));
        if uri.path() == "/" && in_address.is_some_and(|value| token.is(value)) {
            return Shown::InAddress;
        }
        let bearer = headers.get(header::AUTHORIZATION);
        let bearer = bearer.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let cookies = headers.get_all(header::COOKIE).into_iter();
        let mut cookies = cookies
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .filter(|(name, _)| *name == self.0.cookie)
            .map(|(_, value)| value);
        if bearer.is_some_and(|bearer| token.is(bearer)) || cookies.any(|value| token.is(value)) {
            return Shown::InHeader;
        }
        Shown::No
    }

    /// The cookie by which the browser shows the token from then on.
    pub(super) fn cookie(&self) -> Option<String> {
        let token = self.0.token.as_ref()?.reveal();
        let name = &self.0.cookie;
        // Lax: one who follows a link to the page comes with it, a request by another site's page does not.
        Some(format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax"))
    }
}

/// The name in a host header, without the port; `None` if it is none.
fn name_of(host: &str) -> Option<&str> {
    let (name, port) = match host.rfind(']') {
        Some(end) => host.split_at(end + 1),
        None => host
            .find(':')
            .map_or((host, ""), |colon| host.split_at(colon)),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok();
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    let is_name = |name: &str| {
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
        !name.is_empty() && name.bytes().all(is_of_name)
    };
    (is_port && is_name(name)).then_some(name)
}

#[cfg(test)]
mod tests;
