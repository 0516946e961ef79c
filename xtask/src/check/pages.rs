//! The page of a run, as Chromium shows it.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::tally::Tally;
use crate::workspace::Workspace;

/// Names under which the browser is installed.
const PROGRAMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Runs the tests that need it, or says that they were skipped.
pub(super) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let is_there = PROGRAMS.iter().any(|program| {
        let asked = Command::new(program).arg("--version").output();
        asked.is_ok_and(|output| output.status.success())
    });
    if !is_there {
        println!("skipped: there is no Chromium here; apt-get install chromium brings it");
        return Ok(());
    }
    let mut command = workspace.cargo();
    command
        .args(["test", "--package", "creel-cli", "--test", "it", "browser"])
        // Each is a browser, a camera and a server.
        .args(["--", "--ignored", "--test-threads", "1"]);
    let (counted, verdict) = Tally::of(command)?;
    *tally += counted;
    verdict?;
    ensure!(
        counted.passed > 0,
        "no test ran: the browser's are those in crates/cli/tests/it/browser.rs"
    );
    let pictures = workspace.target().join("tmp/page");
    println!("pictures of the page: {}", pictures.display());
    Ok(())
}
