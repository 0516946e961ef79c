//! A spool against real folders, damage, full disks and kills.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#![expect(clippy::print_stdout, reason = "a test that was skipped says so")]

mod contract;
mod damage;
mod full;
mod kill;
mod open;

use std::fs;
use std::path::{Path, PathBuf};

use creel_core::Spool;
use creel_core::port::Ticket;
use creel_disk_spool::{DiskSpool, Durability, Settings};

fn open(path: &Path) -> DiskSpool {
    DiskSpool::open(path, Settings::new(1 << 30)).unwrap()
}

/// All entries, in the order in which they are read.
fn entries(spool: &mut impl Spool) -> Vec<(Ticket, Vec<u8>)> {
    let mut entries: Vec<(Ticket, Vec<u8>)> = Vec::new();
    while let Some(entry) = spool
        .next(entries.last().map(|(ticket, _)| *ticket))
        .unwrap()
    {
        entries.push(entry);
    }
    entries
}

/// A folder that goes when it is dropped, and the place of a spool in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("frames.spool");
    (directory, path)
}

/// The spool's files whose names end so, sorted.
fn files(path: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().ends_with(ending))
        .collect();
    files.sort();
    files
}

/// Every durability, the interval short enough to come due.
fn durabilities() -> [Durability; 3] {
    [
        Durability::Never,
        Durability::Every(std::time::Duration::from_millis(1)),
        Durability::EachAppend,
    ]
}
