//! Rows of numbers from a CSV file.

use std::io::{self, Read};

use bytes::Bytes;
use creel_protocols::{Features, Payload};
use csv::StringRecord;
use thiserror::Error;

use crate::lines::MEBIBYTES_MAX;
use crate::{Found, Id, Items, Line, Lines, Passed, Problem, Unusable};

/// The rows of a CSV file: the column `id`, if there is one, names them, and the others are features.
///
/// A row without an id is called by its line.
#[derive(Debug)]
pub struct Rows<R> {
    lines: Lines<R>,
    /// The first line, as it stands in the file.
    header: Bytes,
    width: usize,
    id: Option<usize>,
    features: Vec<Column>,
}

/// A column that holds a feature.
#[derive(Debug)]
struct Column {
    name: String,
    index: usize,
}

/// Why a header cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The reader's own.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// It is no header at all.
    #[error("line {line}")]
    Unreadable {
        /// Where it stands, counted from 1.
        line: u64,
        /// What is wrong with it.
        source: Problem,
    },
    /// The first line is a row.
    #[error(
        "its first line has only numbers where the columns' names belong: add a line such as a,b,c"
    )]
    Missing,
    /// Nothing in it can be a feature.
    #[error("it has no column but `id`: the other columns are the features")]
    NoFeatures,
    /// A column that was chosen is not there.
    #[error("it has no column `{name}`, only {known}")]
    Unknown {
        /// The column that was chosen.
        name: String,
        /// Those that are there.
        known: String,
    },
}

impl<R: Read> Rows<R> {
    /// Reads the header; with `columns`, the features are those columns in that order.
    ///
    /// A text without a line is one without rows.
    ///
    /// # Errors
    /// [`HeaderError`] when the first line does not name what is there.
    pub fn new(reader: R, columns: &[String]) -> Result<Self, HeaderError> {
        let mut rows = Self {
            lines: Lines::new(reader),
            header: Bytes::new(),
            width: 0,
            id: None,
            features: Vec::new(),
        };
        if let Some(Line { number, text }) = rows.next_line()? {
            let unreadable = |source| HeaderError::Unreadable {
                line: number,
                source,
            };
            let text = text.map_err(|unusable| unreadable(unusable.problem))?;
            rows.take_header(&cells(&text).map_err(unreadable)?, columns)?;
            rows.header = text.into();
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
        let mut is_open = line.text.as_deref().is_ok_and(has_odd_quotes);
        while is_open && let Ok(text) = &mut line.text {
            let text = std::mem::take(text);
            let more = self.lines.next()?.map(|more| more.text);
            // A quote within a quoted value is written twice.
            is_open ^= matches!(&more, Some(Ok(more)) if has_odd_quotes(more));
            line.text = continued(text, more);
        }
        Ok(Some(line))
    }

    /// Reads a row; its id takes the place of the one that is there as soon as it is known.
    fn read(&self, text: &str, id: &mut Id) -> Result<Payload, Problem> {
        let row = cells(text)?;
        let own = self.id.and_then(|column| row.get(column));
        if let Some(own) = own.filter(|own| !own.is_empty()) {
            *id = own.into();
        }
        self.payload(&row)
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

impl<R: Read> Items for Rows<R> {
    fn next(&mut self) -> io::Result<Option<Found>> {
        let line = self.next_line()?;
        Ok(line.map(|line| Found::on(line, |text, id| self.read(text, id))))
    }

    fn pass(&mut self) -> io::Result<Option<Passed>> {
        Ok(self.next_line()?.map(Passed::from))
    }

    fn header(&self) -> Option<Bytes> {
        Some(self.header.clone())
    }
}

/// A row whose quoted value goes on in the next line.
fn continued(mut text: String, more: Option<Result<String, Unusable>>) -> Result<String, Unusable> {
    let Some(more) = more else {
        return Err(Unusable {
            problem: Problem::OpenQuote,
            bytes: Some(text.into_bytes()),
        });
    };
    let more = more.map_err(|Unusable { problem, bytes }| Unusable {
        problem,
        bytes: bytes.map(|bytes| [text.as_bytes(), b"\n", &bytes].concat()),
    })?;
    if (text.len() + more.len()) as u64 > MEBIBYTES_MAX << 20 {
        return Err(Unusable {
            problem: Problem::TooLong(MEBIBYTES_MAX),
            bytes: None,
        });
    }
    text.push('\n');
    text.push_str(&more);
    Ok(text)
}

/// Whether a quoted value that is not open before the text is open behind it, or the other way round.
fn has_odd_quotes(text: &str) -> bool {
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

#[cfg(test)]
mod tests;
