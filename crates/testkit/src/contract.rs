//! The contract suites: one function per port checks any implementation against the port's documentation.
//!
//! Each panics with the claim that was broken. A port with several sides has several functions, of which a
//! test calls those that its adapter has: a sink that recovers keys, one that can run out of room. A broken
//! promise to return at all shows as a test that hangs.

mod clock;
mod error;
mod executor;
mod lookout;
mod service;
mod signal;
mod sink;
mod source;
mod spool;

pub use clock::clock;
pub use error::error;
pub use executor::{executor, executor_is_full, executor_is_shut_down};
pub use lookout::lookout;
pub use service::{service, service_fails, service_rejects};
pub use signal::signal;
pub use sink::{sink, sink_out_of_room, sink_recovers, sink_rejects};
pub use source::{source, source_waits};
pub use spool::{spool, spool_out_of_room, spool_too_small};
