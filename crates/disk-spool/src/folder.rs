//! What the store asks of the outside: a folder with files that grow.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A folder; clones are the same one.
pub(crate) trait Folder: Clone + Send + 'static {
    type File: Medium;

    /// The names and lengths of its files.
    fn list(&self) -> io::Result<Vec<(String, u64)>>;
    /// Makes an empty file where there is none.
    fn create(&self, name: &str) -> io::Result<Self::File>;
    fn open(&self, name: &str) -> io::Result<Self::File>;
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes names that were made or removed durable.
    fn sync(&self) -> io::Result<()>;
    /// What people call it.
    fn path(&self) -> &Path;

    /// What people call a file in it.
    fn path_of(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
}

/// A file that is written at its end and read anywhere.
pub(crate) trait Medium: Send {
    /// Writes all of it behind what is there; an error may leave a part of it.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Fills the buffer from an offset on.
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
    fn cut(&mut self, length: u64) -> io::Result<()>;
    /// Makes what was written durable.
    fn sync(&mut self) -> io::Result<()>;
}

/// A folder of the system.
#[derive(Clone, Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Folder for Directory {
    type File = File;

    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            // A name that is no text is not one of the spool's, and neither is a folder.
            if let Ok(name) = entry.file_name().into_string()
                && entry.file_type()?.is_file()
            {
                files.push((name, entry.metadata()?.len()));
            }
        }
        Ok(files)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .append(true)
            .create_new(true)
            .open(self.path_of(name))
    }

    fn open(&self, name: &str) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .append(true)
            .open(self.path_of(name))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path_of(name))
    }

    fn sync(&self) -> io::Result<()> {
        match File::open(&self.0)?.sync_all() {
            // Not every file system can, and then its names need no sync.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            outcome => outcome,
        }
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Medium for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        // It was opened to append: where it is read does not move where it is written.
        self.seek(SeekFrom::Start(offset))?;
        self.read_exact(buffer)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}
