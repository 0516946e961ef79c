//! What reads an input, whatever its form.

use bytes::Bytes;
use creel_core::Context;
use creel_core::port::SourceError;
pub(super) use creel_items::Passed;

use super::item::Item;

/// Reads the items of an input, one after the other.
///
/// An item that cannot be read is a [`SourceError::Item`] whose cause is a [`BadItem`](super::BadItem); it has its
/// index like any other.
pub(super) trait Reader: Send {
    /// Reads the next item, which has this index; `None` at the end.
    fn next(&mut self, index: u64, context: &Context) -> Result<Option<Item>, SourceError>;

    /// Passes over the next item without a look at what is in it; `None` at the end.
    fn pass(&mut self, context: &Context) -> Result<Option<Passed>, SourceError>;

    /// What stands above the items, such as the names of columns.
    fn header(&self) -> Option<Bytes> {
        None
    }
}
