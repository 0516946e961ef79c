//! Why there is no page.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

/// Why a page could not be served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// Everybody who reaches that address could look.
    #[error("{address} can be reached from elsewhere: a page there needs a token")]
    NoToken {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The port is taken.
    #[error(
        "another program listens on {address} already: stop it, or choose another port, 0 for any free one"
    )]
    AddressInUse {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Its thread could not be set up.
    #[error("the page's thread cannot be started")]
    Thread(#[source] io::Error),
}
