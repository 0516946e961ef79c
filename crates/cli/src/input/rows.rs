//! Rows of numbers from a CSV file.

use std::io::{self, Read};
use std::sync::Arc;

use creel_core::port::SourceError;
use creel_core::{Context, Source};
use creel_protocols::{Features, Payload};
use csv::StringRecord;
use thiserror::Error;

use super::bad_item::{BadItem, Problem};
use super::item::Item;
use super::lines::{Line, Lines, MEBIBYTES_MAX};
use crate::record::Id;

/// The rows of a CSV file: the column `id`, if there is one, names them, and the others are features.
///
/// A row without an id is called by its line.
pub(crate) struct Rows<R> {
    input: Arc<str>,
    lines: Lines<R>,
    width: usize,
    id: Option<usize>,
    features: Vec<Column>,
}

/// A column that holds a feature.
struct Column {
    name: String,
    index: usize,
}

/// Why a header cannot be used.
#[derive(Debug, Error)]
pub(crate) enum HeaderError {
    #[error(transparent)]
    Read(#[from] io::Error),
    #[error("line {line}")]
    Unreadable { line: u64, source: Problem },
    #[error(
        "its first line has only numbers where the columns' names belong: add a line such as a,b,c"
    )]
    Missing,
    #[error("it has no column but `id`: the other columns are the features")]
    NoFeatures,
    #[error("it has no column `{name}`, only {known}")]
    Unknown { name: String, known: String },
}

impl<R: Read> Rows<R> {
    /// Reads the header; with `columns`, the features are those columns in that order.
    pub(crate) fn new(input: Arc<str>, reader: R, columns: &[String]) -> Result<Self, HeaderError> {
        let mut rows = Self {
            input,
            lines: Lines::new(reader),
            width: 0,
            id: None,
            features: Vec::new(),
        };
        if let Some(Line { number, text }) = rows.next_line()? {
            let header = text.and_then(|text| cells(&text));
            let header = header.map_err(|source| HeaderError::Unreadable {
                line: number,
                source,
            })?;
            rows.take_header(&header, columns)?;
        }
        Ok(rows)
    }

    fn take_header(
        &mut self,
        header: &StringRecord,
        columns: &[String],
    ) -> Result<(), HeaderError> {
        if header.iter().all(|name| name.parse::<f64>().is_ok()) {
            return Err(HeaderError::Missing);
        }
        self.width = header.len();
        self.id = header
            .iter()
            .position(|name| name.eq_ignore_ascii_case("id"));
        self.features = features(header, self.id, columns)?;
        if self.features.is_empty() {
            return Err(HeaderError::NoFeatures);
        }
        Ok(())
    }

    /// The next line, or several of them where a quoted value goes on.
    fn next_line(&mut self) -> io::Result<Option<Line>> {
        let Some(mut line) = self.lines.next()? else {
            return Ok(None);
        };
        while let Ok(text) = &mut line.text
            && has_open_quote(text)
        {
            match self.lines.next()?.map(|more| more.text) {
                None => line.text = Err(Problem::OpenQuote),
                Some(Err(problem)) => line.text = Err(problem),
                Some(Ok(more)) if (text.len() + more.len()) as u64 > MEBIBYTES_MAX << 20 => {
                    line.text = Err(Problem::TooLong(MEBIBYTES_MAX));
                }
                Some(Ok(more)) => {
                    text.push('\n');
                    text.push_str(&more);
                }
            }
        }
        Ok(Some(line))
    }

    fn payload(&self, row: &StringRecord) -> Result<Payload, Problem> {
        if row.len() != self.width {
            return Err(Problem::Width {
                expected: self.width,
                found: row.len(),
            });
        }
        let numbers = self.features.iter().map(|column| {
            let value = &row[column.index];
            let column = column.name.clone();
            match value.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(number),
                _ if value.is_empty() => Err(Problem::NoNumber { column }),
                _ => Err(Problem::NotNumber {
                    column,
                    value: value.to_owned(),
                }),
            }
        });
        let numbers = numbers.collect::<Result<Vec<f64>, _>>()?;
        Ok(Payload::Features(Features::row(numbers)))
    }
}

impl<R: Read + Send> Source for Rows<R> {
    type Item = Item;

    fn next(&mut self, _: &Context) -> Result<Option<Item>, SourceError> {
        let line = self.next_line();
        let Some(Line { number, text }) =
            line.map_err(|error| SourceError::Failed(error.into()))?
        else {
            return Ok(None);
        };
        let row = text.and_then(|text| cells(&text));
        let own = row.as_ref().ok().zip(self.id);
        let own = own.and_then(|(row, index)| row.get(index));
        let id = own
            .filter(|id| !id.is_empty())
            .map_or_else(|| Id::from(number), Id::from);
        match row.and_then(|row| self.payload(&row)) {
            Ok(payload) => Ok(Some(Item::row(id, payload))),
            Err(problem) => Err(BadItem::on_line(&self.input, number, id, problem).into_error()),
        }
    }
}

/// Whether a quoted value goes on behind the end of the text; a quote within one is written twice.
fn has_open_quote(text: &str) -> bool {
    text.bytes().filter(|&byte| byte == b'"').count() % 2 == 1
}

fn cells(text: &str) -> Result<StringRecord, Problem> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .buffer_capacity(text.len())
        .from_reader(text.as_bytes());
    let mut cells = StringRecord::new();
    reader.read_record(&mut cells).map_err(Problem::Csv)?;
    Ok(cells)
}

fn features(
    header: &StringRecord,
    id: Option<usize>,
    columns: &[String],
) -> Result<Vec<Column>, HeaderError> {
    let column = |(index, name): (usize, &str)| Column {
        name: name.to_owned(),
        index,
    };
    if columns.is_empty() {
        let others = header.iter().enumerate();
        return Ok(others
            .filter(|(index, _)| Some(*index) != id)
            .map(column)
            .collect());
    }
    let found = columns.iter().map(|wanted| {
        let mut named = header.iter().enumerate();
        named
            .find(|(_, name)| name == wanted)
            .map(column)
            .ok_or_else(|| HeaderError::Unknown {
                name: wanted.clone(),
                known: header.iter().collect::<Vec<_>>().join(", "),
            })
    });
    found.collect()
}
