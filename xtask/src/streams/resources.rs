//! What a process holds.

use std::fmt;
use std::fs;

use anyhow::{Context, Result, ensure};

/// What a process holds at one moment, as the kernel tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resources {
    memory_kib: u64,
    descriptors: usize,
    threads: usize,
}

/// What one more of these would not be called growth: an allocator keeps some, and a connection may be about to end.
const SLACK: Resources = Resources {
    memory_kib: 8 << 10,
    descriptors: 2,
    threads: 1,
};

impl Resources {
    pub(super) fn of(process: u32) -> Result<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status"))
            .context("the process has ended")?;
        let memory_kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next())
            .context("the kernel tells no VmRSS")?
            .parse()?;
        let count = |folder| -> Result<usize> {
            Ok(fs::read_dir(format!("/proc/{process}/{folder}"))?.count())
        };
        Ok(Self {
            memory_kib,
            descriptors: count("fd")?,
            threads: count("task")?,
        })
    }

    /// Fails where a process holds more than it did, beyond what comes and goes.
    pub(super) fn check_growth_since(&self, before: &Self) -> Result<()> {
        ensure!(
            self.memory_kib <= before.memory_kib + SLACK.memory_kib
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
            "{:.1} MiB, {} descriptors, {} threads",
            self.memory_kib as f64 / 1024.0,
            self.descriptors,
            self.threads
        )
    }
}
