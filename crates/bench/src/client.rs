//! What a client of HTTP offers to a workload.

use std::net::SocketAddr;

/// How many requests are in flight at the same time.
pub(crate) const AT_ONCE: usize = 64;

/// A client that posts pictures to one server.
///
/// Every reply is read whole, and what it says is looked at.
pub(crate) trait Client: Sized {
    /// Sets up what is kept from request to request; nothing need be connected yet.
    fn start(server: SocketAddr) -> Self;

    /// Posts so many pictures, [`AT_ONCE`] at the same time, and returns when the last reply has been read.
    fn post(&self, count: u64);
}
