//! The folders in a folder that a rotation makes, and which of them is written to.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::OpenError;
use crate::folder::Folder;
use crate::keeper::Keeper;
use crate::parts::{UNFINISHED, number, numbered};
use crate::rotation::Rotation;

/// The folders that a rotation makes: the last is written to, the others are closed.
#[derive(Debug)]
pub(super) struct Drawers {
    rotation: Rotation,
    /// The number of the one that is written to.
    number: u64,
    /// What it holds.
    bytes: u64,
    since: Option<Instant>,
    keeper: Keeper,
}

impl Drawers {
    /// Opens the last one, or makes the first.
    pub(super) fn open(
        root: &Arc<dyn Folder>,
        rotation: Rotation,
        keeper: impl FnOnce(Box<dyn FnMut() + Send>) -> io::Result<Keeper>,
    ) -> Result<(Self, Arc<dyn Folder>), OpenError> {
        let path = root.path_of("");
        let failed = |source| OpenError::new(&path, source);
        let number = numbers(&**root).map_err(failed)?.pop().unwrap_or(1);
        let live = root.folder(&numbered(number));
        live.make().map_err(failed)?;
        root.sync().map_err(failed)?;
        let files = live.files().map_err(failed)?;
        let tended = Arc::clone(root);
        let keeper = keeper(Box::new(move || tend(&*tended, &rotation)));
        let drawers = Self {
            rotation,
            number,
            bytes: files.iter().map(|(_, length)| length).sum(),
            since: (!files.is_empty()).then(Instant::now),
            keeper: keeper.map_err(failed)?,
        };
        Ok((drawers, live))
    }

    /// Whether the one that is written to is full when so many bytes are to come.
    pub(super) fn is_due(&self, more: u64) -> bool {
        let is_full = |most| self.bytes + more > most;
        let is_old = |every| self.since.is_some_and(|since| since.elapsed() >= every);
        self.bytes > 0
            && (self.rotation.part_bytes().is_some_and(is_full)
                || self.rotation.every.is_some_and(is_old))
    }

    /// So many bytes were written.
    pub(super) fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.since.get_or_insert_with(Instant::now);
    }

    /// Makes the next one; the one that was written to is closed.
    pub(super) fn turn(&mut self, root: &dyn Folder) -> io::Result<Arc<dyn Folder>> {
        let live = root.folder(&numbered(self.number + 1));
        live.make()?;
        root.sync()?;
        self.number += 1;
        self.bytes = 0;
        self.since = None;
        self.keeper.rouse();
        Ok(live)
    }
}

/// The numbers of those that are there, in order.
pub(super) fn numbers(root: &dyn Folder) -> io::Result<Vec<u64>> {
    let folders = root.folders()?;
    let mut numbers: Vec<u64> = folders.iter().filter_map(|name| number(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Removes what a removal has left that did not come to its end.
pub(super) fn tidy(root: &dyn Folder) -> io::Result<()> {
    for name in root.folders()? {
        if name.starts_with('.') && name.ends_with(UNFINISHED) {
            root.remove_folder(&name)?;
        }
    }
    Ok(())
}

fn tend(root: &dyn Folder, rotation: &Rotation) {
    let Some(most) = rotation.closed_bytes() else {
        return;
    };
    if let Err(error) = remove_beyond(root, most) {
        let folder = root.path_of("");
        tracing::warn!(folder = %folder.display(), %error, "old folders cannot be removed");
    }
}

fn remove_beyond(root: &dyn Folder, most: u64) -> io::Result<()> {
    let mut closed = numbers(root)?;
    closed.pop();
    let mut folders = Vec::new();
    for number in closed {
        let name = numbered(number);
        let files = root.folder(&name).files()?;
        let bytes: u64 = files.iter().map(|(_, length)| length).sum();
        folders.push((name, bytes));
    }
    let mut bytes: u64 = folders.iter().map(|(_, bytes)| bytes).sum();
    for (name, its_bytes) in folders {
        if bytes <= most {
            break;
        }
        let path = root.path_of(&name);
        tracing::info!(folder = %path.display(), "the oldest folder is removed");
        // It is gone as a whole, and then piece by piece.
        let hidden = format!(".{name}{UNFINISHED}");
        root.rename(&name, &hidden)?;
        root.remove_folder(&hidden)?;
        bytes -= its_bytes;
    }
    Ok(())
}
