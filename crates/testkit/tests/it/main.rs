//! Each fake keeps the contract of its port, and each suite fails on a fake that breaks it.

mod clock;
mod error;
mod executor;
mod gate;
mod http;
mod lookout;
mod service;
mod signal;
mod sink;
mod source;
mod spool;
