//! What a child process says on its way down.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

/// The last lines that a process wrote to its standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaints {
    lines: VecDeque<String>,
}

impl Complaints {
    /// Reads to the end of the stream, keeping the last lines only.
    pub(super) fn read(stream: impl Read) -> io::Result<Self> {
        let mut stream = BufReader::new(stream);
        let mut complaints = Self::default();
        let mut line = Vec::new();
        while Read::take(&mut stream, LINE_BYTES_MAX).read_until(b'\n', &mut line)? > 0 {
            complaints.add(&String::from_utf8_lossy(&line));
            line.clear();
        }
        Ok(complaints)
    }

    /// The lines, the last one last; at most eight, each of at most 512 bytes.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// Whether the process said nothing.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn add(&mut self, line: &str) {
        let line = without_speaker(line.trim());
        if line.is_empty() || self.lines.back().is_some_and(|last| last == line) {
            return;
        }
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line.to_owned());
    }
}

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing");
        }
        for (index, line) in self.lines().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            f.write_str(line)?;
        }
        Ok(())
    }
}

const LINES_MAX: usize = 8;
const LINE_BYTES_MAX: u64 = 512;

/// Takes away `[h264 @ 0x55f3c0] `: which of ffmpeg's parts speaks, and its address in memory.
fn without_speaker(line: &str) -> &str {
    match line.split_once("] ") {
        Some((speaker, rest)) if speaker.starts_with('[') && speaker.contains(" @ 0x") => rest,
        _ => line,
    }
}

#[cfg(test)]
mod tests;
