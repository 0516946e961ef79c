//! One sample: taken in a process of its own, told in one line of JSON.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};

use crate::workload::{Contestant, Play, Played, is_creel};
use crate::workloads::{self, Pace};

/// No sample takes so long, nor six times as long under an instrument.
const HANGS_AFTER: Duration = Duration::from_secs(10);
/// How a process ends whose sample hangs.
const HANGS: i32 = 75;

/// How often a peer may fail in a workload before the run gives up.
const FAILURES_AT_MOST: usize = 10;

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
    /// How long what is played in rounds goes on.
    #[arg(long, value_enum, default_value_t = Pace::Full)]
    pub(crate) pace: Pace,
}

impl Order {
    /// Plays the workload in this process, and prints what it came to.
    pub(crate) fn play(&self) -> Result<()> {
        let Play::Here(play) = self.contestant()?.play else {
            bail!("{} plays elsewhere", self.peer)
        };
        let patience = HANGS_AFTER * if self.pace == Pace::Once { 6 } else { 1 };
        thread::spawn(move || {
            thread::sleep(patience);
            process::exit(HANGS);
        });
        workloads::set_pace(self.pace);
        let played = play(self.size);
        println!("{}", serde_json::to_string(&played)?);
        Ok(())
    }

    /// Has another process play it, and reads what it prints.
    pub(crate) fn send(&self, program: &Path) -> Result<Played> {
        let output = self
            .command(program)?
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot start {}", program.display()))?;
        ensure!(
            output.status.code() != Some(HANGS),
            "{} hangs in {}",
            self.peer,
            self.workload
        );
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
    pub(crate) fn command(&self, program: &Path) -> Result<Command> {
        if let Play::Elsewhere(foreign) = self.contestant()?.play {
            return foreign
                .command(&self.workload, self.size)
                .with_context(|| format!("{} is not installed", self.peer));
        }
        let mut command = Command::new(program);
        command.arg("sample");
        command.args(["--workload", &self.workload, "--peer", &self.peer]);
        command.args(["--size", &self.size.to_string()]);
        if let Some(pace) = self.pace.to_possible_value() {
            command.args(["--pace", pace.get_name()]);
        }
        Ok(command)
    }

    fn contestant(&self) -> Result<&'static Contestant> {
        let workload = workloads::named(&self.workload)
            .with_context(|| format!("there is no workload {}", self.workload))?;
        workload
            .contestant(&self.peer)
            .with_context(|| format!("{} does not play {}", self.peer, workload.name))
    }
}

/// Tries again what a peer has failed in, a few times; Creel has one chance.
pub(crate) fn patiently<T>(
    peer: &str,
    failures: &mut usize,
    mut attempt: impl FnMut() -> Result<T>,
) -> Result<T> {
    loop {
        match attempt() {
            Err(error) if !is_creel(peer) && *failures < FAILURES_AT_MOST => {
                eprintln!("{error:#}; once again");
                *failures += 1;
            }
            result => return result,
        }
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
