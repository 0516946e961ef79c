//! `cargo xtask price`: what the ledger and the sampled measurements take of a task.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::workspace::{Workspace, spell};
use crate::{artifacts, debian};

/// The bench of the runtime whose tasks are counted.
const BENCH: &str = "price";
/// The largest part of a task's instructions that they may take.
const MOST: f64 = 0.03;
/// What a process takes beside its tasks goes with the difference of two sizes.
const SIZES: [u32; 2] = [5_000, 85_000];
/// The least of so many runs counts: it is one in which the worker has taken several tasks at a time throughout, as it does
/// while they look short. Under callgrind they do not always.
const RUNS: usize = 6;

/// Counts, and prints what came of it; true when it is no more than it may be.
pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    debian::install(&["valgrind"])?;
    let with = build(workspace, "with", "")?;
    let without = build(workspace, "without", "--cfg creel_unbooked")?;
    let whole = per_task(workspace, &with, &[])?;
    let bare = per_task(workspace, &without, &[])?;
    let diagnosed = per_task(workspace, &with, &["diagnostics"])?;
    let part = (whole - bare) / whole;
    println!("instructions of a task that one worker runs");
    println!("  without ledger and sampled measurements {bare:6.1}");
    println!(
        "  with both                               {whole:6.1}, {:.1} % of them theirs",
        100.0 * part
    );
    println!("  with diagnostics(true)                  {diagnosed:6.1}");
    ensure!(bare > 0.0 && whole > bare, "nothing can be told from that");
    let is_held = part <= MOST;
    println!(
        "{}: at most {:.0} % may be theirs",
        if is_held { "held" } else { "NOT HELD" },
        100.0 * MOST
    );
    Ok(is_held)
}

/// Builds the bench for release, each kind in a folder of its own, so that neither is built again for the other.
fn build(workspace: &Workspace, kind: &str, flags: &str) -> Result<PathBuf> {
    let folder = workspace.target().join("xtask/price").join(kind);
    let mut build = workspace.cargo();
    build.args(["build", "--release", "--package", "creel-runtime"]);
    build.args(["--bench", BENCH, "--target-dir"]).arg(folder);
    build.env("RUSTFLAGS", flags);
    // As the benchmark of the pool is built. Of parts, what one calls in another would be another matter in each build.
    build.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1");
    artifacts::build(&mut build)?
        .into_iter()
        .filter(|artifact| artifact.target.name == BENCH)
        .find_map(|artifact| artifact.executable)
        .map(PathBuf::from)
        .context("the build made no executable of the bench")
}

/// The instructions of a task.
fn per_task(workspace: &Workspace, program: &Path, arguments: &[&str]) -> Result<f64> {
    let [small, large] = SIZES;
    let mut counts = Vec::new();
    for _ in 0..RUNS {
        let before = count(workspace, program, small, arguments)?;
        let after = count(workspace, program, large, arguments)?;
        counts.push((after - before) / f64::from(large - small));
    }
    counts
        .into_iter()
        .reduce(f64::min)
        .context("there was no run")
}

/// The instructions of a run.
fn count(workspace: &Workspace, program: &Path, tasks: u32, arguments: &[&str]) -> Result<f64> {
    let log = workspace.target().join("xtask/price/callgrind.log");
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--fair-sched=try"])
        .arg("--callgrind-out-file=/dev/null")
        .arg(format!("--log-file={}", log.display()))
        .arg(program)
        .arg(tasks.to_string())
        .args(arguments)
        .stdin(Stdio::null());
    let status = valgrind
        .status()
        .with_context(|| format!("cannot start `{}`", spell(&valgrind)))?;
    ensure!(
        status.success(),
        "`{}` ended with {status}",
        spell(&valgrind)
    );
    let text = fs::read_to_string(&log).context("callgrind has written nothing")?;
    collected(&text).context("callgrind has counted nothing")
}

/// The total that callgrind tells at its end.
fn collected(text: &str) -> Option<f64> {
    let (_, total) = text.split_once("Collected :")?;
    total.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_the_end_of_a_log() {
        let log = "==7== Events    : Ir\n==7== Collected : 47247735\n==7==\n==7== I   refs:      47,247,735\n";
        assert_eq!(collected(log), Some(47_247_735.0));
        assert_eq!(collected("==7== Command: price 5000\n"), None);
    }
}
