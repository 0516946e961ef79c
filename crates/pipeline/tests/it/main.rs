//! The driver against scripted sources, services, sinks and executors.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chaos;
mod encoding;
mod errors;
mod executors;
mod memory;
mod observing;
mod optional_sinks;
mod order;
mod panics;
mod policies;
mod reopened_sinks;
mod resilience;
mod rig;
mod sinks;
mod sources;
mod spilling;
mod stopping;
mod virtual_time;
