//! How large a spool may become, and what is to survive.

use std::time::Duration;

use crate::OpenError;

/// How large a spool may become, and what is to survive.
///
/// ```
/// use creel_disk_spool::{Durability, Settings};
///
/// let settings = Settings {
///     durability: Durability::EachAppend,
///     ..Settings::new(2 << 30)
/// };
/// assert_eq!(settings.segment_bytes, 16 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The most bytes that the spool's files may have together, removed entries that still lie in them included.
    ///
    /// What the file system adds comes on top: it rounds each file up to whole blocks, and there are two files for
    /// [`segment_bytes`](Self::segment_bytes) of entries. So does the mark, which has less than a hundred bytes.
    pub limit_bytes: u64,
    /// How many bytes of entries share a file; a larger entry has one to itself.
    ///
    /// The bytes of a removed entry are free once all others of its file are removed, too. Where entries are removed
    /// first in, first out, no more than this, or than one larger entry, lies in the spool removed.
    pub segment_bytes: u64,
    /// What survives when the machine goes down.
    pub durability: Durability,
}

impl Settings {
    /// The settings of a spool with room for so many bytes, which waits for no disk.
    ///
    /// A file has a sixteenth of them, but at least 64 KiB and at most 16 MiB.
    pub fn new(limit_bytes: u64) -> Self {
        Self {
            limit_bytes,
            segment_bytes: (limit_bytes / 16).clamp(64 << 10, 16 << 20),
            durability: Durability::Never,
        }
    }

    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let Self {
            limit_bytes,
            segment_bytes,
            ..
        } = *self;
        if limit_bytes == 0 || segment_bytes == 0 {
            return Err(OpenError::Settings {
                limit_bytes,
                segment_bytes,
            });
        }
        Ok(())
    }
}

/// What survives when the machine goes down.
///
/// A process that ends or is killed loses nothing that was appended or removed: what it wrote belongs to the operating
/// system. This is about a machine that loses power, or whose kernel stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// What the operating system has written by itself, mostly what is older than half a minute.
    Never,
    /// What is older than this, and the time that the disk then takes; a thread of the spool's waits for the disk.
    Every(Duration),
    /// Each entry whose append has returned, and each removal before it; every append waits for the disk.
    EachAppend,
}
