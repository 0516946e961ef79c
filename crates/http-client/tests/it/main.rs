//! The client against a server that does what it is told, over each of its transports.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg_attr(
    feature = "async",
    expect(clippy::duplicate_mod, reason = "each transport passes the same tests")
)]

#[cfg(feature = "async")]
mod asynchronous;
mod blocking;
