//! The life of a future and of an executor as plain values, and the ports that adapters implement.
//!
//! Nothing here has a clock, a thread, a file, a socket or an atomic: a state machine is a small `Copy`
//! value with pure transitions, and time is an argument. A runtime keeps the same value in an atomic and
//! advances it in one compare-and-swap loop, so that what is tested here is what runs there.

#![forbid(unsafe_code)]

pub mod executor;
pub mod future;
pub mod ledger;
pub mod port;
pub mod resilience;

pub use port::{
    BoxError, CancelSignal, Clock, Context, Executor, Run, Service, Sink, Source, Spool,
};
