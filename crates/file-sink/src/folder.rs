//! What the sinks ask of the outside: a folder, and files in it.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A folder in which names can be given, changed and taken away.
pub(crate) trait Folder: Debug + Send + Sync {
    /// The names and lengths of its files.
    fn files(&self) -> io::Result<Vec<(String, u64)>>;
    /// The names of the folders in it.
    fn folders(&self) -> io::Result<Vec<String>>;
    /// A folder in it, which need not be there.
    fn folder(&self, name: &str) -> Arc<dyn Folder>;
    /// Makes it where it is not there yet, in a folder that is.
    fn make(&self) -> io::Result<()>;
    /// Opens a file to write at its end, which no other holder has open; it is made if it is not there.
    fn open(&self, name: &str) -> io::Result<Box<dyn Medium>>;
    /// Makes a file where there is none, and holds it as [`open`](Self::open) does.
    fn create(&self, name: &str) -> io::Result<Box<dyn Medium>>;
    fn read(&self, name: &str) -> io::Result<Box<dyn Bytes>>;
    /// Makes what was written to a file durable, whoever has written it.
    fn sync_file(&self, name: &str) -> io::Result<()>;
    /// Gives a file or folder another name, in place of a file that has it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Removes a folder in which nothing is.
    fn remove_folder(&self, name: &str) -> io::Result<()>;
    /// Makes names durable.
    fn sync(&self) -> io::Result<()>;
    /// How long ago a file was begun, as far as that is known.
    fn age(&self, name: &str) -> Duration;
    /// What people call a file in it.
    fn path_of(&self, name: &str) -> PathBuf;
}

/// A file to be read at any place.
pub(crate) trait Bytes: Read + Seek + Send + Debug {}

impl<T: Read + Seek + Send + Debug> Bytes for T {}

/// A file that is written at its end.
pub(crate) trait Medium: Send + Debug {
    fn length(&self) -> io::Result<u64>;
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    fn cut(&mut self, length: u64) -> io::Result<()>;
    fn sync(&mut self) -> io::Result<()>;
    fn release(&mut self);
}

impl dyn Medium {
    /// Writes all of it, or tells why not.
    pub(crate) fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(taken) => bytes = &bytes[taken..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// A folder of the system.
#[derive(Clone, Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder that a file is in; of a plain name it is ".".
    pub(crate) fn of(path: &Path) -> Self {
        match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => Self::new(parent),
            _ => Self::new("."),
        }
    }

    fn entries(&self) -> io::Result<Vec<(String, fs::Metadata)>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            // A name that is no text is not one of a sink's. What is gone between the two looks is gone.
            if let Ok(name) = entry.file_name().into_string()
                && let Ok(metadata) = entry.metadata()
            {
                entries.push((name, metadata));
            }
        }
        Ok(entries)
    }
}

impl Folder for Directory {
    fn files(&self) -> io::Result<Vec<(String, u64)>> {
        let mut files = self.entries()?;
        files.retain(|(_, metadata)| metadata.is_file());
        let files = files.into_iter();
        Ok(files
            .map(|(name, metadata)| (name, metadata.len()))
            .collect())
    }

    fn folders(&self) -> io::Result<Vec<String>> {
        let mut folders = self.entries()?;
        folders.retain(|(_, metadata)| metadata.is_dir());
        Ok(folders.into_iter().map(|(name, _)| name).collect())
    }

    fn folder(&self, name: &str) -> Arc<dyn Folder> {
        Arc::new(Self(self.0.join(name)))
    }

    fn make(&self) -> io::Result<()> {
        match fs::create_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && self.0.is_dir() => Ok(()),
            made => made,
        }
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Medium>> {
        hold(&self.0.join(name), OpenOptions::new().create(true))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Medium>> {
        hold(&self.0.join(name), OpenOptions::new().create_new(true))
    }

    fn read(&self, name: &str) -> io::Result<Box<dyn Bytes>> {
        Ok(Box::new(File::open(self.0.join(name))?))
    }

    fn sync_file(&self, name: &str) -> io::Result<()> {
        File::open(self.0.join(name))?.sync_data()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    fn remove_folder(&self, name: &str) -> io::Result<()> {
        fs::remove_dir(self.0.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        match File::open(&self.0).and_then(|folder| folder.sync_all()) {
            // Not every file system can, and then its names need no sync; nor may every folder be read that may be written to.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::PermissionDenied
                ) =>
            {
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn age(&self, name: &str) -> Duration {
        let begun = fs::metadata(self.0.join(name))
            .and_then(|metadata| metadata.created().or_else(|_| metadata.modified()));
        begun
            .ok()
            .and_then(|begun| begun.elapsed().ok())
            .unwrap_or_default()
    }

    fn path_of(&self, name: &str) -> PathBuf {
        if self.0.as_os_str() == "." {
            return PathBuf::from(name);
        }
        self.0.join(name)
    }
}

/// Opens a file to append to, and holds its lock; that another holder has it is [`io::ErrorKind::ResourceBusy`].
fn hold(path: &Path, options: &mut OpenOptions) -> io::Result<Box<dyn Medium>> {
    let file = options.read(true).append(true).open(path)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(io::ErrorKind::ResourceBusy.into()),
        // A file system without locks is used without them.
        _ => Ok(Box::new(file)),
    }
}

impl Medium for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(self, bytes)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn release(&mut self) {
        // To close the file is not enough while a child process is being started: until it runs its own program it
        // holds whatever was open. What cannot be unlocked was not locked.
        let _ = self.unlock();
    }
}
