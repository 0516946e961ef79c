//! The server as a client sees it, over real connections.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod binary;
mod client;
mod embedding;
mod forms;
mod gate;
mod inference;
mod load;
mod pictures;
mod plain;
mod refusals;
mod starting;
mod telling;
mod tensorflow;
