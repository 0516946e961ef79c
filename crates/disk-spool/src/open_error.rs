//! Why a spool could not be opened.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a spool could not be opened; each message names the folder and what to do. What is there was left as it is.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder that the spool's own would be in is not there.
    #[error("cannot create the spool {}: there is no directory {}; make it first", path.display(), directory.display())]
    MissingDirectory {
        /// The spool's folder.
        path: PathBuf,
        /// What is missing.
        directory: PathBuf,
    },
    /// Something that is no spool is there: a file, or a folder with other things in it.
    #[error("{} is not a spool and was left as it is; name an empty directory, or one that is not there yet", path.display())]
    NotASpool {
        /// The path.
        path: PathBuf,
    },
    /// The spool was written by a later version of this crate.
    #[error("the spool {} has the format {found}, and this program reads {known}; open it with the program that wrote it", path.display(), known = crate::segment::VERSION)]
    Version {
        /// The spool's folder.
        path: PathBuf,
        /// The format's version.
        found: u32,
    },
    /// The spool is open already, in this process or in another.
    #[error("the spool {} is in use by {}; let it end or choose another directory", path.display(), who(*holder))]
    InUse {
        /// The spool's folder.
        path: PathBuf,
        /// The process that has it open, if it is known.
        holder: Option<u32>,
    },
    /// The permissions do not let this user write there.
    #[error("may not write to the spool {}; change its permissions or choose another directory", path.display())]
    Denied {
        /// The spool's folder, or the file in it.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The settings cannot be met.
    #[error(
        "a spool of {limit_bytes} bytes in files of {segment_bytes} holds nothing; give it more"
    )]
    Settings {
        /// The most bytes that it may have.
        limit_bytes: u64,
        /// How many of them share a file.
        segment_bytes: u64,
    },
    /// The operating system could not open or read something.
    #[error("cannot open {}", path.display())]
    Failed {
        /// The spool's folder, or the file in it.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl OpenError {
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { path, source }
            }
            _ => Self::Failed { path, source },
        }
    }
}

fn who(process: Option<u32>) -> String {
    match process {
        Some(process) => format!("process {process}"),
        None => "another run".to_owned(),
    }
}
