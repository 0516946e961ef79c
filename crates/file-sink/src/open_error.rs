//! Why a file could not be opened.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a file could not be opened as a sink; each message names the file and what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory that the file would be in is not there.
    #[error("cannot create {}: there is no directory {}; make it first", path.display(), directory.display())]
    MissingDirectory {
        /// The file.
        path: PathBuf,
        /// What is missing.
        directory: PathBuf,
    },
    /// The path names a directory.
    #[error("{} is a directory; name a file in it, or a folder that is empty or for records", path.display())]
    IsDirectory {
        /// The path.
        path: PathBuf,
    },
    /// The path of a folder names a file.
    #[error("{} is a file; name a folder", path.display())]
    IsFile {
        /// The path.
        path: PathBuf,
    },
    /// The permissions do not let this user write there.
    #[error("may not write to {}; change its permissions or choose another file", path.display())]
    Denied {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another sink has the file open, in this process or in another.
    #[error("{} is being written to by another run; let it end or choose another file", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file does not end as JSON lines do, torn or not. It was left as it is.
    #[error("{} does not hold JSON lines and was left as it is; choose another file", path.display())]
    NotJsonLines {
        /// The file.
        path: PathBuf,
        /// What is wrong with its last line.
        source: serde_json::Error,
    },
    /// Something that is no file cannot be closed and begun again.
    #[error("{} is no file that could be rotated; write to a file, or leave the rotation out", path.display())]
    NoFile {
        /// What it is.
        path: PathBuf,
    },
    /// Parts are to be compressed, or were, and this build cannot.
    #[error("parts of {} cannot be compressed: build with the feature `zstd`, or leave the compression out", path.display())]
    NoCompression {
        /// The file.
        path: PathBuf,
    },
    /// The operating system could not open or read the file.
    #[error("cannot open {}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl OpenError {
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        let directory = path
            .parent()
            .filter(|directory| !directory.as_os_str().is_empty() && !directory.exists());
        let path = path.to_owned();
        match (source.kind(), directory) {
            (io::ErrorKind::NotFound, Some(directory)) => Self::MissingDirectory {
                path: path.clone(),
                directory: directory.to_owned(),
            },
            (io::ErrorKind::AlreadyExists, _) => Self::IsFile { path },
            (io::ErrorKind::ResourceBusy, _) => Self::InUse { path },
            (io::ErrorKind::IsADirectory, _) => Self::IsDirectory { path },
            (io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem, _) => {
                Self::Denied { path, source }
            }
            _ => Self::Failed { path, source },
        }
    }
}
