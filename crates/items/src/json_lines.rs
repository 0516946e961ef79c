//! Items in JSON, one a line.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use creel_protocols::{Document, Features, Image, Payload};
use serde_json::{Map, Value};

use crate::lines::MEBIBYTES_MAX;
use crate::{Found, Id, Items, Lines, Passed, Problem};

/// Items in JSON, one a line: an object, a bare list of features, or a bare string as a prompt.
///
/// An object has `features`, `prompt` (or `text`), or `image`, and maybe an `id`; what else it has is not looked
/// at. An item without an id is called by its line.
///
/// The lines of an OpenAI batch file, `{"custom_id": …, "method": "POST", "url": …, "body": …}`, are sent as they are.
#[derive(Debug)]
pub struct JsonLines<R> {
    /// What the paths of images are relative to.
    folder: PathBuf,
    lines: Lines<R>,
    /// Whether the items are those of an OpenAI batch file, as far as was seen.
    is_batch: bool,
}

impl<R: Read> JsonLines<R> {
    /// Items in a text; the paths of images are relative to `folder`. Nothing is read yet.
    pub fn new(reader: R, folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            lines: Lines::new(reader),
            is_batch: false,
        }
    }
}

impl<R: Read> Items for JsonLines<R> {
    fn next(&mut self) -> io::Result<Option<Found>> {
        let Some(line) = self.lines.next()? else {
            return Ok(None);
        };
        let Self {
            folder, is_batch, ..
        } = self;
        let found = Found::on(line, |text, id| payload(text, id, is_batch, folder));
        Ok(Some(Found {
            is_request: self.is_batch,
            ..found
        }))
    }

    fn pass(&mut self) -> io::Result<Option<Passed>> {
        Ok(self.lines.next()?.map(Passed::from))
    }
}

/// Reads one item; its id takes the place of the one that is there as soon as it is known.
fn payload(
    text: &str,
    id: &mut Id,
    is_batch: &mut bool,
    folder: &Path,
) -> Result<Payload, Problem> {
    match serde_json::from_str(text)? {
        Value::String(text) => Ok(Payload::Text(text)),
        Value::Array(features) => row(&features),
        Value::Object(item) if item.contains_key("custom_id") => {
            *is_batch = true;
            match &item["custom_id"] {
                Value::String(own) => *id = Id::Text(own.clone()),
                _ => return Err(Problem::NotString("custom_id")),
            }
            document(item)
        }
        Value::Object(item) => {
            match item.get("id") {
                None | Some(Value::Null) => {}
                Some(Value::String(own)) => *id = Id::Text(own.clone()),
                Some(Value::Number(own)) => *id = Id::Number(own.clone()),
                Some(_) => return Err(Problem::Id),
            }
            payload_of(&item, folder)
        }
        _ => Err(Problem::NoPayload),
    }
}

/// A request of an OpenAI batch file.
fn document(mut item: Map<String, Value>) -> Result<Payload, Problem> {
    match item.get("method") {
        None => {}
        Some(Value::String(method)) if method == "POST" => {}
        Some(_) => return Err(Problem::NotPost),
    }
    let path = match item.remove("url") {
        Some(Value::String(path)) if path.starts_with('/') => path,
        _ => return Err(Problem::NotPath),
    };
    let Some(Value::Object(body)) = item.remove("body") else {
        return Err(Problem::NoBody);
    };
    Ok(Payload::Document(Document { path, body }))
}

fn payload_of(item: &Map<String, Value>, folder: &Path) -> Result<Payload, Problem> {
    let mut found = ["features", "prompt", "text", "image"]
        .into_iter()
        .filter_map(|name| item.get(name).map(|value| (name, value)));
    let (name, value) = found.next().ok_or(Problem::NoPayload)?;
    if let Some((other, _)) = found.next() {
        return Err(Problem::TwoPayloads(name, other));
    }
    if name == "features" {
        return row(value.as_array().ok_or(Problem::Features)?);
    }
    let text = value.as_str().ok_or(Problem::NotString(name))?;
    if name == "image" {
        image(folder, text)
    } else {
        Ok(Payload::Text(text.to_owned()))
    }
}

fn row(features: &[Value]) -> Result<Payload, Problem> {
    let row: Option<Vec<f64>> = features.iter().map(Value::as_f64).collect();
    row.filter(|row| !row.is_empty())
        .map(|row| Payload::Features(Features::row(row)))
        .ok_or(Problem::Features)
}

fn image(folder: &Path, path: &str) -> Result<Payload, Problem> {
    let path = folder.join(path);
    let shown = path.display().to_string();
    let bytes = read(&path, &shown)?;
    let media_type = media_type(&bytes).ok_or(Problem::Media { path: shown })?;
    Ok(Payload::Image(Image {
        media_type: media_type.to_owned(),
        bytes: Bytes::from(bytes),
    }))
}

/// Reads a file as a whole. What is named in a text is looked at first: a pipe would be waited for, a device never ends.
fn read(path: &Path, shown: &str) -> Result<Vec<u8>, Problem> {
    let failed = |source| Problem::Image {
        path: shown.to_owned(),
        source,
    };
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(Problem::NoFile {
            path: shown.to_owned(),
        });
    }
    let bytes_max = MEBIBYTES_MAX << 20;
    let mut bytes = Vec::new();
    // One byte more shows that there is more.
    let file = File::open(path).map_err(failed)?;
    file.take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(Problem::TooLarge {
            path: shown.to_owned(),
            mebibytes_max: MEBIBYTES_MAX,
        });
    }
    Ok(bytes)
}

/// Tells an encoded picture by its first bytes.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let starts: [(&[u8], _); 2] = [
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
    ];
    starts
        .into_iter()
        .find(|(start, _)| bytes.starts_with(start))
        .map(|(_, media_type)| media_type)
}

#[cfg(test)]
mod tests;
