//! The checks, in the order in which `cargo xtask ci` runs them: what answers soonest comes first. What takes long is
//! left to whoever asks for it.

mod examples;
mod interleavings;
mod memory;
mod metrics;
mod mutants;
mod packages;
mod pages;
mod schedules;

use std::fmt;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Subcommand;

use crate::bench;
use crate::tally::Tally;
use crate::workspace::{Workspace, spell};

/// One thing that must hold.
#[derive(Clone, Subcommand)]
pub(crate) enum Check {
    /// The code is formatted.
    Fmt,
    /// The tree keeps the project's own rules; prints the longest files.
    Tidy,
    /// Clippy has nothing to say, with default features and with all.
    Clippy,
    /// All tests pass, those in the documentation too.
    Test,
    /// The documentation builds without a warning.
    Doc,
    /// Every example runs to its end.
    Examples,
    /// The page of a run is as people see it in Chromium, where that is installed; leaves pictures of it.
    Ui,
    /// Prometheus' own tool has nothing to say of the metrics of a run, where that is installed.
    Metrics,
    /// The atomic parts hold under every interleaving.
    Loom(interleavings::Subject),
    /// Whole pools come to their end under thousands of schedules, also where threads cannot be started.
    Shuttle,
    /// Every published crate can be packaged, and what is packaged builds.
    Package,
    /// Whatever is changed in core, a test of core fails; takes minutes, and installs cargo-mutants below the target
    /// directory.
    Mutants,
    /// The runtime's tests touch and leak no memory that they must not, says AddressSanitizer and says valgrind; takes
    /// minutes.
    Asan,
}

impl Check {
    /// Those of `cargo xtask ci`.
    pub(crate) const ALL: &[Self] = &[
        Self::Fmt,
        Self::Tidy,
        Self::Clippy,
        Self::Test,
        Self::Doc,
        Self::Examples,
        Self::Ui,
        Self::Metrics,
        Self::Loom(interleavings::Subject::CODE),
        Self::Shuttle,
        Self::Package,
    ];

    /// Runs the check, showing what its tools print, and adds the tests that ran.
    pub(crate) fn run(&self, workspace: &Workspace, tally: &mut Tally) -> Result<()> {
        match self {
            Self::Fmt => {
                cargo(workspace, "fmt --all --check")?;
                cargo(
                    workspace,
                    &format!("fmt --manifest-path {} --check", bench::MANIFEST),
                )
            }
            Self::Tidy => {
                let mut command = workspace.cargo();
                // What is found says where it is; where the rule stands is of no use.
                command.env("RUST_BACKTRACE", "0");
                command.args(["test", "--quiet", "--workspace", "--test", "tidy"]);
                command.args(["--", "--nocapture"]);
                // Not counted: these tests are among all tests, too.
                Tally::of(command)?.1
            }
            Self::Clippy => {
                cargo(workspace, "clippy --workspace --all-targets -- -D warnings")?;
                cargo(
                    workspace,
                    "clippy --workspace --all-targets --all-features -- -D warnings",
                )?;
                bench::clippy(workspace)
            }
            Self::Test => {
                let runner = if has_nextest(workspace) {
                    "nextest run --workspace --no-fail-fast --status-level slow"
                } else {
                    "test --workspace --lib --bins --tests --no-fail-fast"
                };
                let verdict = tests(workspace, &format!("{runner} {DECODER}"), tally);
                let docs = tests(workspace, "test --workspace --doc --no-fail-fast", tally);
                let (counted, bench) = Tally::of(bench::tests(workspace))?;
                *tally += counted;
                verdict.and(docs).and(bench)
            }
            Self::Doc => succeed(
                workspace
                    .cargo()
                    .args(["doc", "--workspace", "--no-deps"])
                    .env("RUSTDOCFLAGS", "-D warnings"),
            ),
            Self::Examples => examples::run(workspace),
            Self::Ui => pages::run(workspace, tally),
            Self::Metrics => metrics::run(workspace, tally),
            Self::Loom(subject) => interleavings::run(workspace, subject, tally),
            Self::Shuttle => schedules::run(workspace, tally),
            Self::Package => packages::run(workspace),
            Self::Mutants => mutants::run(workspace),
            Self::Asan => memory::run(workspace, tally),
        }
    }
}

/// The verb of the command line.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fmt => "fmt",
            Self::Tidy => "tidy",
            Self::Clippy => "clippy",
            Self::Test => "test",
            Self::Doc => "doc",
            Self::Examples => "examples",
            Self::Ui => "ui",
            Self::Metrics => "metrics",
            Self::Loom(_) => "loom",
            Self::Shuttle => "shuttle",
            Self::Package => "package",
            Self::Mutants => "mutants",
            Self::Asan => "asan",
        })
    }
}

/// With the decoder of H.264, which nothing has built in unless it is asked for; clippy has built it already.
const DECODER: &str = "--features creel-camera-source/h264";

fn cargo(workspace: &Workspace, line: &str) -> Result<()> {
    succeed(workspace.cargo().args(line.split(' ')))
}

fn tests(workspace: &Workspace, line: &str, tally: &mut Tally) -> Result<()> {
    let mut command = workspace.cargo();
    command.args(line.split(' '));
    let (counted, verdict) = Tally::of(command)?;
    *tally += counted;
    verdict
}

/// Runs a command that must end well, showing what it prints.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start `{}`", spell(command)))?;
    ensure!(status.success(), "`{}` ended with {status}", spell(command));
    Ok(())
}

/// nextest runs the tests faster where somebody installed it; nothing needs it.
fn has_nextest(workspace: &Workspace) -> bool {
    workspace
        .cargo()
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
