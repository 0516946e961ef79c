//! The lines of a text, one after the other.

use std::io::{self, BufRead, BufReader, Read};

use super::bad_item::Problem;

/// The longest line that is read, so that a file without line breaks does not fill the memory.
pub(crate) const MEBIBYTES_MAX: u64 = 64;

/// A byte order mark, which some editors put at the start of a file.
const MARK: &str = "\u{feff}";

/// The lines of a text that are not blank, numbered from 1 as editors do.
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    number: u64,
}

/// A line without its line break.
pub(crate) struct Line {
    pub(crate) number: u64,
    pub(crate) text: Result<String, Problem>,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader: BufReader::new(reader),
            number: 0,
        }
    }

    /// The next line that is not blank; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        let bytes_max = MEBIBYTES_MAX << 20;
        loop {
            let mut bytes = Vec::new();
            let mut limited = self.reader.by_ref().take(bytes_max);
            if limited.read_until(b'\n', &mut bytes)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            let is_whole = bytes.ends_with(b"\n") || (bytes.len() as u64) < bytes_max;
            if !is_whole {
                self.reader.skip_until(b'\n')?;
                return Ok(Some(self.line(Err(Problem::TooLong(MEBIBYTES_MAX)))));
            }
            let text = String::from_utf8(bytes).map_err(|_| Problem::Encoding);
            let text = text.map(|text| self.trimmed(&text).to_owned());
            if !matches!(&text, Ok(text) if text.trim().is_empty()) {
                return Ok(Some(self.line(text)));
            }
        }
    }

    fn line(&self, text: Result<String, Problem>) -> Line {
        Line {
            number: self.number,
            text,
        }
    }

    /// A line without its break, and the first one without a mark.
    fn trimmed<'a>(&self, text: &'a str) -> &'a str {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        match self.number {
            1 => text.strip_prefix(MARK).unwrap_or(text),
            _ => text,
        }
    }
}
