//! A watch in a process of its own, and what it says of itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::deadline;

/// A watch in a process of its own; killed when this is dropped.
pub(super) struct Watch {
    child: Child,
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
        let child = Command::new(program)
            .args(["watch", "--quiet", "--summary"])
            .arg(&summary)
            .args(options)
            .current_dir(folder)
            .stdin(Stdio::null())
            .spawn()
            .context("cannot start the watch")?;
        Ok(Self { child, summary })
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for its end, and gives what it said.
    pub(super) fn finish(mut self) -> Result<Summary> {
        let ended = deadline::within(deadline::LONG, || self.ended())?;
        ended.context("the watch does not end")?;
        self.told()
    }

    /// Interrupts it, once to let it finish what is on its way, and gives what it said.
    pub(super) fn interrupt(mut self) -> Result<Summary> {
        Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status()
            .context("cannot interrupt the watch")?;
        let ended = deadline::within(deadline::LONG, || self.ended())?;
        ended.context("the watch does not end")?;
        self.told()
    }

    fn told(&self) -> Result<Summary> {
        let told = fs::read(&self.summary).context("the watch has left no summary")?;
        serde_json::from_slice(&told).context("the summary of the watch cannot be read")
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
