//! A disk in memory that can be full, be left in the middle of a change, and lose power.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::folder::{Bytes, Folder, Medium};

/// A folder on a disk in memory; clones are the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    platter: Arc<Mutex<Platter>>,
    /// In front of the names of what is in a folder that is not the first.
    prefix: String,
}

#[derive(Clone, Debug, Default)]
struct Platter {
    /// Files, by number, those without a name included.
    files: Vec<Content>,
    names: BTreeMap<String, usize>,
    folders: BTreeSet<String>,
    durable_names: BTreeMap<String, usize>,
    /// What was done to names since they were durable, in that order, as a journal holds it.
    renamings: Vec<Renaming>,
    /// How many bytes all files may have.
    room: Option<u64>,
    /// How long ago all files were begun.
    age: Duration,
    /// A name that no file can get, since there is no room for it.
    refused: Option<String>,
    /// How many changes are made before the process is killed.
    changes_left: Option<usize>,
    random: Random,
}

/// Chooses what is left of what was not durable, the same way for the same seed.
#[derive(Clone, Debug, Default)]
struct Random(u64);

#[derive(Clone, Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    durable: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Renaming {
    Give(String, usize),
    Take(String),
    Move(String, String),
}

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

impl Memory {
    /// Lets so many changes happen, of the next only a part, and none after.
    pub(crate) fn crash_after(&self, changes: usize) {
        self.lock().changes_left = Some(changes);
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
    /// Of what was done to names a beginning is there, as where the file system has a journal.
    pub(crate) fn after_power_loss(&self, seed: u64) -> Self {
        self.after_loss(seed, true)
    }

    /// The same, where any of what was done to names may be there.
    pub(crate) fn after_power_loss_without_journal(&self, seed: u64) -> Self {
        self.after_loss(seed, false)
    }

    fn after_loss(&self, seed: u64, has_journal: bool) -> Self {
        let mut platter = self.lock().clone();
        platter.changes_left = None;
        platter.random = Random(seed);
        let mut renamings = std::mem::take(&mut platter.renamings);
        if has_journal {
            renamings.truncate(platter.random.below(renamings.len() + 1));
        } else {
            renamings.retain(|_| platter.random.below(2) == 0);
        }
        platter.names = platter.durable_names.clone();
        for renaming in renamings {
            renaming.apply(&mut platter.names);
        }
        platter.durable_names = platter.names.clone();
        let Platter { files, random, .. } = &mut platter;
        for file in files {
            file.lose_power(random);
        }
        Self::of(platter)
    }

    pub(crate) fn content(&self, name: &str) -> Option<Vec<u8>> {
        let platter = self.lock();
        let number = platter.names.get(&self.named(name))?;
        Some(platter.files[*number].bytes.clone())
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.lock().names.keys().cloned().collect()
    }

    pub(crate) fn bytes(&self) -> u64 {
        let platter = self.lock();
        platter.bytes()
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

    fn handle(&self, number: usize) -> Handle {
        Handle {
            disk: self.clone(),
            number,
        }
    }
}

impl Platter {
    fn bytes(&self) -> u64 {
        self.names
            .values()
            .map(|number| self.files[*number].bytes.len() as u64)
            .sum()
    }

    fn change(&mut self) -> io::Result<()> {
        match &mut self.changes_left {
            Some(0) => return Err(io::Error::other("the process is dead")),
            Some(left) => *left -= 1,
            None => {}
        }
        match self.changes_left {
            Some(0) => Err(io::Error::other("the process is killed")),
            _ => Ok(()),
        }
    }

    fn rename(&mut self, renaming: Renaming) -> io::Result<()> {
        self.change()?;
        renaming.clone().apply(&mut self.names);
        self.renamings.push(renaming);
        Ok(())
    }

    fn number(&self, name: &str) -> io::Result<usize> {
        let number = self.names.get(name).copied();
        number.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Renaming {
    fn apply(self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Give(name, number) => {
                names.insert(name, number);
            }
            Self::Take(name) => {
                names.remove(&name);
            }
            Self::Move(from, to) => {
                let folder = format!("{from}/");
                let moved: Vec<_> = names
                    .iter()
                    .filter(|(name, _)| **name == from || name.starts_with(&folder))
                    .map(|(name, number)| (name.clone(), *number))
                    .collect();
                for (name, number) in moved {
                    names.remove(&name);
                    names.insert(format!("{to}{}", &name[from.len()..]), number);
                }
            }
        }
    }
}

impl Content {
    fn lose_power(&mut self, random: &mut Random) {
        let is_longer = self.bytes.starts_with(&self.durable);
        if is_longer {
            let more = self.bytes.len() - self.durable.len();
            let end = self.durable.len() + random.below(more + 1);
            self.bytes.truncate(end);
            if random.below(3) == 0 {
                // Blocks that were set aside and never written.
                let start = self.durable.len() + random.below(end - self.durable.len() + 1);
                self.bytes[start..].fill(0);
            }
        } else if random.below(2) == 0 {
            self.bytes = self.durable.clone();
        }
        self.durable = self.bytes.clone();
    }
}

impl Folder for Memory {
    fn files(&self) -> io::Result<Vec<(String, u64)>> {
        let platter = self.lock();
        let names = platter.names.iter().filter_map(|(name, number)| {
            let name = name.strip_prefix(&self.prefix)?;
            (!name.contains('/'))
                .then(|| (name.to_owned(), platter.files[*number].bytes.len() as u64))
        });
        Ok(names.collect())
    }

    fn folders(&self) -> io::Result<Vec<String>> {
        let platter = self.lock();
        let folders = platter.folders.iter();
        Ok(folders
            .filter_map(|name| name.strip_prefix(&self.prefix))
            .map(str::to_owned)
            .collect())
    }

    fn folder(&self, name: &str) -> Arc<dyn Folder> {
        Arc::new(Self {
            platter: Arc::clone(&self.platter),
            prefix: format!("{}{name}/", self.prefix),
        })
    }

    fn make(&self) -> io::Result<()> {
        let mut platter = self.lock();
        platter.change()?;
        if let Some(name) = self.prefix.strip_suffix('/') {
            platter.folders.insert(name.to_owned());
        }
        Ok(())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Medium>> {
        let number = self.lock().number(&self.named(name));
        match number {
            Ok(number) => Ok(Box::new(self.handle(number))),
            Err(_) => self.create(name),
        }
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Medium>> {
        let name = self.named(name);
        let mut platter = self.lock();
        if platter.names.contains_key(&name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let number = platter.files.len();
        platter.rename(Renaming::Give(name, number))?;
        platter.files.push(Content::default());
        Ok(Box::new(self.handle(number)))
    }

    fn read(&self, name: &str) -> io::Result<Box<dyn Bytes>> {
        let number = self.lock().number(&self.named(name))?;
        Ok(Box::new(Reading {
            disk: self.clone(),
            number,
            at: 0,
        }))
    }

    fn sync_file(&self, name: &str) -> io::Result<()> {
        let number = self.lock().number(&self.named(name))?;
        self.handle(number).sync()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut platter = self.lock();
        if platter.refused.as_deref() == Some(to) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let (from, to) = (self.named(from), self.named(to));
        platter
            .number(&from)
            .or_else(|error| platter.folders.contains(&from).then_some(0).ok_or(error))?;
        platter.rename(Renaming::Move(from.clone(), to.clone()))?;
        if platter.folders.remove(&from) {
            platter.folders.insert(to);
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let name = self.named(name);
        let mut platter = self.lock();
        platter.number(&name)?;
        platter.rename(Renaming::Take(name))
    }

    fn remove_folder(&self, name: &str) -> io::Result<()> {
        let name = self.named(name);
        let mut platter = self.lock();
        let inside = format!("{name}/");
        if platter.names.keys().any(|name| name.starts_with(&inside)) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        platter.change()?;
        platter.folders.remove(&name);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut platter = self.lock();
        platter.change()?;
        platter.durable_names = platter.names.clone();
        platter.renamings.clear();
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
        Ok(self.disk.lock().files[self.number].bytes.len() as u64)
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
        let content = &mut platter.files[self.number];
        content.durable = content.bytes.clone();
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
