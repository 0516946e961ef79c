//! Records as files of their own.

mod cabinet;
mod drawers;
mod leftovers;
mod names;
mod unsynced;
mod waiting;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use creel_core::port::SinkError;
use creel_core::{BoxError, Context, Sink};
use serde::de::DeserializeOwned;

use crate::fault::Fault;
use crate::folder::{Directory, Folder};
use crate::keeper::Keeper;
use crate::{OpenError, Rotation};
use cabinet::Cabinet;

/// Whether a folder is one that a [`RecordFiles`] has written to.
pub fn holds_records(path: impl AsRef<Path>) -> bool {
    path.as_ref().join(cabinet::LOCK).is_file()
}

/// A record as files: its document, and the picture that it is of.
#[derive(Clone, Debug)]
pub struct Leaf<'a> {
    /// What its files are called, and its key. Letters that file names had better not have are written as `%2F`.
    pub name: String,
    /// The document, in JSON: what `NAME.json` holds.
    pub document: Vec<u8>,
    /// What stands beside it.
    pub picture: Option<Picture<'a>>,
}

/// A picture beside a document, kept as it is.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// What its name ends with, such as `jpg`.
    pub extension: &'a str,
    /// The file.
    pub bytes: &'a [u8],
}

/// A sink that writes each record into files of its own: `NAME.json`, and `NAME.jpg` or the like beside it.
///
/// A file gets its name once it is durable, at the [`flush`](Sink::flush) after its record was written, the picture before the
/// document: whatever has its name is whole, after `kill -9` and after a power failure alike, and what has a document has its
/// picture. Until then it is hidden. What was not flushed when the process or the machine went down is not there, is
/// removed at the next start, and is counted in [`torn_records`](Self::torn_records). A record whose name is there already
/// replaces that one.
///
/// A rotation begins another folder in the folder, `000001` and so on; its limit removes the oldest of them, without what
/// is of no record. Other folders are left alone: those that it has made are marked. They are not compressed: pictures are.
///
/// ```
/// use creel_core::{Context, Sink};
/// use creel_file_sink::{Leaf, RecordFiles};
///
/// fn leaf(number: &u32) -> Result<Leaf<'_>, creel_core::BoxError> {
///     Ok(Leaf { name: number.to_string(), document: serde_json::to_vec(number)?, picture: None })
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("answers");
/// let mut sink = RecordFiles::open(&path, leaf)?;
/// sink.write(&7, &Context::new())?;
/// sink.flush()?;
/// assert_eq!(std::fs::read_to_string(path.join("7.json"))?, "7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RecordFiles<Item> {
    compose: Box<Compose<Item>>,
    cabinet: Cabinet,
}

type Compose<Item> = dyn FnMut(&Item) -> Result<Leaf<'_>, BoxError> + Send;

impl<Item> RecordFiles<Item> {
    /// A sink into a folder, which is made if it is not there; what is in it stays.
    ///
    /// `compose` makes the files of a record; one of which it can make none is [`Rejected`](SinkError::Rejected).
    ///
    /// # Errors
    /// See [`OpenError`]. No two sinks write to a folder at once.
    pub fn open(
        path: impl AsRef<Path>,
        compose: impl FnMut(&Item) -> Result<Leaf<'_>, BoxError> + Send + 'static,
    ) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let folder = Directory::new(path);
        folder
            .make()
            .map_err(|source| OpenError::new(path, source))?;
        // Its own name has to be durable as well; where that cannot be had, it has to do without.
        let _ = Directory::of(path).sync();
        let cabinet = Cabinet::open(Arc::new(folder))?;
        Ok(Self {
            compose: Box::new(compose),
            cabinet,
        })
    }

    /// Begins another folder as `rotation` says.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn rotate(&mut self, rotation: Rotation) -> Result<(), OpenError> {
        if !rotation.is_asked_for() {
            return Ok(());
        }
        self.cabinet.rotate(rotation, Keeper::start)
    }

    /// The same sink, which gives files their names as they are written, and not once they are durable.
    ///
    /// It waits for the disk when it is flushed alone, and not where a rotation begins another folder.
    /// After `kill -9` they are whole all the same; after a power failure what was not flushed may be there in part, and is
    /// passed over by [`each_found`](Self::each_found).
    #[must_use]
    pub fn named_at_once(mut self) -> Self {
        self.cabinet.name_at_once();
        self
    }

    /// Shows the document of each record that is there: folder by folder, in the order of their names.
    ///
    /// One is in memory at a time. It blocks while it reads. One that a power failure has torn is passed over and
    /// counted in [`torn_records`](Self::torn_records).
    ///
    /// # Errors
    /// [`Failed`](SinkError::Failed) when a document cannot be read, or is no such record.
    pub fn each_found<View: DeserializeOwned>(
        &mut self,
        mut visit: impl FnMut(View),
    ) -> Result<(), SinkError> {
        let shown = self
            .cabinet
            .each(|document| serde_json::from_slice(document).map(&mut visit));
        Ok(shown?)
    }

    /// Whether no record was there when this or [`recovered`](Sink::recovered) was first asked.
    ///
    /// # Errors
    /// [`Failed`](SinkError::Failed) when the folder cannot be read.
    pub fn found_nothing(&mut self) -> Result<bool, SinkError> {
        Ok(self.cabinet.keys()?.is_empty())
    }

    /// How many records were there in part only, because the process or the machine went down.
    pub fn torn_records(&self) -> u64 {
        self.cabinet.torn()
    }
}

impl<Item> Sink<Item> for RecordFiles<Item> {
    fn write(&mut self, item: &Item, _: &Context) -> Result<(), SinkError> {
        let leaf = (self.compose)(item).map_err(Fault::NoLeaf)?;
        Ok(self.cabinet.write(&leaf)?)
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(self.cabinet.flush()?)
    }

    /// The names of the records that were there when this is first asked for, folder by folder, in their order.
    fn recovered(&mut self) -> Result<Vec<String>, SinkError> {
        Ok(self.cabinet.keys()?)
    }
}

impl<Item> fmt::Debug for RecordFiles<Item> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordFiles")
            .field("cabinet", &self.cabinet)
            .finish_non_exhaustive()
    }
}
