//! Our own program: the client of every server, and the server that the others are compared with.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::running;
use crate::workspace::Workspace;

/// The program, built.
pub(super) struct Creel {
    program: PathBuf,
}

impl Creel {
    pub(super) fn build(workspace: &Workspace) -> Result<Self> {
        let status = workspace
            .cargo()
            .args(["build", "--package", "creel-cli"])
            .status()
            .context("cannot start cargo")?;
        ensure!(status.success(), "the program does not build");
        Ok(Self {
            program: workspace.program(),
        })
    }

    /// What starts the server on a free port, and the port.
    pub(super) fn serve(&self) -> Result<(Command, u16)> {
        running::creel(&self.program)
    }

    /// What asks a server all rows of a file.
    pub(super) fn batch(&self, rows: &Path, server: &str, model: &str, out: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("batch")
            .arg(rows)
            .args(["--server", server, "--model", model])
            .arg("--out")
            .arg(out);
        command
    }
}
