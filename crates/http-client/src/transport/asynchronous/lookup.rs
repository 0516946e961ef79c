//! Which addresses a name has.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::thread::Builder;

use tokio::sync::oneshot;

/// The addresses of a host, which is a name or an address itself.
///
/// A name is looked up on a thread of its own, which may take its time: the system has no other way.
pub(super) async fn addresses(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (tell, told) = oneshot::channel();
    let host = host.to_owned();
    Builder::new()
        .name("creel-lookup".to_owned())
        .spawn(move || {
            let found = (host.as_str(), port).to_socket_addrs();
            // A call that has ended meanwhile does not want to know.
            let _ = tell.send(found.map(Iterator::collect));
        })?;
    told.await
        .unwrap_or_else(|_| Err(io::Error::other("the lookup of the name broke off")))
}
