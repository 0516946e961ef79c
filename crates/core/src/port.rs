//! The ports: what adapters implement and generic code asks for.
//!
//! | port | is | who implements it |
//! |---|---|---|
//! | [`Executor`] | something that runs tasks | thread pools, inline and seeded executors |
//! | [`Clock`] | the time, and a way to be woken at one | the system, a manual clock |
//! | [`Lookout`] | what an idle worker can watch | sockets, a scripted one |
//! | [`Source`] | where items come from | cameras, files, iterators |
//! | [`Service`] | a request becomes a response | model servers over HTTP, closures |
//! | [`Sink`] | where results end up | files, the terminal, memory |
//! | [`Spool`] | bytes that wait until they are safe elsewhere | disk, memory |
//!
//! A port speaks of no camera and no model: adapters own those words.

mod clock;
mod context;
mod executor;
mod lookout;
mod service;
mod sink;
mod source;
mod spool;

pub use clock::{Alarm, Clock};
pub use context::{CancelSignal, Context};
pub use executor::{Executor, Rejected, Run};
pub use lookout::{Lookout, Watch, Watcher};
pub use service::{Service, ServiceError};
pub use sink::{Sink, SinkError};
pub use source::{Source, SourceError};
pub use spool::{Spool, SpoolError, Ticket};

#[cfg(any(test, feature = "mock"))]
pub use {
    clock::MockClock, executor::MockExecutor, lookout::MockLookout, service::MockService,
    sink::MockSink, source::MockSource, spool::MockSpool,
};

/// The cause an adapter attaches to a port's error: its own error type, behind a box.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[cfg(test)]
pub(crate) mod tests;
