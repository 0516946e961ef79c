//! Records as files of their own, with the pictures that they are of or without.

use std::path::Path;

use creel_core::BoxError;
use creel_file_sink::{Leaf, OpenError, Picture, RecordFiles};
use creel_protocols::Image;

use crate::arguments::{Keeping, SyncWhen};
use crate::record::{Key, Record};

/// Letters of an id that stand in a file's name.
const ID_LETTERS: usize = 40;

/// Opens a folder that gets a document for each record.
pub(crate) fn answers(path: &Path, keeping: &Keeping) -> Result<RecordFiles<Record>, OpenError> {
    open(path, keeping, |record| leaf(record, None))
}

/// Opens a folder that gets each picture, and its record beside it.
pub(crate) fn frames(path: &Path, keeping: &Keeping) -> Result<RecordFiles<Record>, OpenError> {
    open(path, keeping, |record| {
        leaf(record, record.picture.as_ref())
    })
}

fn open(
    path: &Path,
    keeping: &Keeping,
    compose: fn(&Record) -> Result<Leaf<'_>, BoxError>,
) -> Result<RecordFiles<Record>, OpenError> {
    let mut files = RecordFiles::open(path, compose)?;
    files.rotate(keeping.rotation())?;
    Ok(match keeping.sync {
        SyncWhen::Never => files.named_at_once(),
        SyncWhen::Every(_) | SyncWhen::Each => files,
    })
}

fn leaf<'a>(record: &Record, picture: Option<&'a Image>) -> Result<Leaf<'a>, BoxError> {
    let mut document = match record.reply() {
        Some(reply) => serde_json::to_vec(&reply)?,
        None => serde_json::to_vec(record)?,
    };
    document.push(b'\n');
    Ok(Leaf {
        name: name(&record.key),
        document,
        picture: picture.map(|Image { media_type, bytes }| Picture {
            extension: extension(media_type),
            bytes,
        }),
    })
}

/// What the files of a record are called, so that their names sort as the records came.
fn name(key: &Key) -> String {
    match key {
        Key::Frame {
            run, camera, frame, ..
        } => format!("{run}-{}-{frame:09}", start(camera)),
        Key::Item { index, id } => format!("{index:09}-{}", start(&id.to_string())),
        Key::Request { index, custom_id } => format!("{index:09}-{}", start(custom_id)),
    }
}

/// The first letters, as long as they stand for themselves.
fn start(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    text.chars()
        .take(ID_LETTERS)
        .map(|letter| if is_plain(letter) { letter } else { '_' })
        .collect()
}

/// What the name of a picture of this type ends with.
fn extension(media_type: &str) -> &str {
    match media_type {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/bmp" => "bmp",
        "image/tiff" => "tiff",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Id;

    #[test]
    fn names_sort_as_items_come_and_hold_what_a_name_may() {
        let named = |index, id: &str| {
            name(&Key::Item {
                index,
                id: Id::Text(id.into()),
            })
        };
        assert_eq!(named(7, "a/b ü"), "000000007-a_b__");
        assert!(named(9, "z") < named(10, "a"));
        assert!(named(0, &"x".repeat(500)).len() < 100);
    }
}
