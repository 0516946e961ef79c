//! `cargo xtask soak`: the pool's promises, kept millions of times over.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use clap::Args;

use crate::artifacts;
use crate::workspace::{Workspace, spell};

/// The bench of the runtime that plays the scenes.
const BENCH: &str = "soak";

/// What to play.
#[derive(Args)]
pub(crate) struct Soak {
    /// The scenes to play; all when none is named.
    #[arg(value_name = "SCENE")]
    scenes: Vec<String>,
    /// Plays a hundredth of everything.
    #[arg(long)]
    quick: bool,
    /// Makes the random choices of a run that printed this seed.
    #[arg(long)]
    seed: Option<u64>,
}

impl Soak {
    /// Builds the bench for release and runs it; true when every scene ended well.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<bool> {
        let mut build = workspace.cargo();
        build.args(["build", "--release", "--package", "creel-runtime"]);
        build.args(["--bench", BENCH]);
        let executable = artifacts::build(&mut build)?
            .into_iter()
            .filter(|artifact| artifact.target.name == BENCH)
            .find_map(|artifact| artifact.executable)
            .context("the build made no executable of the bench")?;
        let mut soak = Command::new(executable);
        if self.scenes.is_empty() {
            soak.arg("all");
        }
        soak.args(&self.scenes).stdin(Stdio::null());
        if self.quick {
            soak.arg("--quick");
        }
        if let Some(seed) = self.seed {
            soak.args(["--seed", &seed.to_string()]);
        }
        let status = soak
            .status()
            .with_context(|| format!("cannot start `{}`", spell(&soak)))?;
        Ok(status.success())
    }
}
