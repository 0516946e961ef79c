//! The client against a server that does what it is told.

mod answers;
mod asking;
mod connections;
mod contract;
mod failures;
mod limits;
mod preparation;
