//! What a crash leaves in a folder, and what is made of it.
//!
//! Files are written under hidden names, made durable together, and then named in order, each picture before its document.
//! So a hidden document whose picture has its name was made durable before, and gets its name as well; all other
//! hidden files are of records that nobody was promised, and go.

use std::collections::BTreeSet;
use std::io::{self, Read};

use serde::de::IgnoredAny;

use super::names::{self, stem};
use crate::folder::Folder;

/// Makes a folder whole; gives the number of records that were there in part.
pub(super) fn clear(folder: &dyn Folder) -> io::Result<u64> {
    let files: BTreeSet<String> = folder.files()?.into_iter().map(|(name, _)| name).collect();
    let hidden: Vec<&str> = files
        .iter()
        .filter_map(|file| names::of_unfinished(file))
        .collect();
    let mut torn = BTreeSet::new();
    for file in &hidden {
        let unfinished = names::unfinished(file);
        let Some(name) = names::of_document(file) else {
            torn.insert(stem(file).to_owned());
            folder.remove(&unfinished)?;
            continue;
        };
        let is_picture = |file: &str| stem(file) == name && names::of_document(file).is_none();
        let is_hidden = hidden.iter().any(|file| is_picture(file));
        let mut beside = files
            .range(format!("{name}.")..)
            .take_while(|file| file.starts_with(name));
        let picture = beside.find(|file| is_picture(file));
        if let Some(picture) = picture.filter(|_| !is_hidden) {
            if is_whole(folder, &unfinished)? {
                // The picture may be that of a record which this one was to replace, in no flush yet.
                folder.sync_file(&unfinished)?;
                folder.rename(&unfinished, file)?;
                continue;
            }
            if !files.contains(*file) {
                folder.remove(picture)?;
            }
        }
        torn.insert(name.to_owned());
        folder.remove(&unfinished)?;
    }
    // What a killed process has named may not be durable yet, but it will be taken as done.
    folder.sync()?;
    Ok(torn.len() as u64)
}

/// Whether a file holds a JSON document from its beginning to its end.
fn is_whole(folder: &dyn Folder, file: &str) -> io::Result<bool> {
    let mut document = Vec::new();
    folder.read(file)?.read_to_end(&mut document)?;
    Ok(serde_json::from_slice::<IgnoredAny>(&document).is_ok())
}
