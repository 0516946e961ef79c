//! What the files of a record are called.

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
}
