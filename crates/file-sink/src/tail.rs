//! How a file of JSON lines ends.

use std::io::{self, BufReader, Read, SeekFrom};
use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::folder::Bytes;

/// What the lines of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON, which can be told from something else, and whose end can be told from a beginning.
    JsonLines,
    /// Anything; it ends with its newline.
    Text,
}

/// How a file of lines ends.
#[derive(Debug)]
pub(crate) enum Tail {
    /// With the newline of its last record, or with nothing at all.
    Whole,
    /// With a whole record whose newline is missing, as editors leave it.
    LacksNewline,
    /// With the beginning of a record, from this offset on.
    Torn(u64),
    /// With something that is no record, torn or not.
    Foreign(serde_json::Error),
}

/// Looks at the last line of a file of `length` bytes.
pub(crate) fn inspect(file: &mut dyn Bytes, length: u64, form: Form) -> io::Result<Tail> {
    let start = behind_last(file, 0..length, |byte| byte == b'\n')?;
    if form == Form::Text {
        return Ok(if start == length {
            Tail::Whole
        } else {
            Tail::Torn(start)
        });
    }
    if start == length {
        return inspect_whole(file, length);
    }
    // After the machine went down a file may end in zeros.
    let end = behind_last(file, start..length, |byte| byte != 0)?;
    if start == end {
        return Ok(Tail::Torn(start));
    }
    let mut first = [0];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut first)?;
    // More digits may have followed: of a number nobody can tell.
    let may_go_on = first[0] == b'-' || first[0].is_ascii_digit();

    match parse(file, start..end, b"")? {
        Ok(()) if may_go_on || end < length => Ok(Tail::Torn(start)),
        Ok(()) => Ok(Tail::LacksNewline),
        Err(error) if error.is_eof() => Ok(Tail::Torn(start)),
        // A number that stops at its point or exponent is called invalid; with a digit more it is one.
        Err(error) => match parse(file, start..end, b"0")? {
            Err(with_digit) if !with_digit.is_eof() => Ok(Tail::Foreign(error)),
            _ => Ok(Tail::Torn(start)),
        },
    }
}

/// Looks at the last line of a file that ends in a newline: it may be somebody's notes.
fn inspect_whole(file: &mut dyn Bytes, length: u64) -> io::Result<Tail> {
    let end = behind_last(file, 0..length, |byte| !byte.is_ascii_whitespace())?;
    let start = behind_last(file, 0..end, |byte| byte == b'\n')?;
    if start == end {
        return Ok(Tail::Whole);
    }
    Ok(match parse(file, start..end, b"")? {
        Ok(()) => Tail::Whole,
        Err(error) => Tail::Foreign(error),
    })
}

/// Reads one JSON value, of any length, from a range of the file and what is put behind it.
fn parse(
    file: &mut dyn Bytes,
    range: Range<u64>,
    behind: &[u8],
) -> io::Result<Result<(), serde_json::Error>> {
    file.seek(SeekFrom::Start(range.start))?;
    let bytes = BufReader::new(file.take(range.end - range.start)).chain(behind);
    let mut json = serde_json::Deserializer::from_reader(bytes);
    match IgnoredAny::deserialize(&mut json).and_then(|_| json.end()) {
        Err(error) if error.is_io() => Err(error.into()),
        outcome => Ok(outcome),
    }
}

/// The offset behind the last wanted byte of a range; its start when there is none.
fn behind_last(
    file: &mut dyn Bytes,
    range: Range<u64>,
    wanted: impl Fn(u8) -> bool,
) -> io::Result<u64> {
    const BLOCK: u64 = 64 << 10;
    let mut block = Vec::new();
    let mut end = range.end;
    while end > range.start {
        let from = end.saturating_sub(BLOCK).max(range.start);
        file.seek(SeekFrom::Start(from))?;
        block.clear();
        (&mut *file).take(end - from).read_to_end(&mut block)?;
        if let Some(index) = block.iter().rposition(|byte| wanted(*byte)) {
            return Ok(from + index as u64 + 1);
        }
        end = from;
    }
    Ok(range.start)
}
