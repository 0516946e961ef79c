//! Files that are there as a whole, whatever happens.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, Result};

/// Puts a file in place of what was there, so that after a crash it is the one or the other, and durable.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<()> {
    write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let mut file = File::create(&part)?;
    let written = file
        .write_all(content)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&part, path));
    if let Err(error) = written {
        // The error says enough: what is left over does no harm.
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    // Not every file system can make a name durable, and then its names need no more.
    if let Some(Ok(folder)) = path.parent().map(|folder| File::open(folder.join("."))) {
        let _ = folder.sync_all();
    }
    Ok(())
}
