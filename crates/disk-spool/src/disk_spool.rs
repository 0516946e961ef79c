//! A spool in a folder on disk.

use std::fmt;
use std::path::{Path, PathBuf};

use creel_core::Spool;
use creel_core::port::{SpoolError, Ticket};

use crate::folder::Directory;
use crate::mark::Mark;
use crate::store::Store;
use crate::{OpenError, Recovery, Settings};

/// A spool in a folder on disk, which no other process can open meanwhile.
///
/// An entry whose append has returned is there after the process was killed, and one whose removal has returned is not;
/// what survives a machine that goes down is said by the [`Durability`](crate::Durability). Dropping the spool waits for
/// the disk unless that is [`Never`](crate::Durability::Never).
///
/// In memory stands where each entry lies, some eighty bytes for each, and no payload. Each call blocks for as long as
/// the disk takes: it is not for the thread that captures.
///
/// A full spool is [`SpoolError::NoRoom`], a full disk [`SpoolError::StorageFull`], and the spool works on once there is room.
/// While the disk is full, what was removed may not be recorded: it is not read again, except after the process was killed
/// before there was room.
pub struct DiskSpool {
    store: Store<Directory>,
    path: PathBuf,
    /// Released last.
    _mark: Mark,
}

impl DiskSpool {
    /// Opens the spool in a folder, which is made if it is not there and the folder around it is.
    ///
    /// Every byte of the spool is read once and checked, one file after the other. What is damaged is dropped, the rest
    /// is kept, and [`recovery`](Self::recovery) and `tracing` say which is which.
    ///
    /// # Errors
    /// See [`OpenError`]: the folder is something else, or in use, or cannot be read.
    pub fn open(path: impl AsRef<Path>, settings: Settings) -> Result<Self, OpenError> {
        let path = path.as_ref();
        settings.check()?;
        let mark = Mark::take(path)?;
        Ok(Self {
            store: Store::open(Directory::new(path), settings)?,
            path: path.to_owned(),
            _mark: mark,
        })
    }

    /// What was there when the spool was opened, and what of it was dropped, then and since.
    pub fn recovery(&self) -> &Recovery {
        self.store.recovery()
    }

    /// Makes everything appended and removed so far durable, whatever the durability; blocks until it is.
    ///
    /// # Errors
    /// [`SpoolError::StorageFull`] when a removal cannot be recorded on a full disk, [`SpoolError::Failed`] when the disk fails:
    /// the spool takes no entries from then on.
    pub fn flush(&mut self) -> Result<(), SpoolError> {
        Ok(self.store.flush()?)
    }

    /// How many entries are there.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether no entry is there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of the spool's files, of which the limit is the most: entries, and what lies between them.
    pub fn bytes(&self) -> u64 {
        self.store.bytes()
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Spool for DiskSpool {
    fn append(&mut self, entry: &[u8]) -> Result<Ticket, SpoolError> {
        Ok(Ticket(self.store.append(entry)?))
    }

    fn next(&mut self, after: Option<Ticket>) -> Result<Option<(Ticket, Vec<u8>)>, SpoolError> {
        let next = self.store.next(after.map(|ticket| ticket.0))?;
        Ok(next.map(|(ticket, entry)| (Ticket(ticket), entry)))
    }

    fn remove(&mut self, ticket: Ticket) -> Result<(), SpoolError> {
        Ok(self.store.remove(ticket.0)?)
    }

    fn recovered(&self) -> u64 {
        self.store.recovered()
    }
}

impl fmt::Debug for DiskSpool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskSpool")
            .field("path", &self.path)
            .field("len", &self.len())
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}
