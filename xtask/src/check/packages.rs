//! Every published crate can be packaged, and what is packaged builds.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::succeed;
use crate::workspace::Workspace;

/// Packages the published crates, unpacks them side by side, and checks each by itself.
///
/// Cargo's own verification does not do: it keeps what it unpacked and built of a package by version, so that
/// of two packages of ours that changed together, the one that uses the other sees an older state of it.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let mut package = workspace.cargo();
    package.args(["package", "--workspace", "--no-verify", "--allow-dirty"]);
    for unpublished in workspace.unpublished() {
        package.args(["--exclude", &unpublished.name]);
    }
    succeed(&mut package)?;

    let unpacked = workspace.target().join("xtask/packages");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked)?;
    }
    fs::create_dir_all(&unpacked)?;
    unpack(workspace, &unpacked).with_context(|| format!("cannot fill {}", unpacked.display()))?;
    for published in workspace.published() {
        // By itself, since a feature of a dependency that another crate asks for would be lent to it.
        succeed(
            workspace
                .cargo()
                .current_dir(&unpacked)
                .args(["check", "--quiet", "--package", &published.name])
                .arg("--target-dir")
                .arg(workspace.target().join("packages")),
        )?;
    }
    Ok(())
}

/// Lays the packages out as a workspace whose members stand in for what a registry would give.
fn unpack(workspace: &Workspace, folder: &Path) -> Result<()> {
    let mut members = String::new();
    let mut patches = String::new();
    for published in workspace.published() {
        let name = format!("{}-{}", published.name, published.version);
        let file = format!("package/{name}.crate");
        succeed(
            Command::new("tar")
                .arg("--extract")
                .arg("--file")
                .arg(workspace.target().join(file))
                .arg("--directory")
                .arg(folder),
        )?;
        write!(members, "{name:?}, ")?;
        writeln!(patches, "{} = {{ path = {name:?} }}", published.name)?;
    }
    fs::write(
        folder.join("Cargo.toml"),
        format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{members}]\n\n[patch.crates-io]\n{patches}"
        ),
    )?;
    // The versions that everything else was checked with.
    fs::copy(
        workspace.root().join("Cargo.lock"),
        folder.join("Cargo.lock"),
    )?;
    Ok(())
}
