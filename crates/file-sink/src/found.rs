//! The records that were there.

use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use crate::fault::Fault;
use crate::folder::Bytes;
use crate::line_writer::LINE_BYTES_MAX;
use crate::parts::Parts;

/// The records that were in a file and its parts when it was opened.
///
/// They are read each time they are asked for, one line in memory at a time.
#[derive(Debug)]
pub(crate) struct Found {
    parts: Parts,
    /// The closed parts that were there, oldest first.
    numbers: Vec<u64>,
    records: Box<dyn Bytes>,
    length: u64,
}

impl Found {
    pub(crate) fn new(
        parts: Parts,
        numbers: Vec<u64>,
        records: Box<dyn Bytes>,
        length: u64,
    ) -> Self {
        Self {
            parts,
            numbers,
            records,
            length,
        }
    }

    /// Whether there were no bytes at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.length == 0
    }

    /// Shows each line that is not blank, first to last.
    pub(crate) fn each(
        &mut self,
        mut visit: impl FnMut(&[u8]) -> Result<(), serde_json::Error>,
    ) -> Result<(), Fault> {
        for number in &self.numbers {
            let path = self.parts.folder().path_of(&self.parts.plain(*number));
            // One that is gone was the oldest, and too much.
            let part = self.parts.open(*number);
            if let Some(part) = part.map_err(|source| unreadable(&path, source))? {
                each(part, &path, &mut visit)?;
            }
        }
        self.each_in_file(visit)
    }

    /// Does so with those that are in no closed part.
    pub(crate) fn each_in_file(
        &mut self,
        mut visit: impl FnMut(&[u8]) -> Result<(), serde_json::Error>,
    ) -> Result<(), Fault> {
        let path = self.parts.folder().path_of(self.parts.live());
        self.records
            .rewind()
            .map_err(|source| unreadable(&path, source))?;
        let live = (&mut *self.records).take(self.length);
        each(BufReader::with_capacity(64 << 10, live), &path, &mut visit)
    }
}

fn each(
    mut lines: impl BufRead,
    path: &Path,
    visit: &mut impl FnMut(&[u8]) -> Result<(), serde_json::Error>,
) -> Result<(), Fault> {
    let name = || path.display().to_string();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let mut bounded = lines.by_ref().take(LINE_BYTES_MAX as u64 + 1);
        let length = bounded
            .read_until(b'\n', &mut line)
            .map_err(|source| unreadable(path, source))?;
        if length == 0 {
            break;
        }
        if length > LINE_BYTES_MAX {
            return Err(Fault::EndlessLine {
                name: name(),
                line: number,
            });
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        visit(&line).map_err(|source| Fault::ForeignLine {
            name: name(),
            line: number,
            source,
        })?;
    }
    Ok(())
}

fn unreadable(path: &Path, source: io::Error) -> Fault {
    Fault::Read {
        name: path.display().to_string(),
        source,
    }
}
