//! A watch in a process of its own, and what it says of itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::deadline;
use crate::family::Family;

/// A watch in a process of its own; ended when this is dropped.
pub(super) struct Watch {
    family: Family,
    summary: PathBuf,
}

/// What it says of itself in the end, as far as it is looked at.
#[derive(Deserialize)]
pub(super) struct Summary {
    pub(super) captured: u64,
    pub(super) answered: u64,
    pub(super) failed: u64,
    pub(super) dropped: u64,
    pub(super) adds_up: bool,
    pub(super) latency_ms: Spread,
    pub(super) sources: Vec<Source>,
}

#[derive(Deserialize)]
pub(super) struct Source {
    pub(super) lost_before: u64,
    pub(super) gap_ms: Spread,
}

#[derive(Clone, Copy, Deserialize)]
pub(super) struct Spread {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) p99_9: f64,
    pub(super) max: f64,
}

impl Watch {
    /// Starts it in a folder.
    pub(super) fn start(program: &Path, folder: &Path, options: &[&str]) -> Result<Self> {
        let summary = folder.join("summary.json");
        let mut command = Command::new(program);
        command
            .args(["watch", "--quiet", "--summary"])
            .arg(&summary)
            .args(options)
            .current_dir(folder)
            .stdin(Stdio::null());
        Ok(Self {
            family: Family::start(&mut command)?,
            summary,
        })
    }

    pub(super) fn process(&self) -> u32 {
        self.family.process()
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.family.ended()
    }

    /// Waits for its end, and gives what it said.
    pub(super) fn finish(mut self) -> Result<Summary> {
        let ended = self.family.end_within(deadline::LONG)?;
        ended.context("the watch does not end")?;
        self.told()
    }

    /// Interrupts it, once to let it finish what is on its way, and gives what it said.
    pub(super) fn interrupt(self) -> Result<Summary> {
        self.family.signal("INT")?;
        self.finish()
    }

    fn told(&self) -> Result<Summary> {
        let told = fs::read(&self.summary).context("the watch has left no summary")?;
        serde_json::from_slice(&told).context("the summary of the watch cannot be read")
    }
}
