//! Every example of a published crate runs to its end.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{Package, TargetKind};

use crate::artifacts;
use crate::deadline;
use crate::running::{self, Running};
use crate::workspace::Workspace;

/// No example takes more than a few seconds; a machine may be busy.
const LIMIT: Duration = Duration::from_secs(60);

/// What stands for the address of a running model server among an example's arguments.
const SERVER: &str = "SERVER";

/// Builds the examples and runs each in a directory of its own, where it may leave files.
///
/// An example gets the arguments that its package's manifest gives it, if any, under
/// `[package.metadata.examples]`.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let folder = workspace.target().join("xtask/examples");
    let examples = build(workspace)?;
    let server = if examples.iter().any(Example::asks_a_server) {
        fs::create_dir_all(&folder)?;
        let (command, port) = running::creel(&workspace.program())?;
        let mut server = Running::start("creel", command, port, &folder.join("server.log"))?;
        server.await_ready("iris")?;
        Some(server)
    } else {
        None
    };
    let mut failed = Vec::new();
    for example in examples {
        let directory = folder.join(&example.name);
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        println!("--- {} of {}", example.name, example.package);
        let arguments = example.arguments.iter().map(|argument| match &server {
            Some(server) if argument == SERVER => server.url(),
            _ => argument.clone(),
        });
        let mut child = Command::new(&example.executable)
            .args(arguments)
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
    arguments: Vec<String>,
}

impl Example {
    fn asks_a_server(&self) -> bool {
        self.arguments.iter().any(|argument| argument == SERVER)
    }
}

/// Builds the examples of the published crates, and the program, which may be their server.
fn build(workspace: &Workspace) -> Result<Vec<Example>> {
    let mut command = workspace.cargo();
    command.args(["build", "--workspace", "--examples", "--bins"]);
    let mut examples = Vec::new();
    for artifact in artifacts::build(&mut command)? {
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
                arguments: arguments(package, &artifact.target.name),
                name: artifact.target.name,
                executable: executable.into(),
            });
        }
    }
    examples.sort_by(|one, other| (&one.package, &one.name).cmp(&(&other.package, &other.name)));
    Ok(examples)
}

/// What the manifest says that an example is to be run with.
fn arguments(package: &Package, example: &str) -> Vec<String> {
    let given = package.metadata["examples"][example].as_array();
    given
        .into_iter()
        .flatten()
        .filter_map(|argument| argument.as_str().map(str::to_owned))
        .collect()
}
