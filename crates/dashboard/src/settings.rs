//! How a page is served.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::Token;

/// The port that a page has without a choice: CREEL on the keys of a telephone.
pub const PORT: u16 = 27335;

/// How a page is served.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 is any free one. Another address than one of this machine alone needs a token.
    pub listen: SocketAddr,
    /// What whoever looks must know.
    pub token: Option<Token>,
    /// The names of the sources, in their order.
    pub sources: Vec<Arc<str>>,
    /// The time from one picture of a source to the next, as pages get them.
    pub picture_interval: Duration,
    /// How many connections there are at most; further ones are closed at once.
    pub connections: usize,
    /// How many of them are pages that are kept up to date.
    pub pages: usize,
    /// How long somebody may take to send a request, or to take what was written to them.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
            token: None,
            sources: Vec::new(),
            picture_interval: Duration::from_millis(200),
            connections: 256,
            pages: 128,
            patience: Duration::from_secs(10),
        }
    }
}
