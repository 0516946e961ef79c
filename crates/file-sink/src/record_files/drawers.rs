//! The folders in a folder that a rotation makes, and which of them is written to.
//!
//! Each has a marker in it: a folder without one is somebody else's, whatever it is called. Of a folder that is removed
//! the files of records go, and what somebody has put beside them stays.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::cabinet::Naming;
use super::{names, unsynced};
use crate::OpenError;
use crate::folder::Folder;
use crate::keeper::{Keeper, Tend};
use crate::parts::{self, number, numbered};
use crate::rotation::{Rotation, ago};

/// Stands in each folder that a rotation has made.
pub(super) const MARKER: &str = ".creel-folder";

/// The folders that a rotation makes: the last is written to, the others are closed.
#[derive(Debug)]
pub(super) struct Drawers {
    rotation: Rotation,
    /// The number of the one that is written to.
    number: u64,
    /// What it holds.
    bytes: u64,
    /// When its first record was written.
    since: Option<Instant>,
    /// Those that were closed before all in them was durable, oldest first; the keeper makes it so.
    unsettled: Arc<Unsettled>,
    keeper: Keeper,
}

/// Folders that are closed, and whose records may not be durable.
#[derive(Debug, Default)]
struct Unsettled {
    folders: Mutex<VecDeque<Arc<dyn Folder>>>,
    /// It could not be done once: the system tells of that a single time, and another attempt would seem to have made up for it.
    has_failed: AtomicBool,
}

impl Drawers {
    /// Opens the last one, or makes the first.
    pub(super) fn open(
        root: &Arc<dyn Folder>,
        rotation: Rotation,
        keeper: impl FnOnce(Tend) -> io::Result<Keeper>,
    ) -> Result<(Self, Arc<dyn Folder>), OpenError> {
        let path = root.path_of("");
        let failed = |source| OpenError::new(&path, source);
        let last = numbers(&**root).map_err(failed)?.pop();
        let number = last.map_or_else(|| make_behind(&**root, 0, Naming::OnceDurable), Ok);
        let number = number.map_err(failed)?;
        let live = root.folder(&numbered(number));
        let files = names::of_records(live.files().map_err(failed)?);
        // A file begins to be a record's when it is made.
        let oldest = files.iter().map(|(file, _)| live.age(file)).max();
        let tended = Arc::clone(root);
        let unsettled = Arc::<Unsettled>::default();
        let keeper = keeper({
            let unsettled = Arc::clone(&unsettled);
            Box::new(move |_| {
                tend(&*tended, &rotation);
                if let Err(error) = unsettled.settle() {
                    let folder = tended.path_of("");
                    let what = "closed folders could not be made durable; the records of this run cannot be";
                    tracing::warn!(folder = %folder.display(), %error, "{what}");
                }
            })
        });
        let drawers = Self {
            rotation,
            number,
            bytes: files.iter().map(|(_, length)| length).sum(),
            since: oldest.map(ago),
            unsettled,
            keeper: keeper.map_err(failed)?,
        };
        Ok((drawers, live))
    }

    /// Whether the one that is written to is full when so many bytes are to come.
    pub(super) fn is_due(&self, more: u64) -> bool {
        let now = Instant::now();
        self.rotation.is_due(self.bytes, more, self.since, now)
    }

    /// So many bytes were written.
    pub(super) fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.since.get_or_insert_with(Instant::now);
    }

    /// Makes the next one; the one that was written to is closed, and durable if files are named once they are.
    pub(super) fn turn(
        &mut self,
        root: &dyn Folder,
        naming: Naming,
    ) -> io::Result<Arc<dyn Folder>> {
        let next = make_behind(root, self.number, naming)?;
        if naming == Naming::AtOnce {
            self.unsettled.push(root.folder(&numbered(self.number)));
        }
        self.number = next;
        self.bytes = 0;
        self.since = None;
        self.keeper.rouse();
        Ok(root.folder(&numbered(self.number)))
    }

    /// Makes those durable that were closed before they were, and the names of all.
    pub(super) fn settle(&self, root: &dyn Folder, naming: Naming) -> io::Result<()> {
        if naming == Naming::OnceDurable {
            return Ok(());
        }
        self.unsettled.settle()?;
        root.sync()
    }
}

impl Unsettled {
    fn push(&self, folder: Arc<dyn Folder>) {
        self.lock().push_back(folder);
    }

    /// Blocks for the disk, and holds nobody up who adds another one meanwhile.
    fn settle(&self) -> io::Result<()> {
        if self.has_failed.load(Ordering::Relaxed) {
            return Err(io::Error::other("it could not be done before"));
        }
        while let Some(folder) = self.first() {
            unsynced::settle(&*folder)
                .inspect_err(|_| self.has_failed.store(true, Ordering::Relaxed))?;
            let mut folders = self.lock();
            // Somebody else may have done the same.
            folders.retain(|other| !Arc::ptr_eq(other, &folder));
        }
        Ok(())
    }

    fn first(&self) -> Option<Arc<dyn Folder>> {
        self.lock().front().map(Arc::clone)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<dyn Folder>>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The numbers of those that are there, in order.
pub(super) fn numbers(root: &dyn Folder) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for name in root.folders()? {
        if let Some(number) = number(&name)
            && is_ours(&*root.folder(&name))?
        {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn is_ours(folder: &dyn Folder) -> io::Result<bool> {
    match folder.read(MARKER) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        marker => marker.map(|_| true),
    }
}

/// Makes the next one behind a number, where nothing stands yet; gives its number.
fn make_behind(root: &dyn Folder, mut number: u64, naming: Naming) -> io::Result<u64> {
    loop {
        number = parts::next(number)?;
        let folder = root.folder(&numbered(number));
        match folder.make() {
            // Somebody else's file.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            made => made?,
        }
        // An earlier attempt may have come so far.
        let is_free = folder.files()?.iter().all(|(name, _)| name == MARKER);
        if is_free && folder.folders()?.is_empty() {
            folder.open(MARKER)?.release();
            if naming == Naming::OnceDurable {
                folder.sync()?;
                root.sync()?;
            }
            return Ok(number);
        }
    }
}

/// The names of those that are called like ours, have records in them, and are not marked as ours.
pub(super) fn unmarked(root: &dyn Folder) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for name in root.folders()? {
        let folder = root.folder(&name);
        if number(&name).is_some()
            && !is_ours(&*folder)?
            && !names::of_records(folder.files()?).is_empty()
        {
            names.push(name);
        }
    }
    Ok(names)
}

/// Removes what a removal has left that did not come to its end.
pub(super) fn tidy(root: &dyn Folder) -> io::Result<()> {
    for name in root.folders()? {
        if let Some(name) = names::of_unfinished(&name)
            && number(name).is_some()
        {
            remove_hidden(root, name)?;
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
        let files = names::of_records(root.folder(&name).files()?);
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
        // It is gone as a whole, durably, and then piece by piece: nothing of it comes back without the rest.
        root.rename(&name, &hidden(&name))?;
        root.sync()?;
        remove_hidden(root, &name)?;
        bytes -= its_bytes;
    }
    Ok(())
}

/// What one is called while it is removed.
fn hidden(name: &str) -> String {
    names::unfinished(name)
}

/// Removes what is ours of one that is hidden; if there is more in it, that stays under the name that the folder had.
fn remove_hidden(root: &dyn Folder, name: &str) -> io::Result<()> {
    let hidden = hidden(name);
    let folder = root.folder(&hidden);
    if is_ours(&*folder)? {
        for (file, _) in names::of_records(folder.files()?) {
            folder.remove(&file)?;
        }
        unsynced::unmark(&*folder)?;
        folder.remove(MARKER)?;
    }
    match root.remove_folder(&hidden) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
            let path = root.path_of(name);
            tracing::warn!(folder = %path.display(), "somebody else's files are in an old folder: they stay");
            root.rename(&hidden, name)
        }
        removed => removed,
    }
}
