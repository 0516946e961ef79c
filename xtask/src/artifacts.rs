//! What a build made, as cargo tells it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use cargo_metadata::{Artifact, Message};

use crate::workspace::{Workspace, spell};

/// Runs a command of cargo that builds, and lists what it made.
pub(crate) fn build(command: &mut Command) -> Result<Vec<Artifact>> {
    command
        .args(["--message-format", "json-render-diagnostics"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = command
        .output()
        .with_context(|| format!("cannot start `{}`", spell(command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", spell(command), output.status);
    }
    let mut artifacts = Vec::new();
    for message in Message::parse_stream(&output.stdout[..]) {
        if let Message::CompilerArtifact(artifact) = message? {
            artifacts.push(artifact);
        }
    }
    Ok(artifacts)
}

/// The program itself: the one that was named, else the workspace's, built for release.
pub(crate) fn program(workspace: &Workspace, named: Option<&Path>) -> Result<PathBuf> {
    if let Some(named) = named {
        return fs::canonicalize(named).with_context(|| format!("there is no {}", named.display()));
    }
    let mut command = workspace.cargo();
    command.args(["build", "--release", "--package", "creel-cli"]);
    let program = build(&mut command)?
        .into_iter()
        .find_map(|artifact| artifact.executable);
    Ok(program.context("the build made no program")?.into())
}
