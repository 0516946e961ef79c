//! What can be chosen about a server.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;

/// What can be chosen about a server.
///
/// ```
/// use creel_model_server::Settings;
///
/// let settings = Settings { workers: 2, ..Settings::default() };
/// assert_eq!(settings.listen.port(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 is any free one. Without a choice a free port of this machine alone.
    pub listen: SocketAddr,
    /// How many inferences run at the same time; without a choice as many as there are cores.
    pub workers: usize,
    /// How many requests may wait or run; beyond it they are told to come again later. Without a choice 256.
    pub pending_max: usize,
    /// The largest body of a request, in bytes; without a choice 64 MiB.
    pub body_bytes_max: usize,
    /// How long the body of a request may take to arrive; without a choice 30 seconds.
    pub receive_timeout: Duration,
    /// How long a server that is told to stop waits for what is in flight; without a choice 10 seconds.
    pub grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            workers: thread::available_parallelism().map_or(2, usize::from),
            pending_max: 256,
            body_bytes_max: 64 << 20,
            receive_timeout: Duration::from_secs(30),
            grace: Duration::from_secs(10),
        }
    }
}
