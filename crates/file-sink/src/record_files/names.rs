//! What the files of a record are called.

use std::collections::BTreeSet;

use crate::parts::UNFINISHED;

/// What the name of a document ends with.
const DOCUMENT: &str = ".json";
/// Bytes that a name has at most, in front of its extension and of what marks it as unfinished.
const NAME_BYTES_MAX: usize = 200;

/// The name of a record in file names: letters that they had better not have are written as `%2F`.
///
/// None for a name that no file could have.
pub(super) fn escaped(name: &str) -> Option<String> {
    let mut escaped = String::with_capacity(name.len());
    for (place, byte) in name.bytes().enumerate() {
        // A name that begins with a point is hidden.
        let is_plain = byte.is_ascii_alphanumeric()
            || byte == b'-'
            || byte == b'_'
            || (byte == b'.' && place > 0);
        if is_plain {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    (!escaped.is_empty() && escaped.len() <= NAME_BYTES_MAX).then_some(escaped)
}

/// The name that was escaped like this; the text itself if none was.
pub(super) fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|code| str::from_utf8(code).ok())
            .and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

pub(super) fn document(name: &str) -> String {
    format!("{name}{DOCUMENT}")
}

pub(super) fn picture(name: &str, extension: &str) -> String {
    format!("{name}.{extension}")
}

/// The record that a file of this name is the document of.
pub(super) fn of_document(file: &str) -> Option<&str> {
    let name = file.strip_suffix(DOCUMENT)?;
    (!name.is_empty() && !name.starts_with('.')).then_some(name)
}

/// What a file is called until it has its name.
pub(super) fn unfinished(file: &str) -> String {
    format!(".{file}{UNFINISHED}")
}

/// The name that an unfinished file is to have.
pub(super) fn of_unfinished(file: &str) -> Option<&str> {
    file.strip_prefix('.')?.strip_suffix(UNFINISHED)
}

/// The name in front of its last extension.
pub(super) fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// Those of a folder's files that are of records, with their lengths: each document behind what stands beside it.
pub(super) fn of_records(files: Vec<(String, u64)>) -> Vec<(String, u64)> {
    let documents = files.iter().filter_map(|(file, _)| of_document(file));
    let documents: BTreeSet<String> = documents.map(str::to_owned).collect();
    let mut ours = files;
    ours.retain(|(file, _)| of_unfinished(file).is_some() || documents.contains(stem(file)));
    ours.sort_by_key(|(file, _)| of_document(file).is_some());
    ours
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_name_comes_back_from_a_name_that_any_file_may_have(name in ".{1,40}") {
            if let Some(escaped) = escaped(&name) {
                prop_assert!(!escaped.starts_with('.'));
                prop_assert!(!escaped.contains(['/', '\\', '\0', ':']));
                prop_assert_eq!(unescaped(&escaped), name);
            }
        }
    }

    #[test]
    fn a_name_that_no_file_can_have_is_none() {
        assert_eq!(escaped(""), None);
        assert_eq!(escaped(&"x".repeat(201)), None);
        assert_eq!(escaped("../a").as_deref(), Some("%2E.%2Fa"));
    }

    #[test]
    fn a_file_without_a_document_beside_it_is_of_no_record() {
        let files = [
            ".3.jpg.creel-part",
            "1.json",
            "1.jpg",
            "2.json",
            "3.jpg",
            "notes",
            ".x",
        ];
        let files = files.map(|file| (file.to_owned(), 7)).to_vec();
        let ours = of_records(files).into_iter().map(|(file, _)| file);
        let ours: Vec<_> = ours.collect();
        assert_eq!(ours, [".3.jpg.creel-part", "1.jpg", "1.json", "2.json"]);
    }
}
