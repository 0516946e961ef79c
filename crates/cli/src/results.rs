//! Where records go.

use std::fs;
use std::io::{self, Stdout, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use creel_file_sink::{JsonLines, OpenError, RecordFiles};

use crate::arguments::Recording;
use crate::done::Done;
use crate::leaves;
use crate::places;
use crate::record::{Record, Seen};
use crate::screen::Screen;
use crate::spool::{Known, SeenFrame};
use crate::table::{self, Table};
use crate::usage::WrongUsage;

/// Where records go: a file, a folder, or the standard output.
pub(crate) enum Results {
    File(JsonLines),
    Table(Table),
    Folder(RecordFiles<Record>),
    Output(JsonLines<Stdout>),
}

/// Whether records go to the standard output.
pub(crate) fn is_output(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Whether each record goes to a file of its own.
///
/// A folder with other things in it has to be meant: its name ends with a slash then.
pub(crate) fn is_folder(path: &Path) -> bool {
    let is_empty = || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    path.as_os_str().as_encoded_bytes().ends_with(b"/")
        || (path.is_dir() && (creel_file_sink::holds_records(path) || is_empty()))
}

/// Whether records go to something that a file can stand beside.
pub(crate) fn is_file(path: &Path) -> bool {
    let is_place = |metadata: fs::Metadata| metadata.is_file() || metadata.is_dir();
    !is_output(path) && path.metadata().is_ok_and(is_place)
}

/// Whether records go to where a later run finds them again.
pub(crate) fn stay(path: &Path) -> bool {
    !is_output(path) && (is_file(path) || path.metadata().is_err())
}

/// Whether a later run can read in the results which frames have a record.
pub(crate) fn know_frames(path: &Path) -> bool {
    stay(path) && !table::is_table(path)
}

/// Whether results are there already, be it in parts alone.
pub(crate) fn are_there(path: &Path) -> Result<bool> {
    Ok(path.exists() || (!is_folder(path) && !creel_file_sink::parts(path)?.is_empty()))
}

/// What the place is called in messages.
pub(crate) fn described(path: &Path) -> String {
    if is_output(path) {
        "standard output".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Refuses what cannot be kept as it was asked for.
///
/// # Errors
/// [`WrongUsage`].
pub(crate) fn check(recording: &Recording) -> Result<()> {
    places::check(recording)?;
    let (out, rotation) = (&recording.out, recording.keeping.rotation());
    let is_nowhere = !stay(out) && recording.frames_to.is_none();
    if rotation.is_asked_for() && is_nowhere {
        bail!(WrongUsage::from(
            "what goes to the standard output or to a pipe cannot be closed and begun again: leave out --rotate-size, \
             --rotate-every, --compress and --keep, or write to a file"
        ));
    }
    if rotation.compress && rotation.part_bytes().is_none() && rotation.every.is_none() {
        bail!(WrongUsage::from(
            "--compress is about files that are closed: say when, with --rotate-size or --rotate-every"
        ));
    }
    if let (Some(keep), Some(size)) = (rotation.keep, rotation.size)
        && keep.get() / 2 < size.get()
    {
        bail!(WrongUsage::from(
            "--keep holds the file that is written to as well: let it be twice --rotate-size at least"
        ));
    }
    Ok(())
}

impl Results {
    /// Opens what a run that knows of no earlier one writes to: a file, which is emptied, or the standard output for `-`.
    ///
    /// A folder keeps what is in it, and so does a file that is closed now and then, since it is meant to last.
    pub(crate) fn begin(recording: &Recording, screen: &Screen) -> Result<Self> {
        let lasts = recording.keeping.rotation().is_asked_for() && stay(&recording.out);
        if is_folder(&recording.out) || lasts {
            let mut results = Self::reopen(recording)?;
            results.tell_torn(screen);
            if let Self::Table(table) = &mut results {
                let read = table.go_on();
                read.with_context(|| format!("cannot go on in {}", recording.out.display()))?;
            }
            return Ok(results);
        }
        Ok(Self::create(&recording.out)?)
    }

    /// Opens a file that is emptied, whose closed parts are removed.
    pub(crate) fn overwrite(recording: &Recording) -> Result<Self> {
        let out = &recording.out;
        if is_folder(out) {
            let mut results = Self::reopen(recording)?;
            if !results.found_nothing()? {
                bail!(
                    "{} holds records, which --overwrite does not remove: remove them, or choose another --out",
                    out.display()
                );
            }
            return Ok(results);
        }
        let results = Self::create(out)?;
        creel_file_sink::remove_parts(out).context("closed parts cannot be removed")?;
        Ok(results.rotating(recording)?)
    }

    /// Opens a file or folder to go on behind its records.
    pub(crate) fn reopen(recording: &Recording) -> Result<Self, OpenError> {
        let out = &recording.out;
        let results = if is_folder(out) {
            return leaves::answers(out, &recording.keeping).map(Self::Folder);
        } else if table::is_table(out) {
            Table::reopen(out).map(Self::Table)
        } else {
            JsonLines::reopen(out).map(Self::File)
        };
        results?.rotating(recording)
    }

    fn create(path: &Path) -> Result<Self, OpenError> {
        if is_output(path) {
            let output = JsonLines::stream(io::stdout(), "standard output");
            Ok(Self::Output(output))
        } else if table::is_table(path) {
            Table::create(path).map(Self::Table)
        } else {
            JsonLines::create(path).map(Self::File)
        }
    }

    fn rotating(mut self, recording: &Recording) -> Result<Self, OpenError> {
        let rotation = recording.keeping.rotation();
        match &mut self {
            Self::File(lines) => lines.rotate(rotation)?,
            Self::Table(table) => table.rotate(rotation)?,
            Self::Folder(_) | Self::Output(_) => {}
        }
        Ok(self)
    }

    /// Says what was cut off because an earlier run, or the machine, went down in the middle of it.
    pub(crate) fn tell_torn(&self, screen: &Screen) {
        let (bytes, records) = match self {
            Self::File(lines) => (lines.torn_bytes(), 0),
            Self::Table(table) => (table.torn_bytes(), 0),
            Self::Folder(files) => (0, files.torn_records()),
            Self::Output(_) => (0, 0),
        };
        if bytes > 0 {
            screen.say(&format!(
                "warning: the last record was torn: {bytes} bytes of it were cut off"
            ));
        }
        if records > 0 {
            screen.say(&format!(
                "warning: {records} records were not complete and do not count"
            ));
        }
    }

    /// Whether nothing was there when it was opened.
    pub(crate) fn found_nothing(&mut self) -> Result<bool> {
        Ok(match self {
            Self::File(lines) => lines.found_nothing(),
            Self::Table(table) => table.found_nothing(),
            Self::Folder(files) => files.found_nothing()?,
            Self::Output(_) => true,
        })
    }

    /// Reads which items have a record already.
    pub(crate) fn done(&mut self) -> Result<Done> {
        let mut done = Done::default();
        let insert = |seen: Seen| done.insert(seen.index, seen.status);
        match self {
            Self::File(lines) => lines.each_found(insert)?,
            Self::Folder(files) => files.each_found(insert)?,
            Self::Table(table) => return table.done(),
            Self::Output(_) => {}
        }
        Ok(done)
    }

    /// Reads which frames have a record already.
    pub(crate) fn known(&mut self, known: &mut Known) -> Result<()> {
        let insert = |seen: SeenFrame| known.insert(seen);
        match self {
            Self::File(lines) => lines.each_found(insert)?,
            Self::Folder(files) => files.each_found(insert)?,
            Self::Table(_) | Self::Output(_) => {}
        }
        Ok(())
    }
}

impl Sink<Record> for Results {
    fn write(&mut self, record: &Record, context: &Context) -> Result<(), SinkError> {
        match self {
            Self::File(lines) => write(lines, record, context),
            Self::Table(table) => table.write(record, context),
            Self::Folder(files) => files.write(record, context),
            Self::Output(lines) => write(lines, record, context),
        }
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        match self {
            Self::File(lines) => Sink::<Record>::flush(lines),
            Self::Table(table) => table.flush(),
            Self::Folder(files) => files.flush(),
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
