//! The keys of the records that were there.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::fault::Fault;
use crate::json_lines::LINE_BYTES_MAX;

/// Reads the keys of the records that were in a file when it was opened.
///
/// It reads the file each time it is asked, one line in memory at a time.
pub(crate) struct Keys {
    name: String,
    records: File,
    length: u64,
    key: Key,
}

type Key = Box<dyn FnMut(&[u8]) -> Result<Option<String>, serde_json::Error> + Send>;

impl Keys {
    pub(crate) fn new<View: DeserializeOwned>(
        path: &Path,
        records: File,
        length: u64,
        mut key: impl FnMut(View) -> Option<String> + Send + 'static,
    ) -> Self {
        Self {
            name: path.display().to_string(),
            records,
            length,
            key: Box::new(move |line| serde_json::from_slice(line).map(&mut key)),
        }
    }

    pub(crate) fn read(&mut self) -> Result<Vec<String>, Fault> {
        let unreadable = |source: io::Error| Fault::Read {
            name: self.name.clone(),
            source,
        };
        self.records.rewind().map_err(unreadable)?;
        let mut lines = BufReader::with_capacity(64 << 10, (&self.records).take(self.length));
        let mut keys = Vec::new();
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
            let key = (self.key)(&line).map_err(|source| Fault::ForeignLine {
                name: self.name.clone(),
                line: number,
                source,
            })?;
            keys.extend(key);
        }
        Ok(keys)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("name", &self.name)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
