//! Any iterator as a source.

use creel_core::port::SourceError;
use creel_core::{Context, Source};

/// A source that gives what an iterator gives; it never waits and never fails.
///
/// It ends with its iterator, or when it is asked under a cancelled context, so that an endless one can be
/// stopped too.
#[derive(Clone, Debug)]
pub struct IteratorSource<I> {
    items: std::iter::Fuse<I>,
}

impl<I: Iterator> IteratorSource<I> {
    /// A source of what `items` gives.
    pub fn new(items: impl IntoIterator<IntoIter = I>) -> Self {
        Self {
            items: items.into_iter().fuse(),
        }
    }
}

impl<I> Source for IteratorSource<I>
where
    I: Iterator<Item: Send> + Send,
{
    type Item = I::Item;

    fn next(&mut self, context: &Context) -> Result<Option<Self::Item>, SourceError> {
        if context.is_cancelled() {
            return Ok(None);
        }
        Ok(self.items.next())
    }
}
