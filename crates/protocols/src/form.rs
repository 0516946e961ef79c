//! Forms as they arrive: the parts of a `multipart/form-data` body.
//!
//! The crates for this read an asynchronous stream; a server that has the whole body needs no more than this.

use bytes::Bytes;
use memchr::memmem::{self, Finder};
use thiserror::Error;

/// More parts than any form has.
const PARTS_MAX: usize = 1000;

/// More than the head of any part has.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// One part of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The name of the file, if it is one.
    pub file: Option<String>,
    /// What it is, in lower case and without parameters, if that is said.
    pub media_type: Option<String>,
    /// What it holds, without a copy.
    pub content: Bytes,
}

/// Reads the parts of a body that is declared as `content_type`.
///
/// ```
/// let body = "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\
///     Content-Type: image/jpeg\r\n\r\n\x01\x02\r\n--x--\r\n";
/// let parts = creel_protocols::form::parts("multipart/form-data; boundary=x", &body.into())?;
/// assert_eq!(parts[0].name, "image");
/// assert_eq!(parts[0].media_type.as_deref(), Some("image/jpeg"));
/// assert_eq!(&parts[0].content[..], [1, 2]);
/// # Ok::<(), creel_protocols::form::FormError>(())
/// ```
///
/// # Errors
/// [`FormError`] when there is no boundary, or the body is not made of parts between it.
pub fn parts(content_type: &str, body: &Bytes) -> Result<Vec<Part>, FormError> {
    let boundary = boundary(content_type)?;
    let opening = format!("--{boundary}");
    // What stands before the first boundary is for readers who know no forms.
    let first = if body.starts_with(opening.as_bytes()) {
        0
    } else {
        let line = format!("\r\n{opening}");
        memmem::find(body, line.as_bytes()).ok_or(FormError::NoParts)? + 2
    };
    let mut rest = body.slice(first + opening.len()..);
    let between = format!("\r\n{opening}");
    let between = Finder::new(between.as_bytes());
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
        let line_end = padding.count();
        if !rest[line_end..].starts_with(b"\r\n") {
            return Err(FormError::Boundary);
        }
        if parts.len() == PARTS_MAX {
            return Err(FormError::TooMany);
        }
        // A part without headers begins with the end of its head.
        let part = rest.slice(line_end..);
        let end = between.find(&part).ok_or(FormError::Cut)?;
        parts.push(self::part(part.slice(..end))?);
        rest = part.slice(end + between.needle().len()..);
    }
}

/// The parameter `boundary` of a media type.
fn boundary(content_type: &str) -> Result<String, FormError> {
    let (essence, rest) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return Err(FormError::NoForm);
    }
    parameters(rest)
        .find(|(name, _)| name == "boundary")
        .map(|(_, value)| value)
        .filter(|boundary| (1..=70).contains(&boundary.len()))
        .ok_or(FormError::NoBoundary)
}

/// Reads one part: the line end that its boundary ends with, its head, an empty line, its content.
fn part(bytes: Bytes) -> Result<Part, FormError> {
    let scope = &bytes[..bytes.len().min(HEAD_BYTES_MAX)];
    let head_end = memmem::find(scope, b"\r\n\r\n").ok_or(FormError::Head)?;
    let mut part = Part {
        content: bytes.slice(head_end + 4..),
        ..Part::default()
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]);
    for line in head.split("\r\n") {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let (essence, rest) = value.split_once(';').unwrap_or((value, ""));
        if name.trim().eq_ignore_ascii_case("content-disposition") {
            for (name, value) in parameters(rest) {
                match name.as_str() {
                    "name" => part.name = value,
                    "filename" => part.file = Some(value),
                    _ => {}
                }
            }
        } else if name.trim().eq_ignore_ascii_case("content-type") {
            part.media_type = Some(essence.trim().to_ascii_lowercase());
        }
    }
    Ok(part)
}

/// The parameters of a header, names in lower case: `name=value` or `name="value"`, each behind a semicolon.
fn parameters(text: &str) -> impl Iterator<Item = (String, String)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (name, value) = rest.split_once('=')?;
        let name = name.trim_matches([' ', '\t', ';']).to_ascii_lowercase();
        let value = value.trim_start();
        let Some(quoted) = value.strip_prefix('"') else {
            let (value, tail) = value.split_once(';').unwrap_or((value, ""));
            rest = tail;
            return Some((name, value.trim().to_owned()));
        };
        let mut unquoted = String::new();
        let mut characters = quoted.char_indices();
        rest = "";
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    rest = &quoted[at + 1..];
                    break;
                }
                // Browsers write %22 for a quote and leave a backslash alone; others escape.
                '\\' if quoted[at + 1..].starts_with(['"', '\\']) => {
                    unquoted.extend(characters.next().map(|(_, escaped)| escaped));
                }
                character => unquoted.push(character),
            }
        }
        Some((name, unquoted))
    })
}

/// Why a body is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FormError {
    /// It is declared as something else.
    #[error("the body is not declared as multipart/form-data")]
    NoForm,
    /// The declaration names no boundary.
    #[error("the media type multipart/form-data has no boundary, which has 1 to 70 characters")]
    NoBoundary,
    /// The boundary does not stand in the body.
    #[error("the form has no parts")]
    NoParts,
    /// Something stands behind a boundary, on its line.
    #[error("a boundary of the form is not alone on its line")]
    Boundary,
    /// The last boundary is missing.
    #[error("the form breaks off before its last boundary")]
    Cut,
    /// A part does not have a head, an empty line and a content.
    #[error("a part of the form has no head of at most 16 KiB")]
    Head,
    /// There are too many parts.
    #[error("the form has more than 1000 parts")]
    TooMany,
}

#[cfg(test)]
mod tests;
