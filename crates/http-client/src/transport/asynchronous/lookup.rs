//! Which addresses a name has.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::thread::Builder;

use tokio::sync::{Semaphore, oneshot};

/// So many names are looked up at once, each on a thread of its own. More would only wait for the same name service.
const LOOKUPS_MAX: usize = 16;

/// Where names are looked up.
#[derive(Debug)]
pub(super) struct Lookups {
    places: Arc<Semaphore>,
}

/// Why there are no addresses.
#[derive(Debug)]
pub(super) enum LookupError {
    /// The host has none that anybody knows.
    UnknownHost,
    /// Nobody was asked.
    NotAsked(io::Error),
}

impl Lookups {
    pub(super) fn new() -> Self {
        Self::at_most(LOOKUPS_MAX)
    }

    fn at_most(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// The addresses of a host, which is a name or an address itself; at least one.
    pub(super) async fn addresses(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, LookupError> {
        if let Ok(address) = host.parse() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let host = host.to_owned();
        let found = self.ask(move || (host.as_str(), port).to_socket_addrs());
        let addresses: Vec<_> = found
            .await
            .map_err(LookupError::NotAsked)?
            .map_err(|_| LookupError::UnknownHost)?
            .collect();
        if addresses.is_empty() {
            return Err(LookupError::UnknownHost);
        }
        Ok(addresses)
    }

    /// Asks on a thread, which may take its time: the system has no other way. It has its place until it ends, also if
    /// nobody waits for the answer any more.
    ///
    /// # Errors
    /// When there is no such thread.
    async fn ask<A: Send + 'static>(
        &self,
        question: impl FnOnce() -> A + Send + 'static,
    ) -> io::Result<A> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.expect("nobody closes it");
        let (tell, told) = oneshot::channel();
        Builder::new()
            .name("creel-lookup".to_owned())
            .spawn(move || {
                let answer = question();
                drop(place);
                // A call that has ended meanwhile does not want to know.
                let _ = tell.send(answer);
            })
            .map_err(|error| {
                let why = format!("no thread can be started to look up the host: {error}");
                io::Error::new(error.kind(), why)
            })?;
        told.await
            .map_err(|_| io::Error::other("the lookup of the host broke off"))
    }
}

#[cfg(test)]
mod tests;
