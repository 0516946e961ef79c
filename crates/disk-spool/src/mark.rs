//! The mark of a spool: a file that says what the folder is, and whose lock says that it is in use.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use crate::OpenError;
use crate::folder::{Directory, Folder};
use crate::segment::Name;

/// The mark's name.
const FILE: &str = "creel-spool.lock";

/// What stands before the number of the process that has the spool open.
const PROCESS: &str = "process ";

/// The lock of a spool's folder, held until this is dropped.
#[derive(Debug)]
pub(crate) struct Mark {
    file: File,
}

impl Mark {
    /// Makes the folder if it is not there, and locks it if it is a spool.
    pub(crate) fn take(path: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::new(path, source);
        match fs::metadata(path) {
            Ok(metadata) if !metadata.is_dir() => return Err(not_a_spool(path)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path)?,
            Err(error) => return Err(failed(error)),
        }
        let mark = path.join(FILE);
        let is_marked = fs::symlink_metadata(&mark).is_ok_and(|metadata| metadata.is_file());
        if !is_marked && holds_other_things(path).map_err(failed)? {
            return Err(not_a_spool(path));
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&mark)
            .map_err(|source| OpenError::new(&mark, source))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse {
                    path: path.to_owned(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => {
                tracing::warn!(
                    spool = %path.display(),
                    %error,
                    "the file system has no locks: nothing keeps another process out of the spool"
                );
            }
        }
        // It is for people and for an error's text: a full disk is no reason to leave a backlog alone.
        let _ = say(&mut file);
        if !is_marked {
            // What is made durable in the folder is not to be lost with its name. Not every file system can, and then names
            // need no sync.
            let _ = Directory::new(path).sync();
            let _ = Directory::new(&path.join("..")).sync();
        }
        Ok(Self { file })
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        // To close the file is not enough while a child process is being started: until it runs its own program it
        // holds whatever was open. What cannot be unlocked was not locked.
        let _ = self.file.unlock();
    }
}

/// Whether in a folder without a mark stands anything else than segments. Those alone are a spool that has lost its mark.
fn holds_other_things(path: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        if name.to_str().and_then(Name::parse).is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn create(path: &Path) -> Result<(), OpenError> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let directory = path.parent().unwrap_or(path);
            Err(OpenError::MissingDirectory {
                path: path.to_owned(),
                directory: directory.to_owned(),
            })
        }
        // Somebody else was quicker.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome.map_err(|source| OpenError::new(path, source)),
    }
}

fn not_a_spool(path: &Path) -> OpenError {
    OpenError::NotASpool {
        path: path.to_owned(),
    }
}

fn say(file: &mut File) -> io::Result<()> {
    let text = format!(
        "A spool of Creel's. Its lock is held by the process that has it open.\n{PROCESS}{}\n",
        std::process::id()
    );
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    // Behind, and not all of it before: some file systems wait for the disk once a file was emptied.
    file.set_len(text.len() as u64)
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = Vec::new();
    file.take(1_000).read_to_end(&mut text).ok()?;
    let text = String::from_utf8(text).ok()?;
    let process = text.lines().last()?.strip_prefix(PROCESS)?;
    process.parse().ok()
}
