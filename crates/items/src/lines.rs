//! The lines of a text, one after the other.

use std::io::{self, BufRead, BufReader, Read};

use bytes::Bytes;

use crate::Problem;

/// The longest line that is read, so that a file without line breaks does not fill the memory.
pub(crate) const MEBIBYTES_MAX: u64 = 64;

/// A byte order mark, which some editors put at the start of a file.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The lines of a text that are not blank, numbered from 1 as editors do.
#[derive(Debug)]
pub struct Lines<R> {
    reader: BufReader<R>,
    number: u64,
}

/// A line without its line break.
#[derive(Debug)]
pub struct Line {
    /// Counted from 1; blank lines count too.
    pub number: u64,
    /// What stands on it, or why that is no text.
    pub text: Result<String, Unusable>,
}

/// A line that is no text.
#[derive(Debug)]
pub struct Unusable {
    /// Why.
    pub problem: Problem,
    /// The line, unless it is too long to be kept.
    pub bytes: Option<Vec<u8>>,
}

impl Line {
    /// The line as it stood in the file, for whoever wants to mend it.
    pub fn into_original(self) -> Option<Bytes> {
        match self.text {
            Ok(text) => Some(text.into()),
            Err(unusable) => unusable.bytes.map(Bytes::from),
        }
    }
}

impl<R: Read> Lines<R> {
    /// The lines of what is read; nothing is read yet.
    pub fn new(reader: R) -> Self {
        Self {
            reader: BufReader::new(reader),
            number: 0,
        }
    }

    /// The next line that is not blank; `None` at the end.
    ///
    /// A byte order mark at the start of the text is passed over. A line of more than 64 MiB is passed over and told as
    /// [`TooLong`](Problem::TooLong), so that a file without line breaks does not fill the memory.
    ///
    /// # Errors
    /// The reader's own.
    #[expect(
        clippy::should_implement_trait,
        reason = "reading can fail, and goes on"
    )]
    pub fn next(&mut self) -> io::Result<Option<Line>> {
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
                let unusable = Unusable {
                    problem: Problem::TooLong(MEBIBYTES_MAX),
                    bytes: None,
                };
                return Ok(Some(self.line(Err(unusable))));
            }
            self.trim(&mut bytes);
            let text = String::from_utf8(bytes).map_err(|error| Unusable {
                problem: Problem::Encoding,
                bytes: Some(error.into_bytes()),
            });
            if !matches!(&text, Ok(text) if text.trim().is_empty()) {
                return Ok(Some(self.line(text)));
            }
        }
    }

    fn line(&self, text: Result<String, Unusable>) -> Line {
        Line {
            number: self.number,
            text,
        }
    }

    /// Takes the line break away, and from the first line a mark.
    fn trim(&self, line: &mut Vec<u8>) {
        for end in [b'\n', b'\r'] {
            line.pop_if(|byte| *byte == end);
        }
        if self.number == 1 && line.starts_with(MARK) {
            line.drain(..MARK.len());
        }
    }
}
