//! An address to listen on.

use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};

/// Reads an address with its port, a name with its port, or a port of this machine.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix(':').unwrap_or(text);
    if let Ok(port) = port.parse() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let mut found = text
        .to_socket_addrs()
        .map_err(|error| format!("{error}; an address is HOST:PORT, as in 127.0.0.1:8000"))?;
    found.next().ok_or_else(|| format!("{text} has no address"))
}
