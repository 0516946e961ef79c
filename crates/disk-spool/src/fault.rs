//! What goes wrong in an open spool.

use std::io;
use std::path::PathBuf;

use creel_core::port::SpoolError;
use thiserror::Error;

/// What went wrong, for people; [`SpoolError`] is what a program decides by.
#[derive(Debug, Error)]
pub(crate) enum Fault {
    #[error(
        "the {entry} bytes of the entry do not fit into the spool {}: {used} of its {limit} bytes are in use; remove entries or raise the limit", path.display()
    )]
    Limit {
        path: PathBuf,
        entry: u64,
        used: u64,
        limit: u64,
    },
    #[error("the disk or quota of {} is full; make room on it", path.display())]
    DiskFull { path: PathBuf, source: io::Error },
    #[error(
        "an entry of {entry} bytes needs more than the {limit} bytes of the spool {}; raise the limit", path.display()
    )]
    TooLarge {
        path: PathBuf,
        entry: u64,
        limit: u64,
    },
    #[error("an entry of {0} bytes is too long: an entry has at most 4 GiB")]
    TooLong(u64),
    #[error("cannot write to {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read from {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error(
        "cannot make the spool {} durable; what was appended of late may be lost: look at the disk, then open it again", path.display()
    )]
    Sync { path: PathBuf, source: io::Error },
    #[error("the spool {} could not be made durable earlier; look at the disk, then open it again", path.display())]
    Broken { path: PathBuf },
    #[error("the spool {} has given out all its tickets; choose another directory", path.display())]
    OutOfTickets { path: PathBuf },
}

impl Fault {
    pub(crate) fn writing(path: PathBuf, source: io::Error) -> Self {
        if is_full(&source) {
            Self::DiskFull { path, source }
        } else {
            Self::Write { path, source }
        }
    }
}

impl From<Fault> for SpoolError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Limit { .. } => Self::NoRoom(fault.into()),
            Fault::DiskFull { .. } => Self::StorageFull(fault.into()),
            Fault::TooLarge { .. } | Fault::TooLong(_) => Self::TooLarge(fault.into()),
            Fault::Write { .. }
            | Fault::Read { .. }
            | Fault::Sync { .. }
            | Fault::Broken { .. }
            | Fault::OutOfTickets { .. } => Self::Failed(fault.into()),
        }
    }
}

/// Whether a write failed for want of room: of the disk, of a quota, or of the longest file that a process may write.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
