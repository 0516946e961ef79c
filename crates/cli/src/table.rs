//! Records as rows of a CSV file.

use std::collections::VecDeque;
use std::path::Path;

use anyhow::{Result, bail};
use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use creel_file_sink::{OpenError, Rotation, TextLines};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::done::Done;
use crate::record::{Key, Record, Status};

/// Records that wait for the first answer, which names the columns; beyond, the run ends.
const EARLY_MAX: usize = 100_000;

/// Records as rows of a CSV file: index, id, a column for each element of the answer, and why there is none.
///
/// The first answer names the columns. Until then what has failed stands under a header without them, once it has to be durable;
/// the file is put in place anew with the first answer, and is not closed before that. Each file that is closed has the header.
pub(crate) struct Table {
    lines: TextLines,
    /// The columns of answers, once they are known.
    columns: Option<Vec<String>>,
    early: VecDeque<Row>,
    /// How many of them are in the file, under a header without columns.
    early_written: usize,
    /// The file has such a header, and is not closed before it has another one.
    is_blank: bool,
}

/// The cells of a row where there are no columns for answers.
const BLANK_WIDTH: usize = 3;

/// A record in parts.
struct Row {
    index: String,
    id: String,
    cells: Vec<(String, String)>,
    error: String,
}

/// Nothing was ever answered.
#[derive(Debug, Error)]
#[error("the first {EARLY_MAX} items have all failed: without an answer nobody knows the columns")]
struct NoAnswer;

impl Table {
    pub(crate) fn create(path: &Path) -> Result<Self, OpenError> {
        TextLines::create(path).map(Self::new)
    }

    pub(crate) fn reopen(path: &Path) -> Result<Self, OpenError> {
        TextLines::reopen(path).map(Self::new)
    }

    /// Has the file closed and another one begun as `rotation` says, each with the header.
    pub(crate) fn rotate(&mut self, rotation: Rotation) -> Result<(), OpenError> {
        self.lines.rotate(rotation)
    }

    /// Whether nothing was there when it was opened.
    pub(crate) fn found_nothing(&self) -> bool {
        self.lines.found_nothing()
    }

    /// How many bytes of a torn last row were cut off when it was opened.
    pub(crate) fn torn_bytes(&self) -> u64 {
        self.lines.torn_bytes()
    }

    fn new(lines: TextLines) -> Self {
        Self {
            lines,
            columns: None,
            early: VecDeque::new(),
            early_written: 0,
            is_blank: false,
        }
    }

    /// Reads which items have a row already, and the header.
    pub(crate) fn done(&mut self) -> Result<Done> {
        self.read(|lines, visit| lines.each_found(visit))
    }

    /// Reads the header, as far as the file has one; without it, what fails first would be put in place of the rows that
    /// are there.
    ///
    /// Of the closed files, which may be many, it reads none.
    pub(crate) fn go_on(&mut self) -> Result<()> {
        self.read(|lines, visit| lines.each_in_file(visit))?;
        Ok(())
    }

    fn read(
        &mut self,
        show: impl FnOnce(&mut TextLines, &mut dyn FnMut(&str)) -> Result<(), SinkError>,
    ) -> Result<Done> {
        let mut done = Done::default();
        let mut header: Option<Vec<String>> = None;
        let mut foreign = None;
        let mut rows = Vec::new();
        show(&mut self.lines, &mut |line| {
            let cells = cells_of(line);
            match &header {
                None => {
                    header = Some(cells);
                    return;
                }
                // It stands above the rows of each file.
                Some(header) if *header == cells => return,
                Some(_) => {}
            }
            match cells.first().and_then(|index| index.parse().ok()) {
                Some(index) => {
                    let is_answered = cells.last().is_some_and(String::is_empty);
                    let status = if is_answered {
                        Status::Answered
                    } else {
                        Status::Failed
                    };
                    done.insert(index, status);
                    if cells.len() == BLANK_WIDTH {
                        rows.push(cells);
                    }
                }
                None => foreign = foreign.take().or_else(|| Some(line.to_owned())),
            }
        })?;
        if let Some(line) = foreign {
            bail!("`{line}` is not one of its rows; mend it, remove it, or write to another file");
        }
        let Some(header) = header else {
            return Ok(done);
        };
        match &header[..] {
            [index, id, columns @ .., error] if [index, id, error] == ["index", "id", "error"] => {
                if columns.is_empty() {
                    self.early = rows.into_iter().map(Row::without_answer).collect();
                    self.early_written = self.early.len();
                    self.set_blank(true);
                } else {
                    self.set_columns(columns.to_vec());
                }
                Ok(done)
            }
            _ => bail!("its header is not that of results: choose another file"),
        }
    }

    fn put(&mut self, row: Row) -> Result<(), SinkError> {
        let Some(columns) = &self.columns else {
            if row.cells.is_empty() {
                if self.early.len() == EARLY_MAX {
                    return Err(SinkError::Failed(NoAnswer.into()));
                }
                self.early.push_back(row);
                return Ok(());
            }
            let columns = row.cells.iter().map(|(name, _)| name.clone()).collect();
            self.begin(columns)?;
            return self.put(row);
        };
        let line = row.line(columns);
        self.lines.write(&line, &Context::new())
    }

    /// Puts the header in place, and what waited for it.
    fn begin(&mut self, columns: Vec<String>) -> Result<(), SinkError> {
        if self.is_blank {
            self.put_in_place(&columns)?;
            self.early.clear();
        }
        self.lines.set_head(&header_of(&columns));
        while let Some(row) = self.early.front() {
            self.lines.write(&row.line(&columns), &Context::new())?;
            self.early.pop_front();
        }
        self.columns = Some(columns);
        Ok(())
    }

    fn set_columns(&mut self, columns: Vec<String>) {
        self.lines.set_head(&header_of(&columns));
        self.columns = Some(columns);
    }

    /// Puts the early rows in place of what is in the file, under a header with these columns.
    fn put_in_place(&mut self, columns: &[String]) -> Result<(), SinkError> {
        let header = header_of(columns);
        let rows: Vec<String> = self.early.iter().map(|row| row.line(columns)).collect();
        let lines = [header.as_str()].into_iter();
        self.lines
            .replace(lines.chain(rows.iter().map(String::as_str)))?;
        self.early_written = self.early.len();
        self.set_blank(columns.is_empty());
        Ok(())
    }

    fn set_blank(&mut self, is_blank: bool) {
        self.is_blank = is_blank;
        if is_blank {
            self.lines.hold();
        } else {
            self.lines.release();
        }
    }

    /// Writes the early rows that are not in the file, where a header without columns is above them.
    fn write_early(&mut self) -> Result<(), SinkError> {
        if !self.is_blank {
            return self.put_in_place(&[]);
        }
        for row in self.early.iter().skip(self.early_written) {
            self.lines.write(&row.line(&[]), &Context::new())?;
            self.early_written += 1;
        }
        Ok(())
    }
}

impl Sink<Record> for Table {
    fn write(&mut self, record: &Record, _: &Context) -> Result<(), SinkError> {
        self.put(Row::of(record))
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        // What reads from a pipe waits for the columns.
        if self.early_written < self.early.len() && self.lines.is_file() {
            self.write_early()?;
        }
        self.lines.flush()
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        let ended = if self.lines.is_file() {
            self.flush()
        } else if self.early.is_empty() {
            Ok(())
        } else {
            self.begin(Vec::new())
        };
        if let Err(error) = ended {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "rows of what has failed are lost"
            );
        }
    }
}

impl Row {
    fn of(record: &Record) -> Self {
        let (index, id) = match &record.key {
            Key::Item { index, id } => (index.to_string(), id.to_string()),
            Key::Request { index, custom_id } => (index.to_string(), custom_id.clone()),
            Key::Frame { camera, frame, .. } => (frame.to_string(), camera.to_string()),
        };
        Self {
            index,
            id,
            cells: record.answer.as_ref().map(cells).unwrap_or_default(),
            error: record.error.clone().unwrap_or_default(),
        }
    }

    /// What a row says that stands under a header without columns.
    fn without_answer(cells: Vec<String>) -> Self {
        let mut cells = cells.into_iter();
        let mut next = || cells.next().unwrap_or_default();
        Self {
            index: next(),
            id: next(),
            cells: Vec::new(),
            error: next(),
        }
    }

    fn line(&self, columns: &[String]) -> String {
        let is_same = self.cells.iter().map(|(name, _)| name).eq(columns);
        let strange = (!is_same && !self.cells.is_empty()).then(|| {
            let names: Vec<_> = self.cells.iter().map(|(name, _)| name.as_str()).collect();
            format!("the answer has other columns: {}", names.join(", "))
        });
        let values = (0..columns.len()).map(|column| match self.cells.get(column) {
            Some((_, value)) if is_same => value.as_str(),
            _ => "",
        });
        line_of(
            [self.index.as_str(), self.id.as_str()]
                .into_iter()
                .chain(values)
                .chain([strange.as_deref().unwrap_or(&self.error)]),
        )
    }
}

/// The elements of an answer by the names of their columns: `class`, or `probabilities_0` and so on.
fn cells(outputs: &Map<String, Value>) -> Vec<(String, String)> {
    let mut cells = Vec::new();
    for (name, output) in outputs {
        let mut elements = Vec::new();
        flatten(output, &mut elements);
        match &elements[..] {
            [element] => cells.push((name.clone(), shown(element))),
            elements => {
                for (number, element) in elements.iter().enumerate() {
                    cells.push((format!("{name}_{number}"), shown(element)));
                }
            }
        }
    }
    cells
}

fn flatten<'a>(value: &'a Value, elements: &mut Vec<&'a Value>) {
    match value {
        Value::Array(inner) => inner.iter().for_each(|value| flatten(value, elements)),
        value => elements.push(value),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

fn header_of(columns: &[String]) -> String {
    let names = ["index", "id"]
        .into_iter()
        .chain(columns.iter().map(String::as_str))
        .chain(["error"]);
    line_of(names)
}

fn line_of<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (number, cell) in cells.enumerate() {
        if number > 0 {
            line.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            // A row is one line, so that a torn one can be told.
            let cell = cell.replace('"', "\"\"").replace(['\n', '\r'], " ");
            line.push('"');
            line.push_str(&cell);
            line.push('"');
        } else {
            line.push_str(cell);
        }
    }
    line
}

fn cells_of(line: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(line.as_bytes());
    let row = reader.records().next().and_then(Result::ok);
    row.map(|row| row.iter().map(str::to_owned).collect())
        .unwrap_or_default()
}

/// Whether results are written as a table.
pub(crate) fn is_table(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

#[cfg(test)]
mod tests;
