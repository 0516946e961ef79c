//! Frames and items through a pool to a service and on to sinks, with a ledger that always adds up.
//!
//! - [`Pipeline`]: puts a run together and starts it; its documentation shows a whole one.
//! - [`Running`], [`RunHandle`], [`Summary`]: what is done with a run, and seen of it.
//! - [`Life`], [`InFlight`]: what observers and whoever looks at a run are told of each item.
//! - [`Strain`], [`Stages`], [`Bottleneck`]: what a run waits for, and which part of it is the slowest.
//! - [`Codec`]: what an item is written down as where it waits beyond memory.
//! - [`Resilient`]: a service that bears up when the one behind it falters.
//! - [`flow`]: the life of frames and items as a value, which the threads of a run drive: events in, decisions out.

mod bottleneck;
mod codec;
mod drive;
mod error;
mod failure;
pub mod flow;
mod health;
mod life;
mod outcome;
mod pipeline;
mod reconnect;
mod resilient;
mod running;
mod sinks;
mod stages;
mod strain;
mod summary;

pub use bottleneck::{Bottleneck, Part};
pub use codec::Codec;
pub use error::{RunError, RunFailure, StartError};
pub use failure::{Failure, Panicked};
pub use flow::{
    Backlog, DropReason, Drops, Holdup, Ledger, Level, Levels, Notice, Order, Place, Policy,
    Settings, SpoolUse,
};
pub use health::Health;
pub use life::{End, InFlight, Life, Progress};
pub use outcome::{Outcome, Passage};
pub use pipeline::Pipeline;
pub use reconnect::Reconnect;
pub use resilient::{Efforts, Resilience, Resilient, ResilientHandle};
pub use running::{RunHandle, Running};
pub use sinks::{Need, SinkPolicy, SinkState, SinkSummary, SinkTrouble, TroubleKind};
pub use stages::Stages;
pub use strain::Strain;
pub use summary::{Latency, SourceSummary, Stopping, Summary};
