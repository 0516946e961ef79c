//! `cargo xtask bench`: Creel beside its peers.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use clap::Args;

use crate::workspace::{Workspace, spell};
use crate::{artifacts, check};

/// The manifest of the benchmark, a workspace of its own.
pub(crate) const MANIFEST: &str = "crates/bench/Cargo.toml";
/// The program that runs it, and has those that were built beside it take the samples.
const PROGRAM: &str = "creel-bench";

/// What to measure.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Bench {
    /// What the benchmark itself is told; `--help` lists it.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Bench {
    /// Builds the benchmark for release and runs it; true when Creel stands everywhere where it must.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<bool> {
        let mut build = workspace.cargo();
        // A peer declares a newer compiler than ours, and builds with ours all the same.
        build.args(["build", "--release", "--ignore-rust-version"]);
        build.args(["--manifest-path", MANIFEST, "--bins", "--target-dir"]);
        build.arg(target(workspace));
        let executable = artifacts::build(&mut build)?
            .into_iter()
            .filter(|artifact| artifact.target.name == PROGRAM)
            .find_map(|artifact| artifact.executable)
            .context("the build made no program of the benchmark")?;
        let mut bench = Command::new(executable);
        bench
            .args(&self.arguments)
            .current_dir(workspace.root())
            .stdin(Stdio::null());
        let status = bench
            .status()
            .with_context(|| format!("cannot start `{}`", spell(&bench)))?;
        Ok(status.success())
    }
}

/// Clippy has nothing to say about the benchmark either.
pub(crate) fn clippy(workspace: &Workspace) -> Result<()> {
    let mut clippy = workspace.cargo();
    clippy.args(["clippy", "--ignore-rust-version", "--all-targets"]);
    clippy.args(["--manifest-path", MANIFEST, "--target-dir"]);
    clippy.arg(target(workspace)).args(["--", "-D", "warnings"]);
    check::succeed(&mut clippy)
}

/// The tests of what the benchmark makes of its samples.
pub(crate) fn tests(workspace: &Workspace) -> Command {
    let mut tests = workspace.cargo();
    tests.args(["test", "--ignore-rust-version", "--lib"]);
    tests.args(["--manifest-path", MANIFEST, "--target-dir"]);
    tests.arg(target(workspace));
    tests
}

/// Beside the workspace's own build products, so that neither waits for the other.
fn target(workspace: &Workspace) -> PathBuf {
    workspace.target().join("bench")
}
