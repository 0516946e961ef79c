//! The pool's contract, one claim a test.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

mod allocations;
mod asynchronous;
mod blocking;
mod bounded;
mod cancelling;
mod carried;
mod clock;
mod continuing;
mod deadlines;
mod deadlocks;
mod detached;
mod dump;
mod elastic;
mod exits;
mod gate;
mod groups;
mod hooks;
mod joins;
mod ledger;
mod lookout;
mod mapping;
mod metrics;
mod outcomes;
mod programs;
mod scopes;
mod seeded;
mod sets;
mod shutdown;
mod spawning;
mod submission;
mod timers;
mod waiting;
mod waker;
