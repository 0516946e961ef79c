//! A file that takes each write whole or not at all.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use crate::OpenError;
use crate::tail::{self, Form, Tail};

/// A file that takes each write whole or not at all.
///
/// [`Write::flush`] makes it durable: it waits for the disk. While it is open no other `RecordFile` can be, in any
/// process. Something else than a regular file, such as a pipe, is written to as it is: it may take half of a
/// write, and a flush of it does nothing.
#[derive(Debug)]
pub struct RecordFile {
    medium: Box<dyn Medium>,
    state: State,
    /// The directory, until the file's name in it is durable.
    directory: Option<File>,
}

/// How far the file is to be trusted.
///
/// ```text
///   Whole ── write fails half-way ──▶ Torn ── cut, at once or before the next call ──▶ Whole
///     └───── flush fails ──▶ Broken
///   Stream ── always
/// ```
#[derive(Clone, Copy, Debug)]
enum State {
    /// The file has this length, and a record ends there.
    Whole(u64),
    /// Behind this length stands a part of a write that could not be cut off yet.
    Torn(u64),
    /// What was written may be lost; another flush could not tell.
    Broken,
    /// The outside takes bytes and gives none back.
    Stream,
}

/// A file as it was found, made whole.
pub(crate) struct Opened {
    pub(crate) file: RecordFile,
    /// A handle to read the records that were there, and their length; none of a stream.
    pub(crate) records: Option<(File, u64)>,
    pub(crate) torn_bytes: u64,
}

impl RecordFile {
    pub(crate) fn create(path: &Path) -> Result<Self, OpenError> {
        let file = open(path, OpenOptions::new().append(true).create(true))?;
        let failed = |source| OpenError::new(path, source);
        if file.metadata().map_err(failed)?.is_file() {
            file.set_len(0).map_err(failed)?;
            Ok(Self::regular(file, path, 0))
        } else {
            Ok(Self::stream(file))
        }
    }

    pub(crate) fn append(path: &Path, form: Form) -> Result<Opened, OpenError> {
        let failed = |source| OpenError::new(path, source);
        // A stream may have no way to be read, and needs none.
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Ok(Opened {
                file: Self::create(path)?,
                records: None,
                torn_bytes: 0,
            });
        }
        let mut file = open(
            path,
            OpenOptions::new().read(true).append(true).create(true),
        )?;
        let found = file.metadata().map_err(failed)?.len();
        let length = match tail::inspect(&mut file, found, form).map_err(failed)? {
            Tail::Whole => found,
            Tail::LacksNewline => {
                file.write_all(b"\n").map_err(failed)?;
                found + 1
            }
            Tail::Torn(start) => {
                file.set_len(start).map_err(failed)?;
                start
            }
            Tail::Foreign(source) => {
                return Err(OpenError::NotJsonLines {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        // What a killed process has left may not be on the disk yet, but its keys will be taken as done.
        file.sync_data().map_err(failed)?;
        let records = file.try_clone().map_err(failed)?;
        Ok(Opened {
            file: Self::regular(file, path, length),
            records: Some((records, length)),
            torn_bytes: found.saturating_sub(length),
        })
    }

    fn regular(file: File, path: &Path, length: u64) -> Self {
        // Where a directory cannot be opened, its file system has to do without. Of a plain name it is ".".
        let directory = path
            .parent()
            .and_then(|parent| File::open(parent.join(".")).ok());
        Self {
            medium: Box::new(file),
            state: State::Whole(length),
            directory,
        }
    }

    fn stream(file: File) -> Self {
        Self {
            medium: Box::new(file),
            state: State::Stream,
            directory: None,
        }
    }

    /// Takes everything out again; a stream gives nothing back.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        match self.state {
            State::Whole(_) | State::Torn(_) => self.cut(0),
            State::Broken => Err(broken()),
            State::Stream => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Writes all of `bytes` behind `length`, or cuts off what came of it.
    fn write_whole(&mut self, bytes: &[u8], length: u64) -> io::Result<usize> {
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
        Ok(bytes.len())
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
            State::Whole(length) => self.write_whole(bytes, length),
            State::Torn(length) => {
                self.cut(length)?;
                self.write_whole(bytes, length)
            }
            State::Broken => Err(broken()),
            State::Stream => self.medium.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.state {
            State::Stream => return Ok(()),
            State::Broken => return Err(broken()),
            State::Torn(length) => self.cut(length)?,
            State::Whole(_) => {}
        }
        self.medium.sync().inspect_err(|_| {
            self.state = State::Broken;
        })?;
        if let Some(directory) = self.directory.take() {
            // Not every file system can, and then its names need no flush.
            let _ = directory.sync_all();
        }
        Ok(())
    }
}

impl Drop for RecordFile {
    fn drop(&mut self) {
        self.medium.release();
    }
}

fn broken() -> io::Error {
    io::Error::other("an earlier flush of this file failed")
}

fn open(path: &Path, options: &OpenOptions) -> Result<File, OpenError> {
    let file = options
        .open(path)
        .map_err(|source| OpenError::new(path, source))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) if path.is_file() => Err(OpenError::InUse {
            path: path.to_owned(),
        }),
        // A file system without locks, or something that is not a file, is used without one.
        _ => Ok(file),
    }
}

/// What a [`RecordFile`] asks of the outside.
trait Medium: Send + fmt::Debug {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    fn cut(&mut self, length: u64) -> io::Result<()>;
    fn sync(&mut self) -> io::Result<()>;
    fn release(&mut self);
}

impl Medium for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(self, bytes)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn release(&mut self) {
        // To close the file is not enough while a child process is being started: until it runs its own program it
        // holds whatever was open. What cannot be unlocked was not locked.
        let _ = self.unlock();
    }
}

#[cfg(test)]
mod tests;
