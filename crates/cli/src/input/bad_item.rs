//! An item that could not be read.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use creel_core::BoxError;
use creel_core::port::SourceError;
use thiserror::Error;

use crate::record::Key;

/// An item that could not be read: where it stands, and what is wrong with it.
///
/// It travels as the cause of a [`SourceError::Item`], and its record is made from it.
#[derive(Debug, Error)]
#[error("{input}, {place}")]
pub(crate) struct BadItem {
    pub(crate) input: Arc<str>,
    pub(crate) place: Place,
    pub(crate) key: Key,
    /// The item as it stands in its input, where it can be put into another one of the same form.
    pub(crate) original: Option<Bytes>,
    #[source]
    pub(crate) problem: BoxError,
}

/// Where an item stands in its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Counted from 1.
    Line(u64),
    /// Counted from 0, as frames are.
    Picture(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Picture(number) => write!(f, "picture {number}"),
        }
    }
}

impl BadItem {
    /// An item on a line, called by its own id where that could be read, else by its line.
    pub(crate) fn on_line(
        input: &Arc<str>,
        line: u64,
        key: Key,
        problem: impl Into<BoxError>,
        original: Option<Bytes>,
    ) -> Self {
        Self {
            input: Arc::clone(input),
            place: Place::Line(line),
            key,
            original,
            problem: problem.into(),
        }
    }

    /// What a source answers when it could not read an item.
    pub(crate) fn into_error(self) -> SourceError {
        SourceError::Item(Box::new(self))
    }

    /// Finds the item that an error tells of.
    pub(crate) fn of(error: &SourceError) -> Option<&Self> {
        match error {
            SourceError::Item(cause) => cause.downcast_ref(),
            _ => None,
        }
    }
}
