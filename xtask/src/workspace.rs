//! The workspace that the tooling works on, as cargo sees it.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::{MetadataCommand, Package};

/// Where the workspace is, where its build products go, and its packages.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    packages: Vec<Package>,
}

impl Workspace {
    /// Asks cargo about the workspace that the current directory belongs to.
    pub(crate) fn load() -> Result<Self> {
        let metadata = MetadataCommand::new()
            .no_deps()
            .exec()
            .context("cargo cannot describe this workspace; run this inside it")?;
        Ok(Self {
            root: metadata.workspace_root.into(),
            target: metadata.target_directory.into(),
            packages: metadata.packages,
        })
    }

    /// The cargo that runs this program, in the workspace's root, whose target directory it uses.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root);
        // What cargo told us of our own package is not for another cargo: a build script that looks at it, as that of
        // the TLS library does, would run anew here and once more by hand, and all that stands on it be built again.
        for (name, _) in env::vars_os() {
            let told = name.to_string_lossy();
            if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command
    }

    /// The directory of the workspace's manifest.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The directory of build products; `CARGO_TARGET_DIR` and cargo's configuration decide where it is.
    pub(crate) fn target(&self) -> PathBuf {
        self.target.clone()
    }

    /// Where cargo puts the program `creel`.
    pub(crate) fn program(&self) -> PathBuf {
        self.target.join("debug/creel")
    }

    /// The packages that go to a registry.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| is_published(package))
    }

    /// The packages that stay here.
    pub(crate) fn unpublished(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| !is_published(package))
    }
}

/// A command as somebody would type it.
pub(crate) fn spell(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem();
    program
        .into_iter()
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// `publish = false` reads as an empty list of registries.
fn is_published(package: &Package) -> bool {
    package
        .publish
        .as_ref()
        .is_none_or(|registries| !registries.is_empty())
}
