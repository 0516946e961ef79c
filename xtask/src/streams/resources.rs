//! What a process holds.

use std::fmt;
use std::fs;

use anyhow::{Result, ensure};

use crate::process;

/// What a process holds at one moment, as the kernel tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resources {
    memory_mb: f64,
    descriptors: usize,
    threads: usize,
}

/// What one more of these would not be called growth: an allocator keeps some, and a connection may be about to end.
const SLACK: Resources = Resources {
    memory_mb: 8.0,
    descriptors: 2,
    threads: 1,
};

impl Resources {
    pub(super) fn of(id: u32) -> Result<Self> {
        let count =
            |folder| -> Result<usize> { Ok(fs::read_dir(format!("/proc/{id}/{folder}"))?.count()) };
        Ok(Self {
            memory_mb: process::resident_mb(id)?,
            descriptors: count("fd")?,
            threads: count("task")?,
        })
    }

    /// Fails where a process holds more than it did, beyond what comes and goes.
    pub(super) fn check_growth_since(&self, before: &Self) -> Result<()> {
        ensure!(
            self.memory_mb <= before.memory_mb + SLACK.memory_mb
                && self.descriptors <= before.descriptors + SLACK.descriptors
                && self.threads <= before.threads + SLACK.threads,
            "it grew from {before} to {self}"
        );
        Ok(())
    }
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.1} MB, {} descriptors, {} threads",
            self.memory_mb, self.descriptors, self.threads
        )
    }
}
