//! One sample: taken in a process of its own, told in one line of JSON.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::workload::Played;
use crate::workloads;

/// No sample takes so long, not even under an instrument.
const HANGS_AFTER: Duration = Duration::from_secs(120);

/// What is to be sampled.
#[derive(Args, Clone, Debug)]
pub(crate) struct Order {
    /// The workload.
    #[arg(long)]
    pub(crate) workload: String,
    /// Who plays it.
    #[arg(long)]
    pub(crate) peer: String,
    /// How much of it.
    #[arg(long)]
    pub(crate) size: u64,
}

impl Order {
    /// Plays the workload in this process, and prints what it came to.
    pub(crate) fn play(&self) -> Result<()> {
        let workload = workloads::named(&self.workload)
            .with_context(|| format!("there is no workload {}", self.workload))?;
        let contestant = workload
            .contestant(&self.peer)
            .with_context(|| format!("{} does not play {}", self.peer, workload.name))?;
        thread::spawn(|| {
            thread::sleep(HANGS_AFTER);
            eprintln!("the sample hangs");
            process::exit(1);
        });
        let played = (contestant.play)(self.size);
        println!("{}", serde_json::to_string(&played)?);
        Ok(())
    }

    /// Has another process play it, and reads what it prints.
    pub(crate) fn send(&self, program: &Path) -> Result<Played> {
        let output = self
            .command(program)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot start {}", program.display()))?;
        ensure!(
            output.status.success(),
            "{} in {} ended with {}",
            self.peer,
            self.workload,
            output.status
        );
        serde_json::from_slice(&output.stdout).context("the sample is not what a sample is")
    }

    /// What plays it.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.arg("sample");
        command.args(["--workload", &self.workload, "--peer", &self.peer]);
        command.args(["--size", &self.size.to_string()]);
        command
    }
}

/// A program that was built beside this one.
pub(crate) fn sibling(name: &str) -> Result<PathBuf> {
    let this = env::current_exe().context("this program cannot be found")?;
    let path = this.with_file_name(OsString::from(name));
    ensure!(
        path.exists(),
        "{} is missing: build all of creel-bench",
        path.display()
    );
    Ok(path)
}
