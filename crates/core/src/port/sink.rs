//! The port to where results end up.

use std::time::Duration;

use thiserror::Error;

use super::{BoxError, Context};

/// Where results end up: a file, another server, the terminal.
///
/// Items are kept in the order in which they were written. One that was written is durable once a later
/// [`flush`](Sink::flush) has returned `Ok`; one whose write failed is not there at all, not even in part.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
pub trait Sink<Item> {
    /// Takes one item, by reference, so that several sinks can share it; may block on the outside.
    ///
    /// # Errors
    /// See [`SinkError`]: each variant is one decision for the caller. The item was not kept.
    fn write(&mut self, item: &Item, context: &Context) -> Result<(), SinkError>;

    /// Makes everything written so far durable; blocks until it is.
    ///
    /// # Errors
    /// See [`SinkError`]. What was written since the last successful flush may be lost.
    fn flush(&mut self) -> Result<(), SinkError>;

    /// The keys of the items that were there before this sink was opened, in the order written.
    ///
    /// A sink without a memory gives none.
    ///
    /// # Errors
    /// See [`SinkError`].
    fn recovered(&mut self) -> Result<Vec<String>, SinkError> {
        Ok(Vec::new())
    }
}

/// Why a sink did not keep an item.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SinkError {
    /// There is no room; the same write may succeed once some was made.
    #[error("the sink has no room")]
    NoRoom(#[source] BoxError),
    /// Nobody answers there; the same write may succeed later.
    #[error("the sink cannot be reached")]
    Unavailable(#[source] BoxError),
    /// It asks for fewer items; the same write may succeed later.
    #[error("the sink asks for a pause")]
    Throttled {
        /// How long it wants to be left alone, if it said so.
        retry_after: Option<Duration>,
        /// What it said.
        source: BoxError,
    },
    /// This item cannot be kept; others can.
    #[error("the sink rejected the item")]
    Rejected(#[source] BoxError),
    /// The sink cannot go on.
    #[error("the sink failed")]
    Failed(#[source] BoxError),
}

impl SinkError {
    /// Whether the same write may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::NoRoom(_) | Self::Unavailable(_) | Self::Throttled { .. }
        )
    }
}
