//! Frames and items through a pool to a service and on to sinks, with a ledger that always adds up.
//!
//! - [`flow`]: the life of frames and items as a value: events in, decisions out.

pub mod flow;

pub use flow::{DropReason, Drops, Ledger, Order, Place, Policy, Settings};
