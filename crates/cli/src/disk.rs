//! Whether a folder is on the disk that it was on.

use std::fs;
use std::path::Path;

use thiserror::Error;

/// The file system that a folder is on.
///
/// Where a disk was pulled out, the folder that it was mounted on stays: what is made there fills another disk, and is
/// hidden as soon as the first is back.
pub(crate) struct Disk(Option<u64>);

/// A folder is not where it was.
#[derive(Debug, Error)]
#[error("the disk that {0} was on is not there: put it back")]
pub(crate) struct OtherDisk(String);

impl Disk {
    /// That of a folder, or of the nearest one around it that is there.
    pub(crate) fn below(folder: &Path) -> Self {
        let mut around = folder.ancestors();
        Self(around.find_map(|folder| fs::metadata(folder).ok().map(|found| device(&found))))
    }

    /// Whether it is below a folder.
    ///
    /// # Errors
    /// [`OtherDisk`] where it is not.
    pub(crate) fn is_still_below(&self, folder: &Path) -> Result<(), OtherDisk> {
        if Self::below(folder).0 == self.0 {
            Ok(())
        } else {
            Err(OtherDisk(folder.display().to_string()))
        }
    }
}

#[cfg(unix)]
fn device(found: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(found)
}

/// There is no way to tell: all are taken for one.
#[cfg(not(unix))]
fn device(_: &fs::Metadata) -> u64 {
    0
}
