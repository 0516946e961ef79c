//! Pictures in files and folders.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec;

use bytes::Bytes;
use creel_camera_source::Frame;
use creel_camera_source::folder::Folder;
use creel_core::port::SourceError;
use creel_core::{BoxError, Context, Source};
use walkdir::{DirEntry, WalkDir};

use super::bad_item::{BadItem, Place};
use super::format::Format;
use super::item::Item;
use super::reader::{Passed, Reader};
use crate::record::{Id, Key};

/// The pictures of files and of folders with all that is in them, in the order in which a person would count them:
/// `2.jpg` before `10.jpg`.
///
/// Hidden files and folders, and files that are no pictures by their names, are passed over. One folder is listed at a
/// time, so that the memory does not grow with what there is.
pub(crate) struct Pictures {
    name: Arc<str>,
    walk: Walk,
}

/// What a walk through the pictures comes by.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// What it is called: its path from the one folder that is read, else its whole path.
    pub(crate) id: String,
    /// How many bytes it has, if that can be told.
    pub(crate) length: Option<u64>,
}

/// A walk through the pictures.
pub(crate) struct Walk {
    roots: vec::IntoIter<PathBuf>,
    has_one_root: bool,
    /// The root that is walked, and what is left of it.
    going: Option<(PathBuf, Entries)>,
}

type Entries = Box<dyn Iterator<Item = walkdir::Result<DirEntry>> + Send>;

impl Pictures {
    pub(crate) fn new(name: Arc<str>, roots: &[PathBuf]) -> Self {
        Self {
            name,
            walk: Walk::through(roots.to_vec()),
        }
    }
}

impl Reader for Pictures {
    fn next(&mut self, index: u64, context: &Context) -> Result<Option<Item>, SourceError> {
        let Some(found) = self.walk.next() else {
            return Ok(None);
        };
        let bad = |key, original, problem| BadItem {
            input: Arc::clone(&self.name),
            place: Place::Picture(index),
            key,
            original,
            problem,
        };
        let found = found.map_err(|error| {
            let key = Key::Item {
                index,
                id: index.into(),
            };
            bad(key, None, error.into()).into_error()
        })?;
        let key = Key::Item {
            index,
            id: Id::Text(found.id),
        };
        let original = original(&found.path);
        match read(&found.path, context) {
            Ok(frame) => Ok(frame.map(|frame| Item {
                original,
                ..Item::frame(key, frame)
            })),
            Err(problem) => Err(bad(key, original, problem).into_error()),
        }
    }

    fn pass(&mut self, _: &Context) -> Result<Option<Passed>, SourceError> {
        Ok(self.walk.next().map(|found| Passed {
            original: found.ok().and_then(|found| original(&found.path)),
        }))
    }
}

impl Walk {
    /// Walks through these files and folders, one after the other.
    pub(crate) fn through(roots: Vec<PathBuf>) -> Self {
        Self {
            has_one_root: roots.len() == 1,
            roots: roots.into_iter(),
            going: None,
        }
    }

    fn id(&self, root: &Path, path: &Path) -> String {
        let inner = path.strip_prefix(root).ok();
        let inner = inner.filter(|inner| !inner.as_os_str().is_empty());
        let short = inner.or_else(|| path.file_name().map(Path::new));
        let shown = short.filter(|_| self.has_one_root).unwrap_or(path);
        shown.to_string_lossy().into_owned()
    }
}

impl Iterator for Walk {
    type Item = Result<Found, walkdir::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.going.is_none() {
                let root = self.roots.next()?;
                let entries = entries(&root);
                self.going = Some((root, entries));
            }
            let (root, entries) = self.going.as_mut()?;
            let is_named = |entry: &DirEntry| entry.depth() == 0;
            let found = entries.find(|entry| match entry {
                Ok(entry) => {
                    entry.file_type().is_file()
                        && (is_named(entry)
                            || Format::of_name(entry.path()) == Some(Format::Images))
                }
                Err(_) => true,
            });
            match found {
                None => self.going = None,
                Some(Err(error)) => return Some(Err(error)),
                Some(Ok(entry)) => {
                    let root = root.clone();
                    let length = entry.metadata().ok().map(|metadata| metadata.len());
                    let path = entry.into_path();
                    let id = self.id(&root, &path);
                    return Some(Ok(Found { path, id, length }));
                }
            }
        }
    }
}

fn entries(root: &Path) -> Entries {
    let is_hidden = |entry: &DirEntry| {
        entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    let walk = WalkDir::new(root)
        .follow_links(true)
        .sort_by(|a, b| alphanumeric_sort::compare_os_str(a.file_name(), b.file_name()));
    Box::new(
        walk.into_iter()
            .filter_entry(move |entry| !is_hidden(entry)),
    )
}

/// Reads a picture; `None` when the reading was called off.
pub(super) fn read(path: &Path, context: &Context) -> Result<Option<Frame>, BoxError> {
    match Folder::of(vec![path.to_owned()]).next(context) {
        Ok(frame) => Ok(frame),
        Err(SourceError::Item(problem)) => Err(problem),
        Err(error) => Err(error.into()),
    }
}

/// The line that names a picture in a list; a path with a line break has none.
fn original(path: &Path) -> Option<Bytes> {
    let line = path.as_os_str().as_encoded_bytes();
    (!line.contains(&b'\n')).then(|| Bytes::copy_from_slice(line))
}
