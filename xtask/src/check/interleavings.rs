//! The runtime's atomic parts under every interleaving, with loom.

mod mutants;

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use clap::Args;

use crate::tally::Tally;
use crate::workspace::Workspace;

/// How often loom lets a thread be preempted: two find most bugs, and four cost less than a second.
///
/// `LOOM_MAX_PREEMPTIONS` says otherwise.
const PREEMPTIONS: &str = "4";

/// What the models are run on.
#[derive(Clone, Args)]
pub(crate) struct Subject {
    /// Run the models on the mutants of the atomic parts instead: each takes away something that these need, and a
    /// model must fail. With a NAME, only on those that have it in their heading.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    mutants: Option<String>,
}

impl Subject {
    /// The code as it is.
    pub(super) const CODE: Self = Self { mutants: None };
}

/// Runs the tests of the modules named `interleavings`, on the code or on its mutants.
pub(super) fn run(workspace: &Workspace, subject: &Subject, tally: &mut Tally) -> Result<()> {
    if let Some(name) = &subject.mutants {
        return mutants::run(workspace, name);
    }
    let (counted, verdict) = Tally::of(models(workspace, workspace.root(), &["interleavings"]))?;
    *tally += counted;
    verdict?;
    ensure!(
        counted.passed > 0,
        "no test ran: the loom tests are those in modules named `interleavings`, under cfg(creel_loom)"
    );
    Ok(())
}

/// What compiles the models of a tree, and runs them.
///
/// They are compiled under a cfg of their own, in a target directory of their own: the flags would
/// otherwise rebuild everything else twice.
fn models(workspace: &Workspace, root: &Path, arguments: &[&str]) -> Command {
    let mut command = workspace.cargo();
    command
        .current_dir(root)
        .args(["test", "--package", "creel-runtime", "--lib", "--release"])
        .args(arguments)
        .env("CARGO_TARGET_DIR", workspace.target().join("loom"))
        // Optimizing across crates costs more than these tests run.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("RUSTFLAGS", "--cfg creel_loom -D warnings");
    set_preemptions(&mut command);
    command
}

/// Bounds the search of the models that a command runs.
fn set_preemptions(command: &mut Command) {
    if env::var_os("LOOM_MAX_PREEMPTIONS").is_none() {
        command.env("LOOM_MAX_PREEMPTIONS", PREEMPTIONS);
    }
}
