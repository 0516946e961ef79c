//! The runtime's tests with AddressSanitizer compiled in, and with its search for leaks at the end.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::{LEFT, TESTS};
use crate::output;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// Compiles and runs the tests, in a target directory of their own.
pub(super) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let folder = workspace.target().join("asan");
    fs::create_dir_all(&folder)?;
    let left = folder.join("left.txt");
    fs::write(&left, suppressions())?;
    let mut command = workspace.cargo();
    command
        .args(TESTS)
        .args(["--no-fail-fast", "--target", &host()?])
        .env("CARGO_TARGET_DIR", folder)
        // The stable compiler has the sanitizer, and hides it.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zsanitizer=address --cfg creel_alone")
        .env("RUST_BACKTRACE", "0")
        .env(
            "LSAN_OPTIONS",
            format!("suppressions={}:print_suppressions=0", left.display()),
        );
    let mut found = Vec::new();
    let mut counted = Tally::default();
    let status = output::follow(command, |line| {
        counted += Tally::read(line);
        found.extend(summary(line).map(str::to_owned));
    })?;
    *tally += counted;
    if !found.is_empty() {
        bail!("{}", found.join("; "));
    }
    ensure!(status.success(), "the tests ended with {status}");
    ensure!(counted.passed > 0, "no test ran");
    Ok(())
}

/// What AddressSanitizer says of a finding at its end.
fn summary(line: &str) -> Option<&str> {
    line.split_once("SUMMARY: AddressSanitizer: ")
        .map(|(_, summary)| summary)
}

/// What is left on purpose, in the words of the search for leaks.
fn suppressions() -> String {
    let lines = LEFT.map(|(function, reason)| format!("# {reason}\nleak:{function}\n"));
    lines.concat()
}

/// The target that the compiler runs on: without one, the sanitizer would be compiled into build scripts.
fn host() -> Result<String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("cannot start `rustc`")?;
    let version = String::from_utf8(output.stdout)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}

#[cfg(test)]
mod tests;
