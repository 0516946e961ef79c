//! What is on a disk, and what of it is durable: the bytes of each file, and the names in each folder.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

/// The number of the folder that all others are in.
pub(super) const ROOT: usize = 0;

#[derive(Clone, Debug)]
pub(super) struct Platter {
    /// Files, by number, those without a name included.
    pub(super) files: Vec<Content>,
    /// Folders, by number, likewise.
    pub(super) folders: Vec<Names>,
    /// How many bytes all files may have.
    pub(super) room: Option<u64>,
    /// How long ago all files were begun.
    pub(super) age: Duration,
    /// A name that no file can get, since there is no room for it.
    pub(super) refused: Option<String>,
    /// How many changes are made before the process is killed.
    pub(super) changes_left: Option<usize>,
    /// How often something was made durable.
    pub(super) syncs: usize,
    /// The next file that is to be made durable is not.
    pub(super) fails_to_sync: bool,
    pub(super) random: Random,
}

/// What a name stands for: the file or folder of this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    File(usize),
    Folder(usize),
}

/// The names in a folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) given: BTreeMap<String, Node>,
    durable: BTreeMap<String, Node>,
    /// What was done to them since they were durable, in that order.
    renamings: Vec<Renaming>,
}

#[derive(Clone, Debug)]
pub(super) enum Renaming {
    Give(String, Node),
    Take(String),
    Move(String, String),
}

/// What of the names that are not durable is there after a power failure.
#[derive(Clone, Copy, Debug)]
pub(super) enum Survivors {
    /// In each folder a beginning of what was done, as where the file system has a journal.
    Beginning,
    Any,
}

/// The bytes of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    durable: Vec<u8>,
}

/// Chooses what is left of what was not durable, the same way for the same seed.
#[derive(Clone, Debug, Default)]
pub(super) struct Random(u64);

impl Default for Platter {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            folders: vec![Names::default()],
            room: None,
            age: Duration::ZERO,
            refused: None,
            changes_left: None,
            syncs: 0,
            fails_to_sync: false,
            random: Random::default(),
        }
    }
}

impl Platter {
    /// Makes a change, or is killed in the middle of it.
    pub(super) fn change(&mut self) -> io::Result<()> {
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

    pub(super) fn rename(&mut self, folder: usize, renaming: Renaming) -> io::Result<()> {
        self.change()?;
        let names = &mut self.folders[folder];
        renaming.clone().apply(&mut names.given);
        names.renamings.push(renaming);
        Ok(())
    }

    /// What is at a path of names with slashes in between; nothing in it is the folder itself.
    pub(super) fn find(&self, path: &str) -> io::Result<Node> {
        let mut names = path.split('/').filter(|name| !name.is_empty());
        names.try_fold(Node::Folder(ROOT), |node, name| match node {
            Node::Folder(number) => self.folders[number].find(name),
            Node::File(_) => Err(io::ErrorKind::NotADirectory.into()),
        })
    }

    /// The paths of all files in a folder, and in those in it.
    pub(super) fn paths(&self, folder: usize) -> Vec<(String, usize)> {
        let mut paths = Vec::new();
        for (name, node) in &self.folders[folder].given {
            match node {
                Node::File(number) => paths.push((name.clone(), *number)),
                Node::Folder(number) => {
                    let inner = self.paths(*number).into_iter();
                    paths.extend(inner.map(|(path, number)| (format!("{name}/{path}"), number)));
                }
            }
        }
        paths
    }

    pub(super) fn bytes(&self) -> u64 {
        let paths = self.paths(ROOT).into_iter();
        paths.map(|(_, number)| self.files[number].length()).sum()
    }

    pub(super) fn lose_power(&mut self, seed: u64, survivors: Survivors) {
        let mut random = Random(seed);
        for folder in &mut self.folders {
            folder.lose_power(&mut random, survivors);
        }
        for file in &mut self.files {
            file.lose_power(&mut random);
        }
        self.random = random;
    }
}

impl Names {
    pub(super) fn find(&self, name: &str) -> io::Result<Node> {
        let node = self.given.get(name).copied();
        node.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Makes these names durable, and none in other folders.
    pub(super) fn sync(&mut self) {
        self.durable = self.given.clone();
        self.renamings.clear();
    }

    fn lose_power(&mut self, random: &mut Random, survivors: Survivors) {
        match survivors {
            Survivors::Beginning => {
                let end = random.below(self.renamings.len() + 1);
                self.renamings.truncate(end);
            }
            Survivors::Any => self.renamings.retain(|_| random.below(2) == 0),
        }
        self.given = self.durable.clone();
        for renaming in std::mem::take(&mut self.renamings) {
            renaming.apply(&mut self.given);
        }
        self.sync();
    }
}

impl Renaming {
    fn apply(self, names: &mut BTreeMap<String, Node>) {
        match self {
            Self::Give(name, node) => {
                names.insert(name, node);
            }
            Self::Take(name) => {
                names.remove(&name);
            }
            Self::Move(from, to) => {
                if let Some(node) = names.remove(&from) {
                    names.insert(to, node);
                }
            }
        }
    }
}

impl Content {
    pub(super) fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(super) fn sync(&mut self) {
        self.durable = self.bytes.clone();
    }

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
        self.sync();
    }
}

impl Random {
    pub(super) fn below(&mut self, end: usize) -> usize {
        // SplitMix64: seeds that are close to each other begin differently.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) as usize % end.max(1)
    }
}
