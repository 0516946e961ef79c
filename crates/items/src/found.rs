//! What is found in a text.

use std::io;

use bytes::Bytes;
use creel_protocols::Payload;

use crate::{Id, Line, Problem, Unusable};

/// Reads the items in a text, one after the other.
///
/// An error is the reader's and ends the reading; what is wrong with an item is told in its place.
pub trait Items {
    /// Reads the next item; `None` at the end. It blocks as long as its reader does.
    ///
    /// # Errors
    /// The reader's own.
    fn next(&mut self) -> io::Result<Option<Found>>;

    /// Passes over the next item without a look at what is in it; `None` at the end.
    ///
    /// # Errors
    /// The reader's own.
    fn pass(&mut self) -> io::Result<Option<Passed>>;

    /// What stands above the items, such as the names of columns.
    fn header(&self) -> Option<Bytes> {
        None
    }
}

/// What stands at one place of a text: an item, or what is none.
#[derive(Debug)]
pub struct Found {
    /// The line on which it begins, counted from 1 as editors do.
    pub line: u64,
    /// Its own id where that could be read, else its line.
    pub id: Id,
    /// Whether it is a request of an OpenAI batch file, whose id is its `custom_id`.
    pub is_request: bool,
    /// What is asked, or why nothing can be.
    pub payload: Result<Payload, Problem>,
    /// The item as it stands in the text, without its line break; `None` for one that is too long to be kept.
    pub original: Option<Bytes>,
}

/// An item that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The item as it stands in the text; `None` for one that is too long to be kept.
    pub original: Option<Bytes>,
}

impl Found {
    /// Reads an item off its line; its id takes the place of the line's number as soon as it is known.
    pub(crate) fn on(
        line: Line,
        read: impl FnOnce(&str, &mut Id) -> Result<Payload, Problem>,
    ) -> Self {
        let Line { number, text } = line;
        let mut id = Id::from(number);
        let (payload, original) = match text {
            Ok(text) => (read(&text, &mut id), Some(Bytes::from(text))),
            Err(Unusable { problem, bytes }) => (Err(problem), bytes.map(Bytes::from)),
        };
        Self {
            line: number,
            id,
            is_request: false,
            payload,
            original,
        }
    }
}

impl From<Line> for Passed {
    fn from(line: Line) -> Self {
        Self {
            original: line.into_original(),
        }
    }
}
