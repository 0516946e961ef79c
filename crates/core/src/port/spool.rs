//! The port to bytes that wait until they are safe elsewhere.

use thiserror::Error;

use super::BoxError;

/// Names an entry of a [`Spool`]; later entries have greater tickets, also after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A queue of byte strings that outlives its reader: an entry stays until it is removed.
///
/// Reading does not remove. Whoever reads an entry removes it once what came of it is safe; an entry that
/// was read and not removed is read again after a restart.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
pub trait Spool: Send {
    /// Adds an entry behind all others.
    ///
    /// # Errors
    /// [`SpoolError::NoRoom`] when it does not fit beside the others, [`SpoolError::TooLarge`] when it would not fit alone,
    /// [`SpoolError::StorageFull`] when what the store lies on is full, [`SpoolError::Failed`] when the store cannot be
    /// written; nothing was added.
    fn append(&mut self, entry: &[u8]) -> Result<Ticket, SpoolError>;

    /// The first entry behind `after`, from the start without one; `None` when there is none.
    ///
    /// # Errors
    /// [`SpoolError::Failed`] when the store cannot be read.
    fn next(&mut self, after: Option<Ticket>) -> Result<Option<(Ticket, Vec<u8>)>, SpoolError>;

    /// Removes an entry; one that is not there is no error.
    ///
    /// # Errors
    /// [`SpoolError::StorageFull`] when that cannot be written down for want of room, [`SpoolError::Failed`] when the store
    /// cannot be written.
    fn remove(&mut self, ticket: Ticket) -> Result<(), SpoolError>;

    /// How many entries were there when the spool was opened.
    fn recovered(&self) -> u64;
}

/// Why a spool could not keep or give an entry.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// The entry does not fit; it may once others are removed.
    #[error("the spool has no room")]
    NoRoom(#[source] BoxError),
    /// What the store lies on is full, though the store may hold more; it may succeed once room was made there.
    #[error("the disk of the spool has no room")]
    StorageFull(#[source] BoxError),
    /// The entry does not fit even into an empty spool; smaller ones may.
    #[error("the entry is too large for the spool")]
    TooLarge(#[source] BoxError),
    /// The store behind the spool is broken.
    #[error("the spool failed")]
    Failed(#[source] BoxError),
}

impl SpoolError {
    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::NoRoom(_) | Self::StorageFull(_))
    }
}
