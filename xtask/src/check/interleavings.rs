//! The runtime's atomic parts under every interleaving, with loom.

use std::env;

use anyhow::{Result, ensure};

use crate::tally::Tally;
use crate::workspace::Workspace;

/// How often loom lets a thread be preempted: two find most bugs, and four cost less than a second.
///
/// `LOOM_MAX_PREEMPTIONS` says otherwise.
const PREEMPTIONS: &str = "4";

/// Runs the tests of the modules named `interleavings`.
///
/// They are compiled under a cfg of their own, in a target directory of their own: the flags would
/// otherwise rebuild everything else twice.
pub(super) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let mut command = workspace.cargo();
    command
        .args(["test", "--package", "creel-runtime", "--lib", "--release"])
        .arg("interleavings")
        .env("CARGO_TARGET_DIR", workspace.target().join("loom"))
        // Optimizing across crates costs more than these tests run.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("RUSTFLAGS", "--cfg creel_loom -D warnings");
    if env::var_os("LOOM_MAX_PREEMPTIONS").is_none() {
        command.env("LOOM_MAX_PREEMPTIONS", PREEMPTIONS);
    }
    let (counted, verdict) = Tally::of(command)?;
    *tally += counted;
    verdict?;
    ensure!(
        counted.passed > 0,
        "no test ran: the loom tests are those in modules named `interleavings`, under cfg(creel_loom)"
    );
    Ok(())
}
