//! Every example of a published crate runs to its end.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::{Message, TargetKind};

use crate::deadline;
use crate::workspace::{Workspace, spell};

/// No example takes more than a few seconds; a machine may be busy.
const LIMIT: Duration = Duration::from_secs(60);

/// Builds the examples and runs each without arguments, in a directory of its own, where it may leave files.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let mut failed = Vec::new();
    for example in build(workspace)? {
        let directory = workspace
            .target()
            .join("xtask/examples")
            .join(&example.name);
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        println!("--- {} of {}", example.name, example.package);
        let mut child = Command::new(&example.executable)
            .current_dir(directory)
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", example.executable.display()))?;
        match deadline::end_within(LIMIT, &mut child)? {
            Some(status) if status.success() => {}
            Some(status) => failed.push(format!("{} ended with {status}", example.name)),
            None => failed.push(format!("{} did not end within {LIMIT:?}", example.name)),
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}

struct Example {
    package: String,
    name: String,
    executable: PathBuf,
}

fn build(workspace: &Workspace) -> Result<Vec<Example>> {
    let mut command = workspace.cargo();
    command
        .args(["build", "--workspace", "--examples"])
        .args(["--message-format", "json-render-diagnostics"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = command
        .output()
        .with_context(|| format!("cannot start `{}`", spell(&command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", spell(&command), output.status);
    }
    let mut examples = Vec::new();
    for message in Message::parse_stream(&output.stdout[..]) {
        let Message::CompilerArtifact(artifact) = message? else {
            continue;
        };
        let Some(executable) = artifact.executable else {
            continue;
        };
        if !artifact.target.kind.contains(&TargetKind::Example) {
            continue;
        }
        let package = workspace
            .published()
            .find(|package| package.id == artifact.package_id);
        if let Some(package) = package {
            examples.push(Example {
                package: package.name.to_string(),
                name: artifact.target.name,
                executable: executable.into(),
            });
        }
    }
    examples.sort_by(|one, other| (&one.package, &one.name).cmp(&(&other.package, &other.name)));
    Ok(examples)
}
