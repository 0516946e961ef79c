//! The pictures of a folder.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io, vec};

use creel_core::port::SourceError;
use creel_core::{Context, Source};
use imagesize::ImageError;
use thiserror::Error;

use crate::picture_file::header;
use crate::{Frame, Moment};

/// The pictures of a folder, in the order in which a person would count them: `2.jpg` before `10.jpg`.
///
/// A file passes through untouched, whatever its format: its header alone is read, and decoding is left to
/// whoever uses the frame. Files that are no pictures by their extension, hidden files and folders within are
/// passed over. A picture that cannot be read is a [`SourceError::Item`], and the next call goes on behind it.
#[derive(Debug)]
pub struct Folder {
    pictures: vec::IntoIter<PathBuf>,
    count: u64,
    number: u64,
}

impl Folder {
    /// Lists the pictures of a folder; pictures that are added later are not seen.
    ///
    /// # Errors
    /// [`FolderError`] when the folder cannot be listed or holds no picture.
    pub fn open(folder: &Path) -> Result<Self, FolderError> {
        let list = |source| FolderError::List {
            folder: folder.to_owned(),
            source,
        };
        let mut pictures = Vec::new();
        let mut others = 0;
        for entry in fs::read_dir(folder).map_err(list)? {
            let path = entry.map_err(list)?.path();
            if is_picture(&path) && !path.is_dir() {
                pictures.push(path);
            } else {
                others += 1;
            }
        }
        if pictures.is_empty() {
            return Err(FolderError::NoPictures {
                folder: folder.to_owned(),
                others,
            });
        }
        alphanumeric_sort::sort_path_slice(&mut pictures);
        Ok(Self::of(pictures))
    }

    /// Takes these pictures, in this order.
    pub fn of(pictures: Vec<PathBuf>) -> Self {
        Self {
            count: pictures.len() as u64,
            pictures: pictures.into_iter(),
            number: 0,
        }
    }

    /// How many pictures there were at the start, readable or not.
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl Source for Folder {
    type Item = Frame;

    fn next(&mut self, context: &Context) -> Result<Option<Frame>, SourceError> {
        if context.is_cancelled() {
            return Ok(None);
        }
        let Some(path) = self.pictures.next() else {
            return Ok(None);
        };
        let frame = read(&path, self.number).map_err(|error| SourceError::Item(error.into()))?;
        self.number += 1;
        Ok(Some(frame))
    }
}

/// Whether a file is a picture by its name.
pub(crate) fn is_picture(path: &Path) -> bool {
    let is_hidden = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let extension = path.extension().and_then(OsStr::to_str);
    !is_hidden
        && extension.is_some_and(|extension| {
            EXTENSIONS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(extension))
        })
}

/// Why a folder gives no pictures at all.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The folder cannot be listed.
    #[error("the folder {} cannot be listed", folder.display())]
    List {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The folder is empty, or what it holds are no pictures.
    #[error(
        "the folder {} holds no pictures ({}) among its {others} entries",
        folder.display(),
        EXTENSIONS.join(", ")
    )]
    NoPictures {
        /// The folder.
        folder: PathBuf,
        /// How many other entries it has.
        others: usize,
    },
}

/// Why one picture of a folder cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is no picture, whatever its name says.
    #[error("{} is no picture", path.display())]
    NotPicture {
        /// The file.
        path: PathBuf,
        /// What is wrong with its header.
        source: ImageError,
    },
}

const EXTENSIONS: [&str; 6] = ["jpg", "jpeg", "png", "webp", "gif", "bmp"];

fn read(path: &Path, number: u64) -> Result<Frame, PictureError> {
    let bytes = fs::read(path).map_err(|source| PictureError::Read {
        path: path.to_owned(),
        source,
    })?;
    let captured_at = Moment::now();
    let (format, size) = header(&bytes).map_err(|source| PictureError::NotPicture {
        path: path.to_owned(),
        source,
    })?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok(Frame {
        number,
        captured_at,
        size,
        format,
        bytes: bytes.into(),
        sequence: None,
        lost_before: 0,
        name: Some(name.to_string_lossy().into_owned()),
    })
}
