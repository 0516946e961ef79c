//! A record that was written, on its way to its names.

use std::io;

use super::names;
use crate::folder::Folder;

/// The files of a record, the document the last, and how many of them have their names.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    files: Vec<String>,
    named: usize,
}

impl Waiting {
    /// Writes a file under its hidden name.
    pub(super) fn put(
        &mut self,
        folder: &dyn Folder,
        file: String,
        bytes: &[u8],
    ) -> io::Result<()> {
        let unfinished = names::unfinished(&file);
        self.files.push(file);
        let mut medium = match folder.create(&unfinished) {
            // A failed write could not take it away.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                folder.remove(&unfinished)?;
                folder.create(&unfinished)?
            }
            made => made?,
        };
        medium.write_all(bytes)
    }

    /// Makes what is in the files durable, whatever they are called.
    pub(super) fn sync(&self, folder: &dyn Folder) -> io::Result<()> {
        let (named, hidden) = self.files.split_at(self.named);
        named.iter().try_for_each(|file| sync_named(folder, file))?;
        let mut hidden = hidden.iter().map(|file| names::unfinished(file));
        hidden.try_for_each(|file| folder.sync_file(&file))
    }

    /// Gives the files their names; goes on where an earlier attempt has stopped.
    pub(super) fn name(&mut self, folder: &dyn Folder) -> io::Result<()> {
        while let Some(file) = self.files.get(self.named) {
            folder.rename(&names::unfinished(file), file)?;
            self.named += 1;
        }
        Ok(())
    }

    /// Takes away what is there of the record; what cannot be is removed at the next start.
    pub(super) fn take_back(self, folder: &dyn Folder) {
        let (named, hidden) = self.files.split_at(self.named);
        for file in hidden {
            let _ = folder.remove(&names::unfinished(file));
        }
        // Where it was to replace a record, that one keeps a picture.
        let is_replacing = |document| folder.read(document).is_ok();
        if self
            .document()
            .is_some_and(|document| !is_replacing(document))
        {
            for file in named {
                let _ = folder.remove(file);
            }
        }
    }

    pub(super) fn document(&self) -> Option<&String> {
        self.files.last()
    }
}

/// Makes all records in a folder durable that have their names.
pub(super) fn sync_all(folder: &dyn Folder) -> io::Result<()> {
    let files = names::of_records(folder.files()?);
    let named = files
        .iter()
        .filter(|(file, _)| names::of_unfinished(file).is_none());
    named
        .map(|(file, _)| file)
        .try_for_each(|file| sync_named(folder, file))
}

fn sync_named(folder: &dyn Folder, file: &str) -> io::Result<()> {
    match folder.sync_file(file) {
        // Somebody has taken it away.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        synced => synced,
    }
}
