//! How results are kept on disk.

use std::num::NonZeroU64;
use std::time::Duration;

use clap::{Args, ValueEnum};
use creel_file_sink::Rotation;

use super::size::Bytes;
use super::sync::SyncWhen;

/// How results are kept on disk.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "How results are kept")]
pub(crate) struct Keeping {
    /// When what was written is safe from a power failure: `never`, `each`, or after a time such as 500ms
    ///
    /// A killed process loses no line of a file in any case. A file of its own is there once it is safe, or with `never` at
    /// once.
    #[arg(long, value_name = "WHEN", default_value = "1s")]
    pub(crate) sync: SyncWhen,
    /// Close a file that is so large, as results.000001.jsonl, and go on in another; of a folder, a folder in it
    #[arg(long, value_name = "SIZE")]
    pub(crate) rotate_size: Option<Bytes>,
    /// Close a file whose first record is so old, such as 30m or 24h
    #[arg(long, value_name = "TIME", value_parser = super::duration)]
    pub(crate) rotate_every: Option<Duration>,
    /// Compress closed files with zstd
    #[arg(long)]
    pub(crate) compress: bool,
    /// Remove the oldest closed files once all take more than this; of --out and of --frames-to each
    ///
    /// Without --rotate-size a file is closed at a tenth of it.
    #[arg(long, value_name = "SIZE")]
    pub(crate) keep: Option<Bytes>,
    /// What is done when the disk is full
    ///
    /// Meanwhile nothing is lost as long as the buffer, or the spool, holds what comes. Nothing is half written in any case.
    #[arg(long, value_name = "WHAT", default_value = "stop")]
    pub(crate) disk_full: DiskFull,
}

/// What is done when the disk is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiskFull {
    /// It is tried again for as long as --patience says, and then the run ends
    Stop,
    /// It is tried again until there is room
    Wait,
}

impl Keeping {
    /// When files are closed, and what becomes of them.
    pub(crate) fn rotation(&self) -> Rotation {
        let size = |bytes: Option<Bytes>| bytes.and_then(|Bytes(size)| NonZeroU64::new(size));
        Rotation {
            size: size(self.rotate_size),
            every: self.rotate_every,
            compress: self.compress,
            keep: size(self.keep),
        }
    }
}
