//! A disk in memory that can be full, fail, crash, and lose power.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::Arc;

use creel_core::Context;
use creel_testkit::{Gate, Watched};

use crate::folder::{Folder, Medium};

/// A folder on a disk in memory; clones are the same one.
#[derive(Clone, Default)]
pub(super) struct Disk(Arc<Watched<Platter>>);

#[derive(Clone, Default)]
struct Platter {
    /// Files, by number, those without a name included.
    files: Vec<Content>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// How many bytes all files may have.
    room: Option<u64>,
    expected_at_most: Option<u64>,
    /// How many changes are made before the process is killed.
    changes_left: Option<usize>,
    failures: BTreeMap<Call, VecDeque<io::ErrorKind>>,
    sync_gate: Option<Gate>,
}

#[derive(Clone, Default)]
struct Content {
    bytes: Vec<u8>,
    durable: Vec<u8>,
}

/// What can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    Create,
    Append,
    Read,
    Cut,
    Sync,
    Remove,
    SyncNames,
}

/// A file of the disk.
pub(super) struct Handle {
    disk: Disk,
    number: usize,
}

impl Disk {
    /// Makes the next call of a kind fail; several queue up.
    pub(super) fn fail(&self, call: Call, kind: io::ErrorKind) {
        self.0
            .change(|disk| disk.failures.entry(call).or_default().push_back(kind));
    }

    /// Holds whoever makes a file durable.
    pub(super) fn hold_syncs(&self) -> Gate {
        let gate = Gate::closed();
        self.0.change(|disk| disk.sync_gate = Some(gate.clone()));
        gate
    }

    pub(super) fn set_room(&self, room: Option<u64>) {
        self.0.change(|disk| disk.room = room);
    }

    /// Panics at the first change that makes more bytes of the files.
    pub(super) fn expect_at_most(&self, bytes: u64) {
        self.0.change(|disk| disk.expected_at_most = Some(bytes));
    }

    /// Lets so many changes happen, of the next only a part, and none after.
    pub(super) fn crash_after(&self, changes: usize) {
        self.0.change(|disk| disk.changes_left = Some(changes));
    }

    pub(super) fn has_crashed(&self) -> bool {
        self.0.read(|disk| disk.changes_left == Some(0))
    }

    /// The disk as another process finds it after the one that used it was killed.
    pub(super) fn after_kill(&self) -> Self {
        let mut platter = self.0.read(Platter::clone);
        platter.changes_left = None;
        Self(Arc::new(Watched::new(platter)))
    }

    /// The disk as it may be after the machine went down: what was made durable is there, of the rest anything may be.
    pub(super) fn after_power_loss(&self, random: &mut fastrand::Rng) -> Self {
        let platter = self.0.read(Platter::clone);
        let mut found = Platter::default();
        let names: Vec<&String> = platter
            .names
            .keys()
            .chain(platter.durable_names.keys())
            .collect();
        for name in names {
            let states = [platter.names.get(name), platter.durable_names.get(name)];
            let Some(number) = states[random.usize(0..2)] else {
                continue;
            };
            let bytes = platter.files[*number].after_power_loss(random);
            found.names.insert(name.clone(), found.files.len());
            found.files.push(Content {
                durable: bytes.clone(),
                bytes,
            });
        }
        found.durable_names = found.names.clone();
        Self(Arc::new(Watched::new(found)))
    }

    pub(super) fn wait_until_durable(&self) {
        self.0.wait_until(|disk| disk.is_durable());
    }

    pub(super) fn is_durable(&self) -> bool {
        self.0.read(Platter::is_durable)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.0.read(Platter::used)
    }

    pub(super) fn files(&self) -> usize {
        self.0.read(|disk| disk.names.len())
    }

    /// Changes the bytes of the file whose name ends so.
    pub(super) fn edit(&self, ending: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        self.0.change(|disk| {
            let mut names = disk.names.iter();
            let (_, number) = names.find(|(name, _)| name.ends_with(ending)).unwrap();
            edit(&mut disk.files[*number].bytes);
        });
    }

    fn handle(&self, number: usize) -> Handle {
        Handle {
            disk: self.clone(),
            number,
        }
    }
}

impl Platter {
    fn used(&self) -> u64 {
        self.names
            .values()
            .map(|number| self.files[*number].bytes.len() as u64)
            .sum()
    }

    fn is_durable(&self) -> bool {
        let is_durable = |number: &usize| self.files[*number].bytes == self.files[*number].durable;
        !self.names.is_empty()
            && self.names == self.durable_names
            && self.names.values().all(is_durable)
    }

    /// Fails if the call is to fail.
    fn meet(&mut self, call: Call) -> io::Result<()> {
        match self.failures.get_mut(&call).and_then(VecDeque::pop_front) {
            Some(kind) => Err(kind.into()),
            None => Ok(()),
        }
    }

    /// Counts a change; an error when the process was killed.
    fn change(&mut self, call: Call) -> io::Result<()> {
        match &mut self.changes_left {
            Some(0) => return Err(killed()),
            Some(left) => *left -= 1,
            None => {}
        }
        self.meet(call)
    }

    fn append(&mut self, number: usize, bytes: &[u8]) -> io::Result<()> {
        if self.changes_left == Some(0) {
            return Err(killed());
        }
        let outcome = self.change(Call::Append);
        // The last change of a killed process, and one that fails, are made half.
        let half = bytes.len() / 2;
        let wanted = match outcome {
            Ok(()) if self.changes_left != Some(0) => bytes.len(),
            _ => half,
        };
        let room = self
            .room
            .map_or(u64::MAX, |room| room.saturating_sub(self.used()));
        let taken = wanted.min(usize::try_from(room).unwrap_or(usize::MAX));
        self.files[number].bytes.extend(&bytes[..taken]);
        if let Some(most) = self.expected_at_most {
            assert!(self.used() <= most, "{} bytes of {most}", self.used());
        }
        outcome?;
        if self.changes_left == Some(0) && taken < bytes.len() {
            return Err(killed());
        }
        if taken < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

impl Content {
    fn after_power_loss(&self, random: &mut fastrand::Rng) -> Vec<u8> {
        if self.bytes == self.durable {
            return self.bytes.clone();
        }
        let Some(behind) = self.bytes.strip_prefix(&self.durable[..]) else {
            // It was cut, and perhaps written on: either state.
            let states = [&self.bytes, &self.durable];
            return states[random.usize(0..2)].clone();
        };
        let mut bytes = self.durable.clone();
        bytes.extend(&behind[..random.usize(0..=behind.len())]);
        // The length may have reached the disk before the bytes did.
        let written = random.usize(self.durable.len()..=bytes.len());
        if random.bool() {
            bytes[written..].fill(0);
        }
        bytes
    }
}

impl Folder for Disk {
    type File = Handle;

    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        Ok(self.0.read(|disk| {
            disk.names
                .iter()
                .map(|(name, number)| (name.clone(), disk.files[*number].bytes.len() as u64))
                .collect()
        }))
    }

    fn create(&self, name: &str) -> io::Result<Handle> {
        let number = self.0.change(|disk| {
            disk.change(Call::Create)?;
            if disk.names.contains_key(name) {
                return Err(io::Error::from(io::ErrorKind::AlreadyExists));
            }
            let number = disk.files.len();
            disk.files.push(Content::default());
            disk.names.insert(name.to_owned(), number);
            Ok(number)
        })?;
        Ok(self.handle(number))
    }

    fn open(&self, name: &str) -> io::Result<Handle> {
        let number = self.0.read(|disk| disk.names.get(name).copied());
        let number = number.ok_or(io::ErrorKind::NotFound)?;
        Ok(self.handle(number))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.change(|disk| {
            disk.change(Call::Remove)?;
            match disk.names.remove(name) {
                Some(_) => Ok(()),
                None => Err(io::ErrorKind::NotFound.into()),
            }
        })
    }

    fn sync(&self) -> io::Result<()> {
        self.0.change(|disk| {
            disk.change(Call::SyncNames)?;
            disk.durable_names = disk.names.clone();
            Ok(())
        })
    }

    fn path(&self) -> &Path {
        Path::new("disk")
    }
}

impl Medium for Handle {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.0.change(|disk| disk.append(self.number, bytes))
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.disk.0.change(|disk| {
            disk.meet(Call::Read)?;
            let start = usize::try_from(offset).unwrap();
            let bytes = disk.files[self.number].bytes.get(start..);
            let bytes = bytes.and_then(|bytes| bytes.get(..buffer.len()));
            buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.disk.0.change(|disk| {
            disk.change(Call::Cut)?;
            let length = usize::try_from(length).unwrap();
            let bytes = &mut disk.files[self.number].bytes;
            assert!(length <= bytes.len(), "a cut makes the file longer");
            bytes.truncate(length);
            Ok(())
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        if let Some(gate) = self.disk.0.read(|disk| disk.sync_gate.clone()) {
            let _ = gate.wait(&Context::new());
        }
        self.disk.0.change(|disk| {
            disk.change(Call::Sync)?;
            let file = &mut disk.files[self.number];
            file.durable.clone_from(&file.bytes);
            Ok(())
        })
    }
}

fn killed() -> io::Error {
    io::Error::other("the process was killed")
}
