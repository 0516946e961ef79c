//! A folder of records, each in files of its own.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use super::drawers::{self, Drawers};
use super::waiting::{self, Waiting};
use super::{Leaf, leftovers, names, unsynced};
use crate::fault::Fault;
use crate::folder::{Folder, Medium};
use crate::keeper::{Keeper, Tend};
use crate::parts::numbered;
use crate::{OpenError, Rotation};

/// Held while a sink writes to the folder.
pub(super) const LOCK: &str = ".creel-lock";
/// Records that wait for their names at most.
const WAITING_MAX: usize = 256;

/// A folder of records, each in files of its own.
pub(super) struct Cabinet {
    root: Arc<dyn Folder>,
    /// Where files are written: the root, or a folder in it.
    live: Arc<dyn Folder>,
    drawers: Option<Drawers>,
    lock: Box<dyn Medium>,
    /// Files that are not durable, in the order written. They have their names already if those are given at once.
    waiting: Vec<Waiting>,
    naming: Naming,
    /// Whether the folder that is written to is marked as one whose records may not be durable.
    is_marked: bool,
    /// More than wait have their names and are not durable: a flush is about every record in the folder.
    is_more_named: bool,
    /// A flush failed: what was written may be lost, and another flush could not tell.
    is_broken: bool,
    torn: u64,
    /// The names of the records that were there when they were first asked for.
    found: Option<Vec<String>>,
}

/// When files get their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    OnceDurable,
    /// As they are written: nobody waits for the disk before the end.
    AtOnce,
}

/// The documents in a folder, in the order of their names.
struct Documents {
    folder: Arc<dyn Folder>,
    files: Vec<String>,
}

impl Cabinet {
    pub(super) fn open(root: Arc<dyn Folder>) -> Result<Self, OpenError> {
        let path = root.path_of("");
        let failed = |source| OpenError::new(&path, source);
        let lock = root.open(LOCK).map_err(failed)?;
        drawers::tidy(&*root).map_err(failed)?;
        let mut torn = leftovers::clear(&*root).map_err(failed)?;
        for number in drawers::numbers(&*root).map_err(failed)? {
            let drawer = root.folder(&numbered(number));
            torn += leftovers::clear(&*drawer).map_err(failed)?;
            unsynced::settle(&*drawer).map_err(failed)?;
        }
        unsynced::settle(&*root).map_err(failed)?;
        for name in drawers::unmarked(&*root).map_err(failed)? {
            let folder = root.path_of(&name);
            let marker = drawers::MARKER;
            tracing::warn!(
                folder = %folder.display(),
                "it may be a closed folder of records, and is neither read nor removed: an empty file {marker} in it would make it one"
            );
        }
        Ok(Self {
            live: Arc::clone(&root),
            root,
            drawers: None,
            lock,
            waiting: Vec::new(),
            naming: Naming::OnceDurable,
            is_marked: false,
            is_more_named: false,
            is_broken: false,
            torn,
            found: None,
        })
    }

    pub(super) fn rotate(
        &mut self,
        rotation: Rotation,
        keeper: impl FnOnce(Tend) -> io::Result<Keeper>,
    ) -> Result<(), OpenError> {
        let (drawers, live) = Drawers::open(&self.root, rotation, keeper)?;
        self.drawers = Some(drawers);
        self.live = live;
        Ok(())
    }

    pub(super) fn name_at_once(&mut self) {
        self.naming = Naming::AtOnce;
    }

    pub(super) fn torn(&self) -> u64 {
        self.torn
    }

    /// Writes the files of a record; after an error nothing of it is left.
    pub(super) fn write(&mut self, leaf: &Leaf<'_>) -> Result<(), Fault> {
        if self.is_broken {
            return Err(self.broken());
        }
        let name = names::escaped(&leaf.name);
        let name = name.ok_or_else(|| Fault::NoName(leaf.name.clone()))?;
        let picture_bytes = leaf.picture.map_or(0, |picture| picture.bytes.len());
        let bytes = (leaf.document.len() + picture_bytes) as u64;
        self.turn_if_due(bytes)?;
        let document = names::document(&name);
        let is_waiting = |waiting: &Waiting| waiting.document() == Some(&document);
        let is_full = self.waiting.len() == WAITING_MAX;
        if self.naming == Naming::AtOnce {
            self.mark().map_err(|error| self.failed(error))?;
            // Nobody waits for a disk that was asked for nothing.
            if is_full {
                self.waiting.clear();
                self.is_more_named = true;
            }
        } else if is_full || self.waiting.iter().any(is_waiting) {
            self.flush()?;
        }
        let picture = leaf
            .picture
            .map(|picture| (names::picture(&name, picture.extension), picture.bytes));
        let files = picture.into_iter().chain([(document, &*leaf.document)]);
        let mut written = Waiting::default();
        let outcome = self.put(&mut written, files);
        if let Err(error) = outcome {
            written.take_back(&*self.live);
            return Err(self.failed(error));
        }
        self.waiting.push(written);
        if let Some(drawers) = &mut self.drawers {
            drawers.add(bytes);
        }
        Ok(())
    }

    /// Makes all files durable and gives them their names.
    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        if self.is_broken {
            return Err(self.broken());
        }
        if let Some(drawers) = &self.drawers
            && let Err(error) = drawers.settle(&*self.root, self.naming)
        {
            self.is_broken = true;
            return Err(Fault::flushing(&self.shown(), error));
        }
        if self.waiting.is_empty() && !self.is_more_named {
            return Ok(());
        }
        let live = &*self.live;
        let synced = if self.is_more_named {
            waiting::sync_all(live)
        } else {
            self.waiting.iter().try_for_each(|record| record.sync(live))
        };
        if let Err(error) = synced {
            self.is_broken = true;
            return Err(Fault::flushing(&self.shown(), error));
        }
        // All of them wait until all have their names, so that a flush that fails here can be tried again.
        let named = self
            .waiting
            .iter_mut()
            .try_for_each(|record| record.name(live));
        named.map_err(|error| self.failed(error))?;
        self.waiting.clear();
        self.is_more_named = false;
        let mut settled = self.live.sync();
        if settled.is_ok() && std::mem::take(&mut self.is_marked) {
            settled = unsynced::unmark(&*self.live);
        }
        settled.map_err(|error| {
            self.is_broken = true;
            Fault::flushing(&self.shown(), error)
        })
    }

    /// Marks the folder that is written to, unless it is.
    fn mark(&mut self) -> io::Result<()> {
        if !self.is_marked {
            unsynced::mark(&*self.live)?;
            self.is_marked = true;
        }
        Ok(())
    }

    /// The names of the records that were there when this was first asked for.
    pub(super) fn keys(&mut self) -> Result<Vec<String>, Fault> {
        if let Some(found) = &self.found {
            return Ok(found.clone());
        }
        let mut keys = Vec::new();
        for Documents { files, .. } in self.documents()? {
            let names = files.iter().filter_map(|file| names::of_document(file));
            keys.extend(names.map(names::unescaped));
        }
        Ok(self.found.insert(keys).clone())
    }

    /// Shows each document that is there.
    pub(super) fn each(
        &mut self,
        mut visit: impl FnMut(&[u8]) -> Result<(), serde_json::Error>,
    ) -> Result<(), Fault> {
        let mut document = Vec::new();
        for Documents { folder, files } in self.documents()? {
            for file in files {
                document.clear();
                let read = folder
                    .read(&file)
                    .and_then(|mut bytes| bytes.read_to_end(&mut document));
                let name = || folder.path_of(&file).display().to_string();
                match read {
                    Ok(_) => {}
                    // The keeper has removed it since it was listed: it was of the oldest, and too much.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(source) => {
                        let name = name();
                        return Err(Fault::Read { name, source });
                    }
                }
                match visit(&document) {
                    Ok(()) => {}
                    Err(error) if error.is_eof() || document.ends_with(&[0]) => self.torn += 1,
                    Err(source) => {
                        return Err(Fault::ForeignDocument {
                            name: name(),
                            source,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// The documents that are there, folder by folder.
    fn documents(&self) -> Result<Vec<Documents>, Fault> {
        let unreadable = |source| Fault::Read {
            name: self.shown(),
            source,
        };
        let numbers = drawers::numbers(&*self.root).map_err(unreadable)?;
        let numbered = numbers
            .into_iter()
            .map(|number| self.root.folder(&numbered(number)));
        let folders = [Arc::clone(&self.root)].into_iter().chain(numbered);
        let documents = folders.map(Documents::of).collect::<io::Result<_>>();
        documents.map_err(unreadable)
    }

    fn put<'a>(
        &self,
        record: &mut Waiting,
        files: impl Iterator<Item = (String, &'a [u8])>,
    ) -> io::Result<()> {
        for (file, bytes) in files {
            record.put(&*self.live, file, bytes)?;
        }
        if self.naming == Naming::AtOnce {
            record.name(&*self.live)?;
        }
        Ok(())
    }

    fn turn_if_due(&mut self, bytes: u64) -> Result<(), Fault> {
        let is_due = |drawers: &Drawers| drawers.is_due(bytes);
        if !self.drawers.as_ref().is_some_and(is_due) {
            return Ok(());
        }
        if self.naming == Naming::OnceDurable {
            self.flush()?;
        }
        let shown = self.shown();
        if let Some(drawers) = &mut self.drawers {
            let turned = drawers.turn(&*self.root, self.naming);
            let next = turned.map_err(|error| Fault::writing(&shown, error))?;
            // Of what has its name at once the drawers' keeper makes the rest durable.
            self.waiting.clear();
            self.is_more_named = false;
            self.is_marked = false;
            self.live = next;
        }
        Ok(())
    }

    fn failed(&self, error: io::Error) -> Fault {
        Fault::writing(&self.shown(), error)
    }

    fn broken(&self) -> Fault {
        let error = io::Error::other("an earlier flush of this folder failed");
        Fault::flushing(&self.shown(), error)
    }

    fn shown(&self) -> String {
        self.root.path_of("").display().to_string()
    }
}

impl Documents {
    /// Lists them; none in a folder that is gone, since a limit may remove it at any moment.
    fn of(folder: Arc<dyn Folder>) -> io::Result<Self> {
        let files = match folder.files() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            files => files?,
        };
        let mut files: Vec<String> = files
            .into_iter()
            .map(|(file, _)| file)
            .filter(|file| names::of_document(file).is_some())
            .collect();
        files.sort_unstable();
        Ok(Self { folder, files })
    }
}

impl Drop for Cabinet {
    fn drop(&mut self) {
        if let Err(fault) = self.flush() {
            let fault: &dyn std::error::Error = &fault;
            tracing::error!(error = fault, "records that were not flushed are lost");
        }
        // Whoever opens the folder next finds nobody at work in it.
        self.drawers = None;
        self.lock.release();
    }
}

impl fmt::Debug for Cabinet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cabinet")
            .field("folder", &self.shown())
            .field("waiting", &self.waiting.len())
            .field("torn", &self.torn)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
