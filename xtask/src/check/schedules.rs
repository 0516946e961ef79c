//! Whole pools under many schedules, with Shuttle.

use anyhow::{Result, ensure};

use crate::tally::Tally;
use crate::workspace::Workspace;

/// Runs the tests of the modules named `schedules`.
///
/// Like loom's, they are compiled under a cfg of their own, in a target directory of their own.
pub(super) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let mut command = workspace.cargo();
    command
        .args(["test", "--package", "creel-runtime", "--lib", "--release"])
        .arg("schedules")
        .env("CARGO_TARGET_DIR", workspace.target().join("shuttle"))
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("RUSTFLAGS", "--cfg creel_shuttle -D warnings");
    let (counted, verdict) = Tally::of(command)?;
    *tally += counted;
    verdict?;
    ensure!(
        counted.passed > 0,
        "no test ran: Shuttle's are those in modules named `schedules`, under cfg(creel_shuttle)"
    );
    Ok(())
}
