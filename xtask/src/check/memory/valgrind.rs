//! The runtime's tests under valgrind's memcheck.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::{LEFT, TESTS};
use crate::artifacts;
use crate::output;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// Tests that would take longer than all others together, and why nothing is lost without them.
const TOO_LONG: [(&str, &str); 1] = [(
    "asynchronous::inline_runs_a_task_that_yields_a_million_times",
    "what a million polls touch, a few have touched",
)];

/// Builds the tests, and runs each program of them.
pub(super) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    require_valgrind()?;
    let folder = workspace.target().join("xtask/valgrind");
    fs::create_dir_all(&folder)?;
    let left = folder.join("left.supp");
    fs::write(&left, suppressions())?;
    // Each task in memory of its own, so that one that is used too late is found.
    let mut cargo = workspace.cargo();
    cargo
        .args(TESTS)
        .arg("--no-run")
        .env("RUSTFLAGS", "--cfg creel_alone")
        .env("CARGO_TARGET_DIR", &folder);
    let built = artifacts::build(&mut cargo)?;
    let programs: Vec<_> = built
        .into_iter()
        .filter(|artifact| artifact.profile.test)
        .filter_map(|artifact| artifact.executable)
        .collect();
    ensure!(!programs.is_empty(), "there are no tests");
    for (test, reason) in TOO_LONG {
        println!("--- without {test}: {reason}");
    }
    let mut found = Vec::new();
    for program in programs {
        let name = program.file_name().unwrap_or(program.as_str()).to_owned();
        let (counted, errors) = look(workspace, program.as_std_path(), &left)?;
        *tally += counted;
        match errors {
            Some(0) if counted.failed == 0 && counted.passed > 0 => {}
            Some(0) => found.push(format!("{name}: the tests do not pass")),
            Some(errors) => found.push(format!("{name}: {errors} errors")),
            None => found.push(format!("{name} did not come to its end")),
        }
    }
    if !found.is_empty() {
        bail!("{}", found.join("; "));
    }
    Ok(())
}

/// Runs a program of tests; gives how many there were, and how many errors valgrind counted if it did.
fn look(workspace: &Workspace, program: &Path, left: &Path) -> Result<(Tally, Option<u64>)> {
    let mut command = Command::new("valgrind");
    command
        .current_dir(workspace.root().join("crates/runtime"))
        .args([
            "--leak-check=full",
            "--errors-for-leak-kinds=definite,indirect",
        ])
        .args(["--show-leak-kinds=definite,indirect", "--num-callers=40"])
        // Threads take turns: one that waits for another would else hold it up for long.
        .arg("--fair-sched=yes")
        .arg(format!("--suppressions={}", left.display()))
        .arg(program)
        .env("RUST_BACKTRACE", "0");
    for (test, _) in TOO_LONG {
        command.args(["--skip", test]);
    }
    let mut tally = Tally::default();
    let mut errors = None;
    output::follow(command, |line| {
        tally += Tally::read(line);
        errors = errors_counted(line).or(errors);
    })?;
    Ok((tally, errors))
}

/// The errors that valgrind's closing line counts.
fn errors_counted(line: &str) -> Option<u64> {
    let (_, counts) = line.split_once("== ERROR SUMMARY: ")?;
    counts.split(' ').next()?.parse().ok()
}

/// What is left on purpose, in valgrind's words.
fn suppressions() -> String {
    let entries = LEFT.map(|(function, reason)| {
        format!(
            "# {reason}\n{{\n   {function}\n   Memcheck:Leak\n   ...\n   fun:*{function}*\n}}\n"
        )
    });
    entries.concat()
}

/// Installs valgrind where it is missing and that can be done.
fn require_valgrind() -> Result<()> {
    if is_there("valgrind") {
        return Ok(());
    }
    if is_there("apt-get") {
        println!("--- installing valgrind");
        for arguments in [
            &["update", "-qq"][..],
            &["install", "-qq", "--no-install-recommends", "valgrind"],
        ] {
            let status = Command::new("apt-get")
                .args(arguments)
                .arg("--yes")
                .env("DEBIAN_FRONTEND", "noninteractive")
                .stdin(Stdio::null())
                .status()
                .context("cannot start `apt-get`")?;
            if !status.success() {
                break;
            }
        }
    }
    ensure!(
        is_there("valgrind"),
        "NOT RUN: it is not installed, and cannot be from here"
    );
    Ok(())
}

/// Whether a program can be started.
fn is_there(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests;
