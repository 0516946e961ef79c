//! Whatever is changed in core, a test of core fails: cargo-mutants makes the changes.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use super::succeed;
use crate::output::{self, number_before};
use crate::workspace::Workspace;

/// What cargo-mutants says at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    tested: u64,
    caught: u64,
    missed: u64,
    timed_out: u64,
    unviable: u64,
}

/// Tests core on its mutants, and fails if one survives.
///
/// Only the unit tests are asked: what nothing but an example notices is a missing claim. What is left out, and why,
/// stands in `.cargo/mutants.toml`.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let folder = workspace.target().join("mutants");
    let mut command = Command::new(installed(workspace)?);
    command
        .current_dir(workspace.root())
        .args(["mutants", "--package", "creel-core", "--jobs", "1"])
        .args(["--colors", "never", "--annotations", "none"])
        .arg("--output")
        .arg(&folder)
        .args(["--", "--lib"])
        .env("CARGO_TARGET_DIR", folder.join("target"));
    let mut counts = Counts::default();
    let status = output::follow(command, |line| {
        if let Some(closing) = Counts::read(line) {
            counts = closing;
        }
    })?;
    let Counts {
        tested,
        caught,
        missed,
        timed_out,
        unviable,
    } = counts;
    println!(
        "{tested} mutants: {caught} found out, {unviable} do not compile, {timed_out} run on, {missed} survived"
    );
    ensure!(
        missed + timed_out == 0,
        "not every mutant was found out: {} has the details",
        folder.join("mutants.out").display()
    );
    ensure!(
        caught > 0 && status.success(),
        "cargo-mutants ended with {status}"
    );
    Ok(())
}

/// The program, installed where it was not.
fn installed(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target().join("mutants/tool");
    let program = folder.join("bin/cargo-mutants");
    if !program.exists() {
        println!("--- installing cargo-mutants");
        succeed(
            workspace
                .cargo()
                .args(["install", "--quiet", "--locked", "cargo-mutants", "--root"])
                .arg(folder)
                .env("CARGO_TARGET_DIR", workspace.target().join("mutants/build")),
        )?;
    }
    Ok(program)
}

impl Counts {
    /// Reads the closing line.
    fn read(line: &str) -> Option<Self> {
        let (tested, results) = line.split_once(" tested")?;
        let tested = tested
            .strip_suffix("mutants")
            .or(tested.strip_suffix("mutant"))?;
        let (_, results) = results.split_once(':')?;
        Some(Self {
            tested: tested.trim().parse().ok()?,
            caught: number_before(results, "caught"),
            missed: number_before(results, "missed"),
            timed_out: number_before(results, "timeout"),
            unviable: number_before(results, "unviable"),
        })
    }
}

#[cfg(test)]
mod tests;
