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

/// What is wrong with an item on a line.
#[derive(Debug, Error)]
pub(crate) enum Problem {
    #[error("not UTF-8: save the file as UTF-8")]
    Encoding,
    #[error("longer than {0} MiB: is a line break or a closing quote missing?")]
    TooLong(u64),
    #[error("column `{column}` is `{value}`, not a number; --columns chooses the features")]
    NotNumber { column: String, value: String },
    #[error("column `{column}` is empty")]
    NoNumber { column: String },
    #[error("{found} values where the header names {expected}")]
    Width { expected: usize, found: usize },
    #[error("a quote is opened and not closed")]
    OpenQuote,
    #[error("not CSV")]
    Csv(#[source] csv::Error),
    #[error("not JSON at column {column}: {what}")]
    Json { column: usize, what: String },
    #[error(
        "no item: it needs `features` (numbers), `prompt` or `text` (a string), or `image` (a path)"
    )]
    NoPayload,
    #[error("`{0}` and `{1}` in one item: leave one out")]
    TwoPayloads(&'static str, &'static str),
    #[error("`features` is not a list of numbers")]
    Features,
    #[error("`{0}` is not a string")]
    NotString(&'static str),
    #[error("`method` is not POST")]
    NotPost,
    #[error("`url` is not a path such as /v1/chat/completions")]
    NotPath,
    #[error("`body` is not an object")]
    NoBody,
    #[error("`id` is neither a string nor a number")]
    Id,
    #[error("the image {path} cannot be read")]
    Image {
        path: String,
        source: std::io::Error,
    },
    #[error("the image {path} is neither JPEG nor PNG")]
    Media { path: String },
}

impl From<serde_json::Error> for Problem {
    /// The item is told by its line of the file: what the parser calls line 1 would only confuse.
    fn from(error: serde_json::Error) -> Self {
        let told = error.to_string();
        let what = told.rsplit_once(" at line ").map(|(what, _)| what);
        Self::Json {
            column: error.column(),
            what: what.unwrap_or(&told).to_owned(),
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
