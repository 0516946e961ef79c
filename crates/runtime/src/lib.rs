//! A work-stealing thread pool that hands back a future for each task.
//!
//! What `concurrent.futures` is to Python: submit, map, shutdown; cancel, wait, await, callbacks. A task may be
//! a closure that blocks or a `std::future::Future`; its [`TaskFuture`] can be waited for by a thread and awaited
//! on any async runtime. Waits that would never end are errors, a bounded queue lets wait, and [`Seeded`] replays an
//! order of events in virtual time.
//!
//! ```
//! use creel_runtime::ThreadPool;
//!
//! let pool = ThreadPool::new()?;
//! let lengths = pool.map(["a", "thread", "pool"], str::len);
//! assert_eq!(lengths.collect::<Result<Vec<_>, _>>()?, [1, 6, 4]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod future;
mod job;
mod scope;
mod shared;

mod pool;
mod task;

mod as_completed;
mod group;
mod map;
mod wait;

pub mod clock;
mod time;

mod driver;
mod dump;
mod global;
mod inline;
mod metrics;
mod seeded;
mod signal;

mod error;
mod set;
mod waits;

mod guard;
mod park;
mod patience;
mod sync;

pub use as_completed::{AsCompleted, as_completed};
pub use clock::SystemClock;
pub use dump::{BlockedWorker, Dump, LiveTask, Workers};
pub use error::{
    Abandoned, BuildError, JoinError, Panic, ResultError, ShutdownError, TaskError, TimedOut,
    WaitError,
};
pub use future::TaskFuture;
pub use global::global;
pub use group::{GroupHandle, TaskGroup};
pub use inline::Inline;
pub use map::{Map, TryMap};
pub use metrics::{Durations, Metrics};
pub use pool::waiting::blocking;
pub use pool::{Builder, Submission, ThreadPool};
pub use scope::{Scope, ScopedFuture};
pub use seeded::{Seeded, Trace, VirtualClock};
pub use shared::{SharedError, SharedFuture};
pub use signal::StopSignal;
pub use task::Task;
pub use task::builder::TaskBuilder;
pub use task::current::context;
pub use time::{Elapsed, Interval, Sleep, interval, sleep, sleep_until, timeout};
pub use wait::{WaitFor, Waited, wait};
pub use waits::Cycle;

pub use creel_core::future::State;
pub use creel_core::ledger::Ledger;
pub use creel_core::port::Rejected;
