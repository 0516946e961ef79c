//! The records that were there.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use crate::fault::Fault;
use crate::line_writer::LINE_BYTES_MAX;

/// The records that were in a file when it was opened.
///
/// The file is read each time they are asked for, one line in memory at a time.
#[derive(Debug)]
pub(crate) struct Found {
    name: String,
    records: File,
    length: u64,
}

impl Found {
    pub(crate) fn new(path: &Path, records: File, length: u64) -> Self {
        Self {
            name: path.display().to_string(),
            records,
            length,
        }
    }

    /// Shows each line that is not blank, first to last.
    pub(crate) fn each(
        &mut self,
        mut visit: impl FnMut(&[u8]) -> Result<(), serde_json::Error>,
    ) -> Result<(), Fault> {
        let unreadable = |source: io::Error| Fault::Read {
            name: self.name.clone(),
            source,
        };
        self.records.rewind().map_err(unreadable)?;
        let mut lines = BufReader::with_capacity(64 << 10, (&self.records).take(self.length));
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let mut bounded = lines.by_ref().take(LINE_BYTES_MAX as u64 + 1);
            let length = bounded.read_until(b'\n', &mut line).map_err(unreadable)?;
            if length == 0 {
                break;
            }
            if length > LINE_BYTES_MAX {
                return Err(Fault::EndlessLine {
                    name: self.name.clone(),
                    line: number,
                });
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            visit(&line).map_err(|source| Fault::ForeignLine {
                name: self.name.clone(),
                line: number,
                source,
            })?;
        }
        Ok(())
    }
}
