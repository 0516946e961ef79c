//! Server-sent events, read piece by piece as they arrive.
//!
//! The crates for this wrap an asynchronous stream of a body, and none bounds a line; what is wanted here takes
//! bytes from whoever has them, and never keeps more than it was told to.

use memchr::memchr2;
use thiserror::Error;

/// Reads events from bytes, however they are cut into pieces.
///
/// ```
/// use creel_protocols::sse::Parser;
///
/// let mut events = Vec::new();
/// let mut parser = Parser::new(1000);
/// for piece in [": hello\nda", "ta: Par", "is\r", "\n\r\ndata: [DO", "NE]\n"] {
///     parser.push(piece.as_bytes(), |event| events.push(event.data.to_owned()))?;
/// }
/// parser.finish(|event| events.push(event.data.to_owned()));
/// assert_eq!(events, ["Paris", "[DONE]"]);
/// # Ok::<(), creel_protocols::sse::TooLong>(())
/// ```
#[derive(Clone, Debug)]
pub struct Parser {
    /// The line that has not ended.
    line: Vec<u8>,
    /// The lines of data of the event that has not ended, each with its end.
    data: Vec<u8>,
    name: String,
    is_first_line: bool,
    /// The last byte ended a line as a carriage return, of which a line feed may be the second half.
    was_return: bool,
    bytes_max: usize,
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its type; `message` where nothing was said.
    pub name: &'a str,
    /// Its lines of data, joined by line feeds.
    pub data: &'a str,
}

/// An event is longer than what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an event of the stream has more than {bytes_max} bytes")]
pub struct TooLong {
    /// How many bytes are kept.
    pub bytes_max: usize,
}

impl Parser {
    /// Reads a stream from its beginning, and keeps at most so many bytes of an event.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            line: Vec::new(),
            data: Vec::new(),
            name: String::new(),
            is_first_line: true,
            was_return: false,
            bytes_max,
        }
    }

    /// Takes the next bytes, and hands on each event that they end.
    ///
    /// # Errors
    /// [`TooLong`] when an event would have to be kept that is too long; the stream cannot be read on then.
    pub fn push(
        &mut self,
        mut piece: &[u8],
        mut on_event: impl FnMut(Event<'_>),
    ) -> Result<(), TooLong> {
        while let Some(&first) = piece.first() {
            if std::mem::take(&mut self.was_return) && first == b'\n' {
                piece = &piece[1..];
                continue;
            }
            let Some(end) = memchr2(b'\r', b'\n', piece) else {
                return self.keep(piece);
            };
            self.keep(&piece[..end])?;
            self.was_return = piece[end] == b'\r';
            piece = &piece[end + 1..];
            self.end_line(&mut on_event);
        }
        Ok(())
    }

    /// Ends the stream, and hands on an event that lacks nothing but the empty line behind it.
    ///
    /// Such an event is no event by the letter of the standard; servers end their streams so all the same.
    pub fn finish(mut self, mut on_event: impl FnMut(Event<'_>)) {
        if !self.line.is_empty() {
            self.end_line(&mut on_event);
        }
        self.end_event(&mut on_event);
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        let kept = self.line.len() + self.data.len() + self.name.len();
        if kept + bytes.len() > self.bytes_max {
            return Err(TooLong {
                bytes_max: self.bytes_max,
            });
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self, on_event: &mut impl FnMut(Event<'_>)) {
        let line = std::mem::take(&mut self.line);
        let mut text = &line[..];
        if std::mem::take(&mut self.is_first_line) {
            // A byte order mark.
            text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        }
        if text.is_empty() {
            self.end_event(on_event);
        } else {
            self.take_field(text);
        }
        // The next line goes where this one was.
        self.line = line;
        self.line.clear();
    }

    fn take_field(&mut self, line: &[u8]) {
        let colon = memchr::memchr(b':', line);
        let (field, value) = match colon {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (line, &b""[..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                self.data.extend_from_slice(value);
                self.data.push(b'\n');
            }
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            // A comment begins with the colon; what else there is tells how to come again, which nobody does here.
            _ => {}
        }
    }

    fn end_event(&mut self, on_event: &mut impl FnMut(Event<'_>)) {
        if let Some(data) = self.data.strip_suffix(b"\n") {
            let name = match self.name.as_str() {
                "" => "message",
                name => name,
            };
            let data = &String::from_utf8_lossy(data);
            on_event(Event { name, data });
        }
        self.data.clear();
        self.name.clear();
    }
}

#[cfg(test)]
mod tests;
