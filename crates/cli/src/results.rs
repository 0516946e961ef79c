//! Where records go.

use std::io::{self, Stdout, Write};
use std::path::Path;

use anyhow::Result;
use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use creel_file_sink::{JsonLines, OpenError};

use crate::done::Done;
use crate::record::{Record, Seen};
use crate::spool::{Known, SeenFrame};
use crate::table::{self, Table};

/// Where records go: a file, or the standard output.
pub(crate) enum Results {
    File(JsonLines),
    Table(Table),
    Output(JsonLines<Stdout>),
}

/// Whether records go to the standard output.
pub(crate) fn is_output(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Whether records go to a file that something can stand beside.
pub(crate) fn is_file(path: &Path) -> bool {
    !is_output(path) && path.metadata().is_ok_and(|metadata| metadata.is_file())
}

/// Whether records go to where a later run finds them again.
pub(crate) fn stay(path: &Path) -> bool {
    !is_output(path) && path.metadata().map_or(true, |metadata| metadata.is_file())
}

/// Whether a later run can read in the results which frames have a record.
pub(crate) fn know_frames(path: &Path) -> bool {
    stay(path) && !table::is_table(path)
}

/// What the place is called in messages.
pub(crate) fn described(path: &Path) -> String {
    if is_output(path) {
        "standard output".to_owned()
    } else {
        path.display().to_string()
    }
}

impl Results {
    /// Opens a file, which is emptied, or the standard output for `-`.
    pub(crate) fn create(path: &Path) -> Result<Self, OpenError> {
        if is_output(path) {
            Ok(Self::Output(JsonLines::stream(
                io::stdout(),
                "standard output",
            )))
        } else if table::is_table(path) {
            Table::create(path).map(Self::Table)
        } else {
            JsonLines::create(path).map(Self::File)
        }
    }

    /// Opens a file to go on behind its records.
    pub(crate) fn reopen(path: &Path) -> Result<Self, OpenError> {
        if table::is_table(path) {
            Table::reopen(path).map(Self::Table)
        } else {
            JsonLines::reopen(path).map(Self::File)
        }
    }

    /// Reads which items have a record already.
    pub(crate) fn done(&mut self) -> Result<Done> {
        let mut done = Done::default();
        match self {
            Self::File(lines) => lines.each_found(|seen: Seen| {
                done.insert(seen.index, seen.status);
            })?,
            Self::Table(table) => return table.done(),
            Self::Output(_) => {}
        }
        Ok(done)
    }

    /// Reads which frames have a record already.
    pub(crate) fn known(&mut self, known: &mut Known) -> Result<()> {
        if let Self::File(lines) = self {
            lines.each_found(|seen: SeenFrame| known.insert(seen))?;
        }
        Ok(())
    }
}

impl Sink<Record> for Results {
    fn write(&mut self, record: &Record, context: &Context) -> Result<(), SinkError> {
        match self {
            Self::File(lines) => write(lines, record, context),
            Self::Table(table) => table.write(record, context),
            Self::Output(lines) => write(lines, record, context),
        }
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        match self {
            Self::File(lines) => Sink::<Record>::flush(lines),
            Self::Table(table) => table.flush(),
            Self::Output(lines) => Sink::<Record>::flush(lines),
        }
    }
}

fn write<W: Write>(
    lines: &mut JsonLines<W>,
    record: &Record,
    context: &Context,
) -> Result<(), SinkError> {
    match record.reply() {
        Some(reply) => lines.write(&reply, context),
        None => lines.write(record, context),
    }
}
