//! The metrics of a run, as Prometheus' own tool reads them.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::tally::Tally;
use crate::workspace::Workspace;

/// Runs the tests that need it, or says that they were skipped.
pub(super) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let asked = Command::new("promtool").arg("--version").output();
    if !asked.is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no promtool here; apt-get install prometheus brings it");
        return Ok(());
    }
    let mut command = workspace.cargo();
    command.args([
        "test",
        "--package",
        "creel-dashboard",
        "--package",
        "creel-cli",
    ]);
    command.args(["promtool", "--", "--ignored"]);
    let (counted, verdict) = Tally::of(command)?;
    *tally += counted;
    verdict?;
    ensure!(
        counted.passed > 1,
        "the tests of the metrics have promtool in their names, and not all ran"
    );
    Ok(())
}
