//! A file that takes each write whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::OpenError;
use crate::folder::{Directory, Medium};
use crate::found::Found;
use crate::parts::Parts;
use crate::tail::{self, Form, Tail};
use crate::turning::Turning;

/// A file that takes each write whole or not at all.
///
/// [`Write::flush`] makes it durable: it waits for the disk. While it is open no other `RecordFile` can be, in any
/// process. Something else than a regular file, such as a pipe, is written to as it is: it may take half of a
/// write, and a flush of it does nothing.
#[derive(Debug)]
pub struct RecordFile {
    medium: Box<dyn Medium>,
    state: State,
    /// Where the file is; a stream is nowhere.
    place: Option<Place>,
    /// What stands above the first record of each part.
    head: Vec<u8>,
    turning: Option<Turning>,
    /// It is not closed, however full or old it is.
    is_held: bool,
}

/// How far the file is to be trusted.
///
/// ```text
///   Whole ── write fails half-way ──▶ Torn ── cut, at once or before the next call ──▶ Whole
///     │ └─── flush fails ──▶ Broken
///     └───── part is full ──▶ Closed ── another file begun, at once or before the next write ──▶ Whole
///   Stream ── always
/// ```
#[derive(Clone, Copy, Debug)]
enum State {
    /// The file has this length, and a record ends there.
    Whole(u64),
    /// Behind this length stands a part of a write that could not be cut off yet.
    Torn(u64),
    /// It was closed under the name of a part, and no other was begun.
    Closed,
    /// What was written may be lost; another flush could not tell.
    Broken,
    /// The outside takes bytes and gives none back.
    Stream,
}

#[derive(Debug)]
struct Place {
    parts: Parts,
    /// Whether the file's name is durable.
    is_name_durable: bool,
}

/// A file as it was found, made whole.
pub(crate) struct Opened {
    pub(crate) file: RecordFile,
    /// The records that were there; none of a stream.
    pub(crate) found: Option<Found>,
    pub(crate) torn_bytes: u64,
}

impl RecordFile {
    pub(crate) fn create(path: &Path) -> Result<Self, OpenError> {
        if is_stream(path) {
            return Self::stream(path);
        }
        let failed = |source| OpenError::new(path, source);
        let parts = parts_of(path)?;
        let mut medium = parts.folder().open(parts.live()).map_err(failed)?;
        medium.cut(0).map_err(failed)?;
        Ok(Self::regular(medium, parts, 0))
    }

    pub(crate) fn append(path: &Path, form: Form) -> Result<Opened, OpenError> {
        // A stream may have no way to be read, and needs none.
        if is_stream(path) {
            return Ok(Opened {
                file: Self::stream(path)?,
                found: None,
                torn_bytes: 0,
            });
        }
        Self::append_in(parts_of(path)?, form)
    }

    /// Opens the file that these are the parts of.
    pub(crate) fn append_in(parts: Parts, form: Form) -> Result<Opened, OpenError> {
        let path = parts.folder().path_of(parts.live());
        let failed = |source| OpenError::new(&path, source);
        let mut medium = parts.folder().open(parts.live()).map_err(failed)?;
        match parts.folder().remove(&parts.unfinished_live()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed.map_err(failed)?,
        }
        let found = medium.length().map_err(failed)?;
        let mut records = parts.folder().read(parts.live()).map_err(failed)?;
        let length = match tail::inspect(&mut *records, found, form).map_err(failed)? {
            Tail::Whole => found,
            Tail::LacksNewline => {
                medium.write_all(b"\n").map_err(failed)?;
                found + 1
            }
            Tail::Torn(start) => {
                medium.cut(start).map_err(failed)?;
                start
            }
            Tail::Foreign(source) => return Err(OpenError::NotJsonLines { path, source }),
        };
        // What a killed process has left may not be on the disk yet, nor its name, but its keys will be taken as done.
        medium.sync().map_err(failed)?;
        parts.folder().sync().map_err(failed)?;
        let numbers = parts.numbers().map_err(failed)?;
        for other in parts.others().map_err(failed)? {
            let file = parts.folder().path_of(&parts.name_of(&other));
            let list = parts.folder().path_of(&parts.register());
            tracing::warn!(
                file = %file.display(), list = %list.display(),
                "it is called like a closed part and is not on their list: it is neither read nor removed"
            );
        }
        Ok(Opened {
            found: Some(Found::new(parts.clone(), numbers, records, length)),
            file: Self::regular(medium, parts, length),
            torn_bytes: found.saturating_sub(length),
        })
    }

    fn regular(medium: Box<dyn Medium>, parts: Parts, length: u64) -> Self {
        Self {
            medium,
            state: State::Whole(length),
            place: Some(Place {
                parts,
                is_name_durable: false,
            }),
            head: Vec::new(),
            turning: None,
            is_held: false,
        }
    }

    fn stream(path: &Path) -> Result<Self, OpenError> {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .map_err(|source| OpenError::new(path, source))?;
        Ok(Self {
            medium: Box::new(file),
            state: State::Stream,
            place: None,
            head: Vec::new(),
            turning: None,
            is_held: false,
        })
    }

    /// Where it is in a folder; a stream is nowhere.
    pub(crate) fn parts(&self) -> Option<&Parts> {
        self.place.as_ref().map(|place| &place.parts)
    }

    /// Has the file closed and another one begun, as is said.
    pub(crate) fn turn(&mut self, turning: Turning) {
        self.turning = Some(turning);
    }

    /// Closes it no more until [`release`](Self::release), however full or old it is.
    pub(crate) fn hold(&mut self) {
        self.is_held = true;
    }

    pub(crate) fn release(&mut self) {
        self.is_held = false;
    }

    /// Puts these bytes above the first record of each part, beginning with the next one.
    pub(crate) fn set_head(&mut self, head: &[u8]) {
        self.head = head.to_vec();
    }

    /// Puts this in place of everything in the file, so that after a crash it is the one or the other; durable.
    pub(crate) fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(place) = &mut self.place else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        if matches!(self.state, State::Broken) {
            return Err(broken());
        }
        let folder = place.parts.folder();
        let unfinished = place.parts.unfinished_live();
        let written = folder.create(&unfinished).and_then(|mut medium| {
            medium.write_all(bytes)?;
            medium.sync()?;
            folder.rename(&unfinished, place.parts.live())?;
            Ok(medium)
        });
        let medium = written.inspect_err(|_| {
            // What cannot be taken away is when the file is opened again; the first error says what is wrong.
            let _ = folder.remove(&unfinished);
        })?;
        self.medium.release();
        self.medium = medium;
        self.state = State::Whole(bytes.len() as u64);
        place.is_name_durable = false;
        folder.sync()?;
        place.is_name_durable = true;
        Ok(())
    }

    /// Writes behind `length`, or into another file if this one is full.
    fn put(&mut self, bytes: &[u8], mut length: u64) -> io::Result<usize> {
        let more = bytes.len() as u64;
        let is_due = |turning: &Turning| !self.is_held && turning.is_due(length, more);
        if self.turning.as_ref().is_some_and(is_due) {
            self.close()?;
            self.begin()?;
            length = 0;
        }
        if length > 0 {
            self.write_whole(bytes, length)?;
        } else {
            let whole = [&self.head, bytes].concat();
            self.write_whole(&whole, length)?;
            if let Some(turning) = &mut self.turning {
                turning.begun();
            }
        }
        Ok(bytes.len())
    }

    /// Makes the file durable and gives it the name of a part.
    fn close(&mut self) -> io::Result<()> {
        let (Some(place), Some(turning)) = (&mut self.place, &mut self.turning) else {
            return Ok(());
        };
        self.medium.sync().inspect_err(|_| {
            self.state = State::Broken;
        })?;
        turning.close(&place.parts)?;
        self.state = State::Closed;
        place.is_name_durable = false;
        // Before the next file can become durable, this one's name is: what is found is a beginning of what was written.
        place.parts.folder().sync().inspect_err(|_| {
            self.state = State::Broken;
        })?;
        turning.rouse();
        Ok(())
    }

    /// Begins another file in place of the one that was closed.
    fn begin(&mut self) -> io::Result<()> {
        let Some(place) = &mut self.place else {
            return Ok(());
        };
        let medium = place.parts.folder().create(place.parts.live())?;
        self.medium.release();
        self.medium = medium;
        self.state = State::Whole(0);
        Ok(())
    }

    /// Writes all of `bytes` behind `length`, or cuts off what came of it.
    fn write_whole(&mut self, bytes: &[u8], length: u64) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let error = match self.medium.write(rest) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(taken) => {
                    rest = &rest[taken..];
                    continue;
                }
                Err(error) => error,
            };
            if rest.len() < bytes.len() {
                self.state = State::Torn(length);
                // If this fails as well, the next write tries it again; the first error says what is wrong.
                let _ = self.cut(length);
            }
            return Err(error);
        }
        self.state = State::Whole(length + bytes.len() as u64);
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.medium.cut(length)?;
        self.state = State::Whole(length);
        Ok(())
    }
}

impl Write for RecordFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.state {
            State::Whole(length) => self.put(bytes, length),
            State::Torn(length) => {
                self.cut(length)?;
                self.put(bytes, length)
            }
            State::Closed => {
                self.begin()?;
                self.put(bytes, 0)
            }
            State::Broken => Err(broken()),
            State::Stream => self.medium.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.state {
            State::Stream | State::Closed => return Ok(()),
            State::Broken => return Err(broken()),
            State::Torn(length) => self.cut(length)?,
            State::Whole(_) => {}
        }
        self.medium.sync().inspect_err(|_| {
            self.state = State::Broken;
        })?;
        if let Some(place) = &mut self.place
            && !place.is_name_durable
        {
            place.parts.folder().sync()?;
            place.is_name_durable = true;
        }
        Ok(())
    }
}

impl Drop for RecordFile {
    fn drop(&mut self) {
        // Whoever opens the file next finds nobody at work on its parts.
        self.turning = None;
        self.medium.release();
    }
}

/// The parts of the file at a path; of a link, those of the file that it leads to.
pub(crate) fn parts_of(path: &Path) -> Result<Parts, OpenError> {
    let target = path
        .is_symlink()
        .then(|| path.canonicalize().ok())
        .flatten();
    let target = target.as_deref().unwrap_or(path);
    let name = target.file_name().unwrap_or_default();
    let name = name.to_str().ok_or_else(|| {
        let why = "its name is no UTF-8";
        OpenError::new(path, io::Error::new(io::ErrorKind::InvalidFilename, why))
    })?;
    Ok(Parts::new(Arc::new(Directory::of(target)), name))
}

/// The closed parts of the file at a path, oldest first; of what is no file there are none.
///
/// # Errors
/// See [`OpenError`].
pub fn parts(path: impl AsRef<Path>) -> Result<Vec<PathBuf>, OpenError> {
    let path = path.as_ref();
    let parts = parts_of(path)?;
    let list = match parts.list() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        list => list.map_err(|source| OpenError::new(path, source))?,
    };
    let path_of = |part| parts.folder().path_of(&parts.name_of(part));
    Ok(list.iter().map(path_of).collect())
}

/// Removes the closed parts of the file at a path, and their list.
///
/// # Errors
/// See [`OpenError`].
pub fn remove_parts(path: impl AsRef<Path>) -> Result<(), OpenError> {
    let path = path.as_ref();
    let closed = parts(path)?;
    let files = parts_of(path)?;
    let list = files.folder().path_of(&files.register());
    for file in closed.iter().chain([&list]) {
        match fs::remove_file(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed.map_err(|source| OpenError::new(file, source))?,
        }
    }
    Ok(())
}

/// Whether there is something that is no file.
fn is_stream(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_file())
}

fn broken() -> io::Error {
    io::Error::other("an earlier flush of this file failed")
}

#[cfg(test)]
mod tests;
