//! A number of bytes.

use std::fmt;
use std::str::FromStr;

/// A number of bytes, such as `512M` or `4G`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) u64);

/// A text that says no number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoBytes;

impl fmt::Display for NoBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a number of bytes above zero, or of KiB, MiB, GiB or TiB as in 512K, 512M, 4G, 1T",
        )
    }
}

impl std::error::Error for NoBytes {}

impl FromStr for Bytes {
    type Err = NoBytes;

    fn from_str(text: &str) -> Result<Self, NoBytes> {
        let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
        let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
            "" | "B" => 0,
            "K" | "KB" | "KIB" => 10,
            "M" | "MB" | "MIB" => 20,
            "G" | "GB" | "GIB" => 30,
            "T" | "TB" | "TIB" => 40,
            _ => return Err(NoBytes),
        };
        let number: u64 = digits.parse().map_err(|_| NoBytes)?;
        let bytes = number.checked_mul(1 << shift).ok_or(NoBytes)?;
        if bytes == 0 {
            Err(NoBytes)
        } else {
            Ok(Self(bytes))
        }
    }
}
