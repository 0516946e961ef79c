//! A map that ends at the first error.

use std::fmt;

use super::Map;
use crate::error::JoinError;

/// The values of a [`Map`] up to the first error, which ends it; [`Map::fail_fast`] makes it.
#[must_use = "items are pulled as results are asked for: nothing runs before the first `next`"]
pub struct TryMap<'pool, I, F, T>(Option<Map<'pool, I, F, T>>);

impl<'pool, I, F, T> TryMap<'pool, I, F, T> {
    pub(super) fn new(map: Map<'pool, I, F, T>) -> Self {
        Self(Some(map))
    }
}

impl<I, F, T, E> Iterator for TryMap<'_, I, F, Result<T, E>>
where
    I: Iterator<Item: Send + 'static>,
    T: Send + 'static,
    E: Send + 'static,
    F: Fn(I::Item) -> Result<T, E> + Send + Sync + 'static,
{
    type Item = Result<T, JoinError<E>>;

    fn next(&mut self) -> Option<Self::Item> {
        let error = match self.0.as_mut()?.next()? {
            Ok(Ok(value)) => return Some(Ok(value)),
            Ok(Err(error)) => JoinError::Returned(error),
            Err(error) => error.widen(),
        };
        // Its drop cancels what is ahead.
        self.0 = None;
        Some(Err(error))
    }
}

impl<I, F, T> fmt::Debug for TryMap<'_, I, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TryMap").field(&self.0).finish()
    }
}
