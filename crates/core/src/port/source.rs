//! The port to where items come from.

use thiserror::Error;

use super::{BoxError, Context};

/// Where items come from: a camera, a file, an iterator.
///
/// Items come in their own order. After `Ok(None)` and after [`SourceError::Failed`] there is nothing more to
/// ask for; after the other errors the next call may succeed. Whether to ask again, and after which pause, is
/// the caller's to decide.
#[cfg_attr(any(test, feature = "mock"), mockall::automock(type Item = u64;))]
pub trait Source: Send {
    /// What comes out.
    type Item: Send;

    /// Blocks until the next item is there, or `None` at the end.
    ///
    /// A call that waits returns `Ok(None)` soon after `context` is cancelled.
    ///
    /// # Errors
    /// See [`SourceError`]: each variant is one decision for the caller.
    fn next(&mut self, context: &Context) -> Result<Option<Self::Item>, SourceError>;
}

/// Why a source gave no item.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// One item is lost; the next call goes on behind it.
    #[error("an item cannot be read")]
    Item(#[source] BoxError),
    /// The connection to the device or stream broke; the next call tries to open it again.
    #[error("the source is disconnected")]
    Disconnected(#[source] BoxError),
    /// The source cannot go on.
    #[error("the source failed")]
    Failed(#[source] BoxError),
}

impl SourceError {
    /// Whether asking again can help.
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Failed(_))
    }
}
