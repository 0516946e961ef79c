//! What has failed, in a file that can be fed again.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::beside::beside;
use crate::input::{Format, Input};
use crate::record::{Record, Status};

/// What has failed, in the input's own form, so that it can be mended and fed again.
///
/// The records are the truth: each run writes the file anew, from what they say of earlier runs and what fails in this
/// one. It is made with the first item that has failed, and is whole once the run has ended.
pub(crate) struct Rejects {
    path: Option<PathBuf>,
    header: Option<Bytes>,
    /// What the paths in the items are relative to, where that is not the folder of this file.
    folder: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    file: Option<BufWriter<File>>,
    written: u64,
    /// Items that cannot be put into a file of the input's form.
    lost: u64,
}

/// The file cannot be written.
#[derive(Debug, Error)]
#[error("cannot write {}", path.display())]
pub(crate) struct RejectsError {
    path: PathBuf,
    source: io::Error,
}

impl Rejects {
    /// What fails of this input goes into a file beside the results.
    pub(crate) fn beside(out: &Path, input: &Input) -> Self {
        Self {
            path: path(out, input.format()),
            header: input.header(),
            folder: folder(out, input),
            state: Mutex::default(),
        }
    }

    /// Nothing is kept.
    pub(crate) fn nowhere() -> Self {
        Self {
            path: None,
            header: None,
            folder: None,
            state: Mutex::default(),
        }
    }

    /// Removes what an earlier run has left.
    pub(crate) fn clear(&self) -> Result<(), RejectsError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        match fs::remove_file(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(RejectsError {
                path: path.clone(),
                source,
            }),
            _ => Ok(()),
        }
    }

    /// Adds an item that has failed.
    pub(crate) fn add(&self, item: Option<&Bytes>) -> Result<(), RejectsError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let mut state = self.lock();
        let Some(item) = item else {
            state.lost += 1;
            return Ok(());
        };
        let written = match &self.folder {
            Some(folder) => self.write(&mut state, path, &resolved(item, folder)),
            None => self.write(&mut state, path, item),
        };
        written.map_err(|source| RejectsError {
            path: path.clone(),
            source,
        })
    }

    /// How many items it holds, and where.
    pub(crate) fn written(&self) -> Option<(u64, &Path)> {
        let written = self.lock().written;
        self.path
            .as_deref()
            .filter(|_| written > 0)
            .map(|path| (written, path))
    }

    /// How many items have failed that it cannot hold.
    pub(crate) fn lost(&self) -> u64 {
        self.lock().lost
    }

    fn write(&self, state: &mut State, path: &Path, item: &[u8]) -> io::Result<()> {
        let file = match &mut state.file {
            Some(file) => file,
            None => {
                let mut file = BufWriter::new(File::create(path)?);
                if let Some(header) = &self.header {
                    file.write_all(header)?;
                    file.write_all(b"\n")?;
                }
                state.file.insert(file)
            }
        };
        file.write_all(item)?;
        file.write_all(b"\n")?;
        state.written += 1;
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        match &mut self.lock().file {
            Some(file) => file.flush().and_then(|()| file.get_ref().sync_data()),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where what has failed goes; nowhere where it could not be fed again.
pub(crate) fn path(out: &Path, format: Option<Format>) -> Option<PathBuf> {
    let extension = match format? {
        Format::Csv => "csv",
        Format::Jsonl => "jsonl",
        Format::Text => "txt",
        Format::Images | Format::List => "list",
        Format::Video => return None,
    };
    Some(beside(out, &format!("errors.{extension}")))
}

/// The folder of the input, where paths in it would mean something else in the folder of the results.
fn folder(out: &Path, input: &Input) -> Option<PathBuf> {
    if input.format() != Some(Format::Jsonl) {
        return None;
    }
    let folder_of = |path: &Path| {
        let folder = path.parent()?;
        fs::canonicalize(folder.join(".")).ok()
    };
    let theirs = match input.paths() {
        [path, ..] => folder_of(path),
        [] => fs::canonicalize(".").ok(),
    }?;
    (folder_of(out).as_ref() != Some(&theirs)).then_some(theirs)
}

/// An item in JSON with the whole path of its image.
fn resolved(item: &Bytes, folder: &Path) -> Bytes {
    let Ok(mut object) = serde_json::from_slice::<Map<String, Value>>(item) else {
        return item.clone();
    };
    let Some(Value::String(image)) = object.get_mut("image") else {
        return item.clone();
    };
    *image = folder.join(&*image).to_string_lossy().into_owned();
    serde_json::to_vec(&object).map_or_else(|_| item.clone(), Bytes::from)
}

/// Takes the records of what has failed.
pub(crate) struct RejectsSink(pub(crate) Arc<Rejects>);

impl Sink<Record> for RejectsSink {
    fn write(&mut self, record: &Record, _: &Context) -> Result<(), SinkError> {
        if record.status != Status::Failed {
            return Ok(());
        }
        let added = self.0.add(record.original.as_ref());
        added.map_err(|error| SinkError::Failed(error.into()))
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        let flushed = self.0.flush();
        flushed.map_err(|error| SinkError::Failed(error.into()))
    }
}
