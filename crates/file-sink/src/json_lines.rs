//! Records as lines of JSON.

use std::fmt;
use std::io::Write;
use std::path::Path;

use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::Fault;
use crate::found::Found;
use crate::line_writer::LineWriter;
use crate::record_file::Opened;
use crate::tail::Form;
use crate::{OpenError, RecordFile, Rotation};

/// A sink that writes each record as one line of JSON.
///
/// Each record goes to the operating system in its own `write`: about a microsecond, a tenth of a core at 100,000
/// records a second. In return a record that was written survives the end of the process, `kill -9` included, and
/// `tail -f` shows it at once. That it survives the end of the machine takes a
/// [`flush`](Sink::flush), which for a file waits for the disk and for a pipe does nothing. The buffer of a line is
/// used again: a record costs no allocation but what its own `Serialize` makes.
///
/// A record that cannot be written as JSON is [`Rejected`](SinkError::Rejected), a full disk or quota is
/// [`NoRoom`](SinkError::NoRoom), and a pipe without a reader has [`Failed`](SinkError::Failed). A file that could
/// not be flushed has failed for good, since the operating system forgets what it could not write: it has to
/// be opened again. The sink does not retry, and blocks only as its file or pipe does; it does not look at the
/// context.
pub struct JsonLines<W = RecordFile> {
    lines: LineWriter<W>,
    found: Option<Found>,
    key: Option<Box<Key>>,
    torn_bytes: u64,
}

/// Names the key of a record, from its line.
type Key = dyn FnMut(&[u8]) -> Result<Option<String>, serde_json::Error> + Send;

impl JsonLines {
    /// A sink into a new file; one that was there is emptied.
    ///
    /// Anything else than a regular file, such as a named pipe, is written to as it is.
    ///
    /// # Errors
    /// See [`OpenError`]. A file that another sink writes to is left as it is.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        RecordFile::create(path.as_ref()).map(|file| Self::new(file, path.as_ref().display()))
    }

    /// A sink that goes on behind the records of a file, which is made if it is not there.
    ///
    /// A last line that a crash has torn is cut off and counted in [`torn_bytes`](Self::torn_bytes). `key` names
    /// the key of each record that was there, for [`recovered`](Sink::recovered), from what it wants to see of it: a
    /// type that deserializes the fields in question. A record for which it gives `None` is to be done again.
    ///
    /// # Errors
    /// See [`OpenError`]. A file that ends in something else than JSON lines is left as it is.
    pub fn append<View: DeserializeOwned>(
        path: impl AsRef<Path>,
        mut key: impl FnMut(View) -> Option<String> + Send + 'static,
    ) -> Result<Self, OpenError> {
        let mut lines = Self::reopen(path)?;
        lines.key = Some(Box::new(move |line| {
            serde_json::from_slice(line).map(&mut key)
        }));
        Ok(lines)
    }

    /// Does as [`append`](Self::append), without keys; [`each_found`](Self::each_found) shows the records.
    ///
    /// # Errors
    /// See [`OpenError`]. A file that ends in something else than JSON lines is left as it is.
    pub fn reopen(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let Opened {
            file,
            found,
            torn_bytes,
        } = RecordFile::append(path, Form::JsonLines)?;
        Ok(Self {
            found,
            torn_bytes,
            ..Self::new(file, path.display())
        })
    }

    /// Has the file closed and another one begun as `rotation` says.
    ///
    /// The records of closed parts are among those that were there when the file was opened, oldest first, whether
    /// this is said or not. What a crash has left of a compression is taken away.
    ///
    /// ```
    /// # use creel_core::{Context, Sink};
    /// # use creel_file_sink::{JsonLines, Rotation};
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("results.jsonl");
    /// let rotation = Rotation { size: std::num::NonZeroU64::new(4), ..Rotation::default() };
    /// let mut sink = JsonLines::create(&path)?;
    /// sink.rotate(rotation)?;
    /// for number in [10, 20, 30] {
    ///     sink.write(&number, &Context::new())?;
    /// }
    /// assert_eq!(std::fs::read_to_string(directory.path().join("results.000002.jsonl"))?, "20\n");
    /// assert_eq!(std::fs::read_to_string(&path)?, "30\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`OpenError`]; something that is no file cannot be rotated.
    pub fn rotate(&mut self, rotation: Rotation) -> Result<(), OpenError> {
        self.lines.rotate(rotation)
    }

    /// Shows each record that was there when the file was opened, in the order written.
    ///
    /// One record is in memory at a time, so that it takes no more for a file of millions. It blocks while it reads.
    ///
    /// # Errors
    /// [`Failed`](SinkError::Failed) when the file cannot be read, or a line of it is no such record.
    pub fn each_found<View: DeserializeOwned>(
        &mut self,
        mut visit: impl FnMut(View),
    ) -> Result<(), SinkError> {
        let Some(found) = &mut self.found else {
            return Ok(());
        };
        Ok(found.each(|line| serde_json::from_slice(line).map(&mut visit))?)
    }

    /// Whether neither the file nor a closed part of it held anything when it was opened.
    pub fn found_nothing(&self) -> bool {
        self.found.as_ref().is_none_or(Found::is_empty)
    }

    /// How many bytes of a torn last line were cut off when the file was opened.
    pub fn torn_bytes(&self) -> u64 {
        self.torn_bytes
    }
}

impl<W: Write> JsonLines<W> {
    /// A sink into any writer, such as the standard output; `name` is what errors call it.
    ///
    /// If the writer fails in the middle of a line, the record counts as written, and its rest goes out with the next
    /// write or flush.
    pub fn stream(writer: W, name: &str) -> Self {
        Self::new(writer, name)
    }

    fn new(writer: W, name: impl fmt::Display) -> Self {
        Self {
            lines: LineWriter::new(writer, name.to_string()),
            found: None,
            key: None,
            torn_bytes: 0,
        }
    }
}

impl<W: Write, Item: Serialize> Sink<Item> for JsonLines<W> {
    fn write(&mut self, item: &Item, _: &Context) -> Result<(), SinkError> {
        self.lines
            .write(|line| serde_json::to_writer(line, item).map_err(Fault::NotJson))
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.lines.flush()
    }

    fn recovered(&mut self) -> Result<Vec<String>, SinkError> {
        let mut keys = Vec::new();
        if let (Some(found), Some(key)) = (&mut self.found, &mut self.key) {
            found.each(|line| {
                keys.extend(key(line)?);
                Ok(())
            })?;
        }
        Ok(keys)
    }
}

impl<W: Write> fmt::Debug for JsonLines<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines")
            .field("name", &self.lines.name())
            .field("torn_bytes", &self.torn_bytes)
            .finish_non_exhaustive()
    }
}
