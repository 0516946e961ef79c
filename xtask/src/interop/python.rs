//! A Python environment of our own for each server: their requirements do not go together.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// An environment with packages installed.
pub(super) struct Python {
    programs: PathBuf,
}

impl Python {
    /// Makes the environment in a folder, or takes the one that is there if it was made for the same packages.
    pub(super) fn with(packages: &[&str], folder: &Path) -> Result<Self> {
        let environment = folder.join("venv");
        let python = Self {
            programs: environment.join("bin"),
        };
        let stamp = environment.join("installed.txt");
        let wanted = packages.join("\n");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(python);
        }
        println!("--- installing {}", packages.join(", "));
        let mut create = Command::new("python3");
        create.args(["-m", "venv", "--clear"]).arg(&environment);
        run(&mut create).context(
            "cannot make a Python environment; on Debian, python3 and python3-venv bring what it needs",
        )?;
        let mut install = python.command("python");
        install
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(packages);
        run(&mut install).context("cannot install the packages")?;
        fs::write(stamp, wanted)?;
        Ok(python)
    }

    /// A program of the environment.
    pub(super) fn command(&self, program: &str) -> Command {
        Command::new(self.programs.join(program))
    }
}

/// Runs a command to its end, which must be a good one.
pub(super) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))?;
    let program = command.get_program().to_string_lossy();
    ensure!(status.success(), "{program} ended with {status}");
    Ok(())
}
