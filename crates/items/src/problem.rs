//! What can be wrong with an item.

use std::io;

use thiserror::Error;

/// What is wrong with an item.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The line is no text.
    #[error("not UTF-8: save the file as UTF-8")]
    Encoding,
    /// The line does not end within so many MiB.
    #[error("longer than {0} MiB: is a line break or a closing quote missing?")]
    TooLong(u64),
    /// A feature is no number.
    #[error("column `{column}` is `{value}`, not a number; --columns chooses the features")]
    NotNumber {
        /// The name of the column.
        column: String,
        /// What stands there.
        value: String,
    },
    /// A feature is missing.
    #[error("column `{column}` is empty")]
    NoNumber {
        /// The name of the column.
        column: String,
    },
    /// The row has more or fewer values than the header.
    #[error("{found} values where the header names {expected}")]
    Width {
        /// Columns of the header.
        expected: usize,
        /// Values of the row.
        found: usize,
    },
    /// The text ends within a quoted value.
    #[error("a quote is opened and not closed")]
    OpenQuote,
    /// The row cannot be split.
    #[error("not CSV")]
    Csv(#[source] csv::Error),
    /// The line is no JSON.
    #[error("not JSON at column {column}: {what}")]
    Json {
        /// Where, counted from 1.
        column: usize,
        /// What the parser says.
        what: String,
    },
    /// Nothing tells what is asked.
    #[error(
        "no item: it needs `features` (numbers), `prompt` or `text` (a string), or `image` (a path)"
    )]
    NoPayload,
    /// Two members tell what is asked.
    #[error("`{0}` and `{1}` in one item: leave one out")]
    TwoPayloads(&'static str, &'static str),
    /// The features are of another kind.
    #[error("`features` is not a list of numbers")]
    Features,
    /// A member is of another kind.
    #[error("`{0}` is not a string")]
    NotString(&'static str),
    /// A request of a batch file has another method.
    #[error("`method` is not POST")]
    NotPost,
    /// A request of a batch file goes elsewhere.
    #[error("`url` is not a path such as /v1/chat/completions")]
    NotPath,
    /// A request of a batch file has no body.
    #[error("`body` is not an object")]
    NoBody,
    /// The id is of another kind.
    #[error("`id` is neither a string nor a number")]
    Id,
    /// The picture that is named cannot be read.
    #[error("the image {path} cannot be read")]
    Image {
        /// Where it should be.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// What is named is a folder, a pipe, or a device.
    #[error("the image {path} is not a file")]
    NoFile {
        /// Where it is.
        path: String,
    },
    /// The picture that is named has more than so many MiB.
    #[error("the image {path} has more than {mebibytes_max} MiB")]
    TooLarge {
        /// Where it is.
        path: String,
        /// The most that is read.
        mebibytes_max: u64,
    },
    /// What is named is no picture that can be sent.
    #[error("the image {path} is neither JPEG nor PNG")]
    Media {
        /// Where it is.
        path: String,
    },
}

impl From<serde_json::Error> for Problem {
    /// The item is told by its line of the text: what the parser calls line 1 would only confuse.
    fn from(error: serde_json::Error) -> Self {
        let told = error.to_string();
        let what = told.rsplit_once(" at line ").map(|(what, _)| what);
        Self::Json {
            column: error.column(),
            what: what.unwrap_or(&told).to_owned(),
        }
    }
}
