//! What goes wrong in an open sink.

use std::io;

use creel_core::BoxError;
use creel_core::port::SinkError;
use thiserror::Error;

/// What went wrong, for people; [`SinkError`] is what a program decides by.
#[derive(Debug, Error)]
pub(crate) enum Fault {
    #[error("the record cannot be written as JSON")]
    NotJson(#[source] serde_json::Error),
    #[error("the record takes {0} bytes, more than the {max} of the longest line", max = crate::line_writer::LINE_BYTES_MAX)]
    TooLong(usize),
    #[error("no files can be made of the record")]
    NoLeaf(#[source] BoxError),
    #[error("no file can be called `{0}`: a name has 1 to 200 letters")]
    NoName(String),
    #[error("cannot write to {name}; make room on its disk or in its quota")]
    NoRoom { name: String, source: io::Error },
    #[error("cannot write to {name}: whoever read it is gone")]
    NoReader { name: String, source: io::Error },
    #[error("cannot write to {name} without waiting, and it was opened so that it never waits")]
    Busy { name: String, source: io::Error },
    #[error("cannot write to {name}")]
    Write { name: String, source: io::Error },
    #[error(
        "cannot make {name} durable; what came behind the last flush may be lost: look at the disk, then open it again"
    )]
    Flush { name: String, source: io::Error },
    #[error("cannot read back what is in {name}")]
    Read { name: String, source: io::Error },
    #[error(
        "line {line} of {name} is not one of its records; mend it, remove it, or write to another file"
    )]
    ForeignLine {
        name: String,
        line: u64,
        source: serde_json::Error,
    },
    #[error(
        "{name} is not one of the folder's records; mend it, move it away, or write to another folder"
    )]
    ForeignDocument {
        name: String,
        source: serde_json::Error,
    },
    #[error(
        "line {line} of {name} is longer than a record can be; remove it, or write to another file"
    )]
    EndlessLine { name: String, line: u64 },
}

impl Fault {
    pub(crate) fn writing(name: &str, source: io::Error) -> Self {
        let name = name.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::NoRoom { name, source }
            }
            io::ErrorKind::BrokenPipe => Self::NoReader { name, source },
            io::ErrorKind::WouldBlock => Self::Busy { name, source },
            _ => Self::Write { name, source },
        }
    }

    pub(crate) fn flushing(name: &str, source: io::Error) -> Self {
        let name = name.to_owned();
        match source.kind() {
            io::ErrorKind::BrokenPipe => Self::NoReader { name, source },
            io::ErrorKind::WouldBlock => Self::Busy { name, source },
            _ => Self::Flush { name, source },
        }
    }
}

impl From<Fault> for SinkError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotJson(_) | Fault::TooLong(_) | Fault::NoLeaf(_) | Fault::NoName(_) => {
                Self::Rejected(fault.into())
            }
            Fault::NoRoom { .. } => Self::NoRoom(fault.into()),
            Fault::Busy { .. } => Self::Unavailable(fault.into()),
            Fault::NoReader { .. }
            | Fault::Write { .. }
            | Fault::Flush { .. }
            | Fault::Read { .. }
            | Fault::ForeignLine { .. }
            | Fault::ForeignDocument { .. }
            | Fault::EndlessLine { .. } => Self::Failed(fault.into()),
        }
    }
}
