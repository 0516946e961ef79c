//! A disk in memory that can be full, be left in the middle of a change, and lose power.

mod platter;

use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::folder::{Bytes, Folder, Medium};
use platter::{Content, Names, Node, Platter, ROOT, Renaming, Survivors};

/// A folder on a disk in memory; clones are the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    platter: Arc<Mutex<Platter>>,
    /// In front of the names of what is in a folder that is not the first.
    prefix: String,
}

impl Memory {
    /// Lets so many changes happen, of the next only a part, and none after.
    pub(crate) fn crash_after(&self, changes: usize) {
        self.lock().changes_left = Some(changes);
    }

    /// How often something was made durable.
    pub(crate) fn syncs(&self) -> usize {
        self.lock().syncs
    }

    /// Fails the next time that a file is to be made durable, and tells of that once, as Linux does.
    pub(crate) fn fail_sync(&self) {
        self.lock().fails_to_sync = true;
    }

    pub(crate) fn has_crashed(&self) -> bool {
        self.lock().changes_left == Some(0)
    }

    pub(crate) fn set_room(&self, room: Option<u64>) {
        self.lock().room = room;
    }

    /// Lets all files be so old.
    pub(crate) fn set_age(&self, age: Duration) {
        self.lock().age = age;
    }

    /// Has no room for this name, which is the last part of one.
    pub(crate) fn refuse(&self, name: Option<&str>) {
        self.lock().refused = name.map(str::to_owned);
    }

    /// The disk as another process finds it after the one that used it was killed.
    pub(crate) fn after_kill(&self) -> Self {
        let mut platter = self.lock().clone();
        platter.changes_left = None;
        Self::of(platter)
    }

    /// The disk as it may be after the machine went down: what was made durable is there, of the rest a part may be.
    ///
    /// Of what was done to the names in a folder a beginning is there, as where the file system has a journal.
    pub(crate) fn after_power_loss(&self, seed: u64) -> Self {
        self.after_loss(seed, Survivors::Beginning)
    }

    /// The same, where any of what was done to names may be there.
    pub(crate) fn after_power_loss_without_journal(&self, seed: u64) -> Self {
        self.after_loss(seed, Survivors::Any)
    }

    fn after_loss(&self, seed: u64, survivors: Survivors) -> Self {
        let disk = self.after_kill();
        disk.lock().lose_power(seed, survivors);
        disk
    }

    pub(crate) fn content(&self, path: &str) -> Option<Vec<u8>> {
        let platter = self.lock();
        match platter.find(&self.named(path)) {
            Ok(Node::File(number)) => Some(platter.files[number].bytes.clone()),
            _ => None,
        }
    }

    /// The paths of all files.
    pub(crate) fn names(&self) -> Vec<String> {
        let paths = self.lock().paths(ROOT);
        paths.into_iter().map(|(path, _)| path).collect()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.lock().bytes()
    }

    fn of(platter: Platter) -> Self {
        Self {
            platter: Arc::new(Mutex::new(platter)),
            prefix: String::new(),
        }
    }

    fn named(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn lock(&self) -> MutexGuard<'_, Platter> {
        self.platter.lock().unwrap()
    }

    /// The number of the folder that this is.
    fn number(&self, platter: &Platter) -> io::Result<usize> {
        match platter.find(&self.prefix)? {
            Node::Folder(number) => Ok(number),
            Node::File(_) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// The number of a file in it.
    fn file(&self, name: &str) -> io::Result<usize> {
        match self.lock().find(&self.named(name))? {
            Node::File(number) => Ok(number),
            Node::Folder(_) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    /// Does something to a name that is there.
    fn change(&self, name: &str, renaming: Renaming) -> io::Result<()> {
        let mut platter = self.lock();
        let folder = self.number(&platter)?;
        platter.folders[folder].find(name)?;
        platter.rename(folder, renaming)
    }

    fn handle(&self, number: usize) -> Handle {
        Handle {
            disk: self.clone(),
            number,
        }
    }
}

impl Folder for Memory {
    fn files(&self) -> io::Result<Vec<(String, u64)>> {
        let platter = self.lock();
        let names = platter.folders[self.number(&platter)?].given.iter();
        let files = names.filter_map(|(name, node)| match node {
            Node::File(number) => Some((name.clone(), platter.files[*number].length())),
            Node::Folder(_) => None,
        });
        Ok(files.collect())
    }

    fn folders(&self) -> io::Result<Vec<String>> {
        let platter = self.lock();
        let names = platter.folders[self.number(&platter)?].given.iter();
        let folders = names.filter(|(_, node)| matches!(node, Node::Folder(_)));
        Ok(folders.map(|(name, _)| name.clone()).collect())
    }

    fn folder(&self, name: &str) -> Arc<dyn Folder> {
        Arc::new(Self {
            platter: Arc::clone(&self.platter),
            prefix: format!("{}{name}/", self.prefix),
        })
    }

    fn make(&self) -> io::Result<()> {
        let mut platter = self.lock();
        match platter.find(&self.prefix) {
            Ok(Node::Folder(_)) => return Ok(()),
            Ok(Node::File(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => {}
        }
        let path = self.prefix.trim_end_matches('/');
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let Node::Folder(parent) = platter.find(parent)? else {
            return Err(io::ErrorKind::NotADirectory.into());
        };
        let node = Node::Folder(platter.folders.len());
        platter.rename(parent, Renaming::Give(name.to_owned(), node))?;
        platter.folders.push(Names::default());
        Ok(())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Medium>> {
        match self.file(name) {
            Ok(number) => Ok(Box::new(self.handle(number))),
            Err(_) => self.create(name),
        }
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Medium>> {
        let mut platter = self.lock();
        let folder = self.number(&platter)?;
        if platter.folders[folder].find(name).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let number = platter.files.len();
        platter.rename(folder, Renaming::Give(name.to_owned(), Node::File(number)))?;
        platter.files.push(Content::default());
        Ok(Box::new(self.handle(number)))
    }

    fn read(&self, name: &str) -> io::Result<Box<dyn Bytes>> {
        let number = self.file(name)?;
        Ok(Box::new(Reading {
            disk: self.clone(),
            number,
            at: 0,
        }))
    }

    fn sync_file(&self, name: &str) -> io::Result<()> {
        let number = self.file(name)?;
        self.handle(number).sync()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        if self.lock().refused.as_deref() == Some(to) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.change(from, Renaming::Move(from.to_owned(), to.to_owned()))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.file(name)?;
        self.change(name, Renaming::Take(name.to_owned()))
    }

    fn remove_folder(&self, name: &str) -> io::Result<()> {
        let inside = Self {
            platter: Arc::clone(&self.platter),
            prefix: format!("{}/", self.named(name)),
        };
        if !inside.files()?.is_empty() || !inside.folders()?.is_empty() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        self.change(name, Renaming::Take(name.to_owned()))
    }

    fn sync(&self) -> io::Result<()> {
        let mut platter = self.lock();
        let folder = self.number(&platter)?;
        platter.change()?;
        platter.folders[folder].sync();
        platter.syncs += 1;
        Ok(())
    }

    fn age(&self, _: &str) -> Duration {
        self.lock().age
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.named(name).into()
    }
}

#[derive(Debug)]
struct Handle {
    disk: Memory,
    number: usize,
}

impl Medium for Handle {
    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.lock().files[self.number].length())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut platter = self.disk.lock();
        let was_alive = platter.changes_left != Some(0);
        let outcome = platter.change();
        let room = platter
            .room
            .map(|room| room.saturating_sub(platter.bytes()));
        let mut taken = room.map_or(bytes.len(), |room| bytes.len().min(room as usize));
        if outcome.is_err() {
            taken = if was_alive {
                platter.random.below(taken + 1)
            } else {
                0
            };
        }
        platter.files[self.number].bytes.extend(&bytes[..taken]);
        outcome?;
        if taken == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(taken)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let mut platter = self.disk.lock();
        platter.change()?;
        platter.files[self.number].bytes.truncate(length as usize);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut platter = self.disk.lock();
        platter.change()?;
        if std::mem::take(&mut platter.fails_to_sync) {
            return Err(io::Error::other("the disk is broken"));
        }
        platter.files[self.number].sync();
        platter.syncs += 1;
        Ok(())
    }

    fn release(&mut self) {}
}

#[derive(Debug)]
struct Reading {
    disk: Memory,
    number: usize,
    at: u64,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let platter = self.disk.lock();
        let mut rest = platter.files[self.number]
            .bytes
            .get(self.at as usize..)
            .unwrap_or_default();
        let read = rest.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Reading {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if let SeekFrom::Start(at) = to {
            self.at = at;
        }
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What may be there after a power failure, each once.
    fn survivors(disk: &Memory, lose: fn(&Memory, u64) -> Memory) -> Vec<Vec<String>> {
        let mut survivors: Vec<_> = (0..64).map(|seed| lose(disk, seed).names()).collect();
        survivors.sort();
        survivors.dedup();
        survivors
    }

    #[test]
    fn a_sync_of_a_folder_makes_its_names_durable_and_no_others() {
        let disk = Memory::default();
        let folder = disk.folder("a");
        folder.make().unwrap();
        folder.create("x").unwrap();
        let there = vec!["a/x".to_owned()];
        folder.sync().unwrap();
        assert_eq!(
            survivors(&disk, Memory::after_power_loss),
            [vec![], there.clone()]
        );
        disk.sync().unwrap();
        assert_eq!(survivors(&disk, Memory::after_power_loss), [there]);
    }

    #[test]
    fn without_a_journal_any_change_of_names_may_be_lost_and_with_one_the_last() {
        let disk = Memory::default();
        for name in ["x", "y"] {
            disk.create(name).unwrap();
        }
        assert_eq!(survivors(&disk, Memory::after_power_loss).len(), 3);
        let any = survivors(&disk, Memory::after_power_loss_without_journal);
        assert_eq!(any.len(), 4);
    }
}
