//! The URL of a network camera, which may hold a password.

use std::fmt;

use percent_encoding::percent_decode_str;
use thiserror::Error;

use super::Patience;

/// The URL of a network camera, taken apart; what it shows of itself holds no secret.
///
/// Name and password stand before the host, percent-encoded where they hold signs that a URL needs for itself.
/// Settings stand behind a `#`, as in `rtsp://door/live#transport=udp&stall=5`, and are never sent.
///
/// | setting | is | without it |
/// |---|---|---|
/// | `stall` | after how many seconds without a frame the stream counts as frozen | 3 |
/// | `first` | how many seconds the first frame of a connection may take | 10 |
/// | `transport` | `tcp` or `udp`, for RTSP | `tcp` |
///
/// ```
/// use creel_camera_source::{Address, Transport};
///
/// let address: Address = "rtsp://me:secret@door:8554/live?key=42#transport=udp".parse()?;
/// assert_eq!(address.transport(), Transport::Udp);
/// assert_eq!(address.url(), "rtsp://door:8554/live?key=42");
/// assert_eq!(address.to_string(), "rtsp://door:8554/live?…");
/// # Ok::<(), creel_camera_source::AddressError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    scheme: &'static str,
    url: String,
    credentials: Option<Credentials>,
    patience: Patience,
    transport: Transport,
}

impl Address {
    /// `http`, `https` or `rtsp`.
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The URL without name, password and settings; its query may be secret.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Name and password, where there are any.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// How long the stream may give nothing.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// What carries the pictures of an RTSP stream.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    fn set(&mut self, settings: &str) -> Result<(), AddressError> {
        for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
            let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
            if self.patience.set(key, value)? {
                continue;
            }
            match (key, value) {
                ("transport", _) if self.scheme != "rtsp" => {
                    return Err(AddressError::Transport);
                }
                ("transport", "tcp") => self.transport = Transport::Tcp,
                ("transport", "udp") => self.transport = Transport::Udp,
                ("transport", _) => return Err(AddressError::Transport),
                _ => return Err(AddressError::Setting),
            }
        }
        Ok(())
    }
}

impl std::str::FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::Scheme)?;
        let scheme = SCHEMES
            .into_iter()
            .find(|known| *known == scheme)
            .ok_or(AddressError::Scheme)?;
        let (rest, settings) = rest.split_once('#').unwrap_or((rest, ""));
        let (authority, path) = split_authority(rest);
        let (credentials, host) = match authority.rsplit_once('@') {
            Some((credentials, host)) => (Some(Credentials::parse(credentials)?), host),
            None => (None, authority),
        };
        check_host(host)?;
        if path.contains(|char: char| char.is_whitespace() || char.is_control()) {
            return Err(AddressError::Whitespace);
        }
        let mut address = Self {
            scheme,
            url: format!("{scheme}://{host}{path}"),
            credentials,
            patience: Patience::default(),
            transport: Transport::default(),
        };
        address.set(settings)?;
        Ok(address)
    }
}

impl fmt::Display for Address {
    /// Writes the URL without name, password, query and settings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_secrets(&self.url))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("url", &self.to_string())
            .field("credentials", &self.credentials)
            .field("patience", &self.patience)
            .field("transport", &self.transport)
            .finish()
    }
}

/// A name and a password, which show nothing of themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub name: String,
    /// The password; empty where there is none.
    pub password: String,
}

impl Credentials {
    fn parse(text: &str) -> Result<Self, AddressError> {
        let (name, password) = text.split_once(':').unwrap_or((text, ""));
        let decode = |text| {
            let decoded = percent_decode_str(text).decode_utf8();
            decoded.map_err(|_| AddressError::Encoding)
        };
        Ok(Self {
            name: decode(name)?.into_owned(),
            password: decode(password)?.into_owned(),
        })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// What carries the pictures of an RTSP stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// The connection that the camera was asked on: nothing is lost on the way, or everything.
    #[default]
    Tcp,
    /// Packets of their own, some of which may be lost.
    Udp,
}

/// Why a text is no URL of a network camera; nothing of the text is repeated, since it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It begins otherwise.
    #[error("a network camera's URL begins with http://, https:// or rtsp://")]
    Scheme,
    /// There is no host, or it is none.
    #[error(
        "the camera's URL has no host and port that could be right; signs such as @ / ? # in a name or password \
         are written as %40 %2F %3F %23"
    )]
    Host,
    /// Name or password are no text once decoded.
    #[error("the name or password in the camera's URL is no UTF-8 once its %-signs are decoded")]
    Encoding,
    /// A space or the like.
    #[error("the camera's URL has a space in it: write %20")]
    Whitespace,
    /// A time that is none.
    #[error("{0} is a number of seconds, as in #{0}=2.5")]
    Seconds(String),
    /// An unknown transport, or one where there is no choice.
    #[error("transport is tcp or udp, for rtsp:// alone, as in rtsp://HOST/PATH#transport=udp")]
    Transport,
    /// An unknown setting.
    #[error(
        "a network camera has no such setting: behind its # stand stall, first or transport, as in \
         rtsp://HOST/PATH#stall=5 (a # in a password or path is written %23)"
    )]
    Setting,
}

/// A URL without name, password, query and whatever stands behind a `#`.
pub(super) fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
    let (rest, query) = match rest.split_once('?') {
        Some((rest, _)) => (rest, "?…"),
        None => (rest, ""),
    };
    let (authority, path) = split_authority(rest);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}{query}")
}

const SCHEMES: [&str; 3] = ["http", "https", "rtsp"];

/// Splits what follows `//` where path or query begin.
fn split_authority(rest: &str) -> (&str, &str) {
    rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()))
}

fn check_host(host: &str) -> Result<(), AddressError> {
    let (name, port) = match host.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let is_bracketed = name.starts_with('[') && name.ends_with(']');
    let is_name = !name.is_empty()
        && name.chars().all(|char| {
            char.is_alphanumeric()
                || "-._~%".contains(char)
                || (is_bracketed && "[:]".contains(char))
        });
    if is_port && is_name {
        Ok(())
    } else {
        Err(AddressError::Host)
    }
}

#[cfg(test)]
mod tests;
