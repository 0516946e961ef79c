//! The mark of a folder whose records have their names and may not be durable.
//!
//! It is made before the first of them and taken away once all are durable. So whoever finds it after a process was killed makes
//! them durable before it takes them for done. After a power failure it says nothing: what is there then is durable.

use std::io;

use super::waiting;
use crate::folder::Folder;

/// What it is called.
pub(super) const MARK: &str = ".creel-unsynced";

pub(super) fn mark(folder: &dyn Folder) -> io::Result<()> {
    folder.open(MARK).map(|mut mark| mark.release())
}

pub(super) fn unmark(folder: &dyn Folder) -> io::Result<()> {
    if_there(folder.remove(MARK))
}

/// Makes all records in a folder durable if it is marked, and takes the mark away; a folder that is gone needs nothing.
pub(super) fn settle(folder: &dyn Folder) -> io::Result<()> {
    match folder.read(MARK) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        mark => mark?,
    };
    if_there(waiting::sync_all(folder))?;
    if_there(folder.sync())?;
    unmark(folder)
}

fn if_there(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}
