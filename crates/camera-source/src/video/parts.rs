//! The parts of a stream that ffmpeg's `mpjpeg` writes.

use std::io::{self, BufRead, ErrorKind, Read};

/// Splits a stream into its parts, by the length that stands before each.
///
/// The stream is a boundary, then for each part header lines, an empty line, the content and the next boundary.
#[derive(Debug)]
pub(super) struct Parts<R> {
    stream: R,
}

impl<R: BufRead> Parts<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream }
    }

    /// Blocks until the next part is there whole; `None` where the stream ends between two parts.
    ///
    /// # Errors
    /// The stream cannot be read, ends within a part, or has other lines before it.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(length) = self.length()? else {
            return Ok(None);
        };
        let mut content = vec![0; length];
        self.stream.read_exact(&mut content)?;
        Ok(Some(content))
    }

    /// Reads up to and with the empty line before the content.
    fn length(&mut self) -> io::Result<Option<usize>> {
        let mut length = None;
        let mut is_inside = false;
        loop {
            let mut line = Vec::new();
            Read::take(&mut self.stream, LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
            if line.is_empty() && !is_inside {
                return Ok(None);
            }
            if !line.ends_with(b"\n") {
                let is_cut = (line.len() as u64) < LINE_BYTES_MAX;
                return Err(if is_cut {
                    ErrorKind::UnexpectedEof.into()
                } else {
                    malformed()
                });
            }
            match line.trim_ascii() {
                b"" if length.is_some() => return Ok(length),
                // The end of the last part, or the boundary.
                b"" => {}
                line if line.starts_with(b"--") => {}
                line => {
                    is_inside = true;
                    let (name, value) = header(line).ok_or_else(malformed)?;
                    if name.eq_ignore_ascii_case("content-length") {
                        length = Some(part_length(value).ok_or_else(malformed)?);
                    }
                }
            }
        }
    }
}

/// A line of the header is short; what is longer is no header.
const LINE_BYTES_MAX: u64 = 1024;

/// No picture is that large; a length beyond is a broken stream, not memory to reserve.
const PART_BYTES_MAX: usize = 512 * 1024 * 1024;

fn header(line: &[u8]) -> Option<(&str, &str)> {
    let (name, value) = str::from_utf8(line).ok()?.split_once(':')?;
    Some((name.trim(), value.trim()))
}

fn part_length(text: &str) -> Option<usize> {
    text.parse().ok().filter(|&bytes| bytes <= PART_BYTES_MAX)
}

fn malformed() -> io::Error {
    io::Error::new(
        ErrorKind::InvalidData,
        "the stream is not what ffmpeg writes",
    )
}

#[cfg(test)]
mod tests;
