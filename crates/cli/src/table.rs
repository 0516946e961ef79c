//! Records as rows of a CSV file.

use std::path::Path;

use anyhow::{Result, bail};
use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use creel_file_sink::{OpenError, TextLines};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::done::Done;
use crate::record::{Key, Record, Status};

/// Records that wait for the first answer, which names the columns; beyond, the run ends.
const EARLY_MAX: usize = 100_000;

/// Records as rows of a CSV file: index, id, a column for each element of the answer, and why there is none.
///
/// The first answer names the columns. What has failed before waits for it, so that the header stands above; a file in which
/// nothing was answered yet is written anew then.
pub(crate) struct Table {
    lines: TextLines,
    /// The columns of answers, once they are known.
    columns: Option<Vec<String>>,
    early: Vec<Row>,
    /// The file has a header without columns, and rows that are early all the same.
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

    fn new(lines: TextLines) -> Self {
        Self {
            lines,
            columns: None,
            early: Vec::new(),
            is_blank: false,
        }
    }

    /// Reads the header, and which items have a row already.
    pub(crate) fn done(&mut self) -> Result<Done> {
        let mut done = Done::default();
        let mut header: Option<Vec<String>> = None;
        let mut foreign = None;
        let mut rows = Vec::new();
        self.lines.each_found(|line| {
            let cells = cells_of(line);
            if header.is_none() {
                header = Some(cells);
                return;
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
                    self.is_blank = true;
                    self.early = rows.into_iter().map(Row::without_answer).collect();
                } else {
                    self.columns = Some(columns.to_vec());
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
                self.early.push(row);
                return Ok(());
            }
            let columns = row.cells.iter().map(|(name, _)| name.clone()).collect();
            self.begin(columns)?;
            return self.put(row);
        };
        let line = row.line(columns);
        self.lines.write(&line, &Context::new())
    }

    /// Writes the header and what waited for it.
    fn begin(&mut self, columns: Vec<String>) -> Result<(), SinkError> {
        if std::mem::take(&mut self.is_blank) {
            self.lines.clear()?;
        }
        let context = Context::new();
        let names = ["index", "id"]
            .into_iter()
            .chain(columns.iter().map(String::as_str))
            .chain(["error"]);
        self.lines.write(&line_of(names), &context)?;
        for row in self.early.drain(..) {
            self.lines.write(&row.line(&columns), &context)?;
        }
        self.columns = Some(columns);
        Ok(())
    }
}

impl Sink<Record> for Table {
    fn write(&mut self, record: &Record, _: &Context) -> Result<(), SinkError> {
        self.put(Row::of(record))
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.lines.flush()
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // Without any answer there are no columns but these.
        if !self.early.is_empty()
            && let Err(error) = self.begin(Vec::new()).and_then(|()| self.lines.flush())
        {
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
