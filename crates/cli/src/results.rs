//! Where records go.

use std::io::{self, Stdout};
use std::path::Path;

use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use creel_file_sink::{JsonLines, OpenError};

use crate::record::Record;

/// Where records go: a file, or the standard output.
pub(crate) enum Results {
    File(JsonLines),
    Output(JsonLines<Stdout>),
}

/// Whether records go to the standard output.
pub(crate) fn is_output(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What the place is called in messages.
pub(crate) fn described(path: &Path) -> String {
    if is_output(path) {
        "standard output".to_owned()
    } else {
        path.display().to_string()
    }
}

impl Results {
    /// Opens the file, or the standard output for `-`.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        if is_output(path) {
            Ok(Self::Output(JsonLines::stream(
                io::stdout(),
                "standard output",
            )))
        } else {
            JsonLines::create(path).map(Self::File)
        }
    }
}

impl Sink<Record> for Results {
    fn write(&mut self, record: &Record, context: &Context) -> Result<(), SinkError> {
        match self {
            Self::File(lines) => lines.write(record, context),
            Self::Output(lines) => lines.write(record, context),
        }
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        match self {
            Self::File(lines) => Sink::<Record>::flush(lines),
            Self::Output(lines) => Sink::<Record>::flush(lines),
        }
    }
}
