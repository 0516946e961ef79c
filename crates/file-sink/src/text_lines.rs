//! Records as lines of any text.

use std::fmt;
use std::io::Write;
use std::path::Path;

use creel_core::port::SinkError;
use creel_core::{Context, Sink};

use crate::found::Found;
use crate::line_writer::LineWriter;
use crate::record_file::Opened;
use crate::tail::Form;
use crate::{OpenError, RecordFile, Rotation};

/// A sink of lines that were made elsewhere, such as the rows of a table.
///
/// It keeps them as [`JsonLines`](crate::JsonLines) does: each goes to the operating system in its own `write`, and is durable
/// after a [`flush`](Sink::flush). A newline in a line becomes a blank. A line that a crash has torn is known by its missing newline, and is
/// cut off when the file is opened again.
///
/// ```
/// use creel_core::{Context, Sink};
/// use creel_file_sink::TextLines;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("results.csv");
/// let mut sink = TextLines::create(&path)?;
/// sink.write(&"id,answer".to_owned(), &Context::new())?;
/// drop(sink);
///
/// let mut sink = TextLines::reopen(&path)?;
/// let mut lines = Vec::new();
/// sink.each_found(|line| lines.push(line.to_owned()))?;
/// assert_eq!(lines, ["id,answer"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TextLines<W = RecordFile> {
    lines: LineWriter<W>,
    found: Option<Found>,
    torn_bytes: u64,
}

impl TextLines {
    /// A sink into a new file; one that was there is emptied.
    ///
    /// # Errors
    /// See [`OpenError`]. A file that another sink writes to is left as it is.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        RecordFile::create(path).map(|file| Self {
            lines: LineWriter::new(file, path.display().to_string()),
            found: None,
            torn_bytes: 0,
        })
    }

    /// A sink that goes on behind the lines of a file, which is made if it is not there.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn reopen(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let Opened {
            file,
            found,
            torn_bytes,
        } = RecordFile::append(path, Form::Text)?;
        Ok(Self {
            lines: LineWriter::new(file, path.display().to_string()),
            found,
            torn_bytes,
        })
    }

    /// Has the file closed and another one begun as `rotation` says; see
    /// [`JsonLines::rotate`](crate::JsonLines::rotate).
    ///
    /// # Errors
    /// See [`OpenError`]; something that is no file cannot be rotated.
    pub fn rotate(&mut self, rotation: Rotation) -> Result<(), OpenError> {
        self.lines.rotate(rotation)
    }

    /// Puts this line above the first one of each part, and of the file if it has none yet: the header of a table.
    ///
    /// It is written together with the line below it, and shown by [`each_found`](Self::each_found) as others are.
    pub fn set_head(&mut self, head: &str) {
        let head = head.replace('\n', " ") + "\n";
        self.lines.file_mut().set_head(head.as_bytes());
    }

    /// Has the file not closed until [`release`](Self::release), so that all of it can still be [replaced](Self::replace).
    pub fn hold(&mut self) {
        self.lines.file_mut().hold();
    }

    /// Has the file closed again as its rotation says, beginning with the next line.
    pub fn release(&mut self) {
        self.lines.file_mut().release();
    }

    /// Whether it writes to a file, which can be opened again, and not to a pipe or the like.
    pub fn is_file(&self) -> bool {
        self.lines.file().parts().is_some()
    }

    /// Whether neither the file nor a closed part of it held anything when it was opened.
    pub fn found_nothing(&self) -> bool {
        self.found.as_ref().is_none_or(Found::is_empty)
    }

    /// How many bytes of a torn last line were cut off when the file was opened.
    pub fn torn_bytes(&self) -> u64 {
        self.torn_bytes
    }

    /// Puts these lines in place of all that are in the file, so that after a crash it is the ones or the others; durable.
    ///
    /// Closed parts stay as they are.
    ///
    /// ```
    /// # use creel_core::{Context, Sink};
    /// # use creel_file_sink::TextLines;
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("results.csv");
    /// let mut sink = TextLines::create(&path)?;
    /// sink.write(&"one".to_owned(), &Context::new())?;
    /// sink.replace(["two", "three"])?;
    /// assert_eq!(std::fs::read_to_string(&path)?, "two\nthree\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`NoRoom`](SinkError::NoRoom) and [`Failed`](SinkError::Failed) when they cannot be written, and for what is no file.
    pub fn replace<'a>(
        &mut self,
        lines: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), SinkError> {
        self.found = None;
        let mut text = String::new();
        for line in lines {
            text.push_str(&line.replace('\n', " "));
            text.push('\n');
        }
        self.lines.replace(text.as_bytes())
    }

    /// Shows each line that was there when the file was opened and is not blank, in the order written.
    ///
    /// One line is in memory at a time. It blocks while it reads. Bytes that are no UTF-8 are replaced.
    ///
    /// # Errors
    /// [`Failed`](SinkError::Failed) when the file cannot be read.
    pub fn each_found(&mut self, mut visit: impl FnMut(&str)) -> Result<(), SinkError> {
        match &mut self.found {
            Some(found) => Ok(found.each(|line| shown(line, &mut visit))?),
            None => Ok(()),
        }
    }

    /// Does as [`each_found`](Self::each_found) with the lines of the file itself, without those of closed parts.
    ///
    /// # Errors
    /// [`Failed`](SinkError::Failed) when the file cannot be read.
    pub fn each_in_file(&mut self, mut visit: impl FnMut(&str)) -> Result<(), SinkError> {
        match &mut self.found {
            Some(found) => Ok(found.each_in_file(|line| shown(line, &mut visit))?),
            None => Ok(()),
        }
    }
}

fn shown(line: &[u8], mut visit: impl FnMut(&str)) -> Result<(), serde_json::Error> {
    let line = String::from_utf8_lossy(line);
    visit(line.trim_end_matches(['\n', '\r']));
    Ok(())
}

impl<W: Write> Sink<String> for TextLines<W> {
    fn write(&mut self, item: &String, _: &Context) -> Result<(), SinkError> {
        self.lines.write(|line| {
            line.extend_from_slice(item.as_bytes());
            Ok(())
        })
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.lines.flush()
    }
}

impl<W: Write> fmt::Debug for TextLines<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextLines")
            .field("name", &self.lines.name())
            .finish_non_exhaustive()
    }
}
