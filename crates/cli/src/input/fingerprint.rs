//! What an input is known again by.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::Input;
use super::format::Format;
use super::pictures::Walk;

/// What an input is known again by in a later run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint {
    /// Where it was, for people: an input that was moved is the same one.
    pub(crate) path: PathBuf,
    /// How many bytes it has, over all files.
    pub(crate) bytes: u64,
    /// How many items it has, about: a row of several lines counts for each.
    pub(crate) items: u64,
    /// When a file was changed last. As long as that stays, its content is not read to know it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) modified: Option<Timestamp>,
    /// Of the whole content of a file; of the names and lengths of pictures.
    pub(crate) hash: String,
}

impl Fingerprint {
    /// Takes the fingerprint of an input, unless it is as it was; a stream has none.
    ///
    /// It reads a file as a whole, and blocks as long as that takes.
    pub(crate) fn take(input: &Input, known: Option<&Self>) -> Result<Option<Self>> {
        let [path, ..] = input.paths() else {
            return Ok(None);
        };
        let taken = match input.format() {
            Some(Format::Images) => of_pictures(input.paths()).map(Some),
            format => of_file(path, format, known),
        };
        taken.with_context(|| format!("cannot read {}", input.name()))
    }

    /// In which way another input is not this one.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let path = self.path.display();
        if self.bytes != other.bytes {
            return Some(format!(
                "its input {path} had {} bytes, and {} has {}",
                self.bytes,
                other.path.display(),
                other.bytes
            ));
        }
        (self.hash != other.hash).then(|| {
            format!(
                "its input {path} had another content than {}",
                other.path.display()
            )
        })
    }
}

fn of_file(
    path: &Path,
    format: Option<Format>,
    known: Option<&Fingerprint>,
) -> io::Result<Option<Fingerprint>> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let path = fs::canonicalize(path)?;
    let modified = modified(&metadata);
    let is_known = |known: &&Fingerprint| {
        modified.is_some()
            && (&known.path, known.bytes, known.modified) == (&path, metadata.len(), modified)
    };
    if let Some(known) = known.filter(is_known) {
        return Ok(Some(known.clone()));
    }
    let mut hash = Xxh3::new();
    let mut block = vec![0; 1 << 20];
    let (mut bytes, mut lines, mut last) = (0, 0, b'\n');
    loop {
        let block = match file.read(&mut block) {
            Ok(0) => break,
            Ok(count) => &block[..count],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(block);
        bytes += block.len() as u64;
        lines += block.iter().filter(|&&byte| byte == b'\n').count() as u64;
        last = block[block.len() - 1];
    }
    lines += u64::from(last != b'\n');
    Ok(Some(Fingerprint {
        path,
        bytes,
        items: match format {
            Some(Format::Csv) => lines.saturating_sub(1),
            _ => lines,
        },
        modified,
        hash: format!("{:016x}", hash.digest()),
    }))
}

fn of_pictures(roots: &[PathBuf]) -> io::Result<Fingerprint> {
    let mut hash = Xxh3::new();
    let (mut bytes, mut items) = (0, 0);
    for found in Walk::through(roots.to_vec()) {
        items += 1;
        // What cannot be looked at is an item too, which fails.
        let Ok(found) = found else { continue };
        hash.update(found.id.as_bytes());
        hash.update(&[0]);
        hash.update(&found.length.unwrap_or(0).to_le_bytes());
        bytes += found.length.unwrap_or(0);
    }
    Ok(Fingerprint {
        path: fs::canonicalize(&roots[0])?,
        bytes,
        items,
        modified: None,
        hash: format!("{:016x}", hash.digest()),
    })
}

fn modified(metadata: &Metadata) -> Option<Timestamp> {
    metadata.modified().ok()?.try_into().ok()
}
