//! The pool's contract, one claim a test.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

mod asynchronous;
mod bounded;
mod cancelling;
mod carried;
mod continuing;
mod clock;
mod deadlocks;
mod elastic;
mod gate;
mod mapping;
mod outcomes;
mod programs;
mod shutdown;
mod waiting;
