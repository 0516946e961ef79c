//! `cargo xtask fuzz`: every parser of bytes from outside, under libFuzzer.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::check::succeed;
use crate::output;
use crate::workspace::Workspace;

/// The parsers, as the programs in `fuzz/targets` are called.
const TARGETS: [&str; 8] = [
    "events", "tensors", "forms", "replies", "rows", "items", "pictures", "spool",
];

/// More than any parser needs for inputs of the size that are tried.
const MEMORY_MB_MAX: u32 = 512;

/// What to fuzz.
#[derive(Args)]
pub(crate) struct Fuzz {
    /// The parsers; all when none is named.
    #[arg(value_name = "TARGET", value_parser = TARGETS)]
    targets: Vec<String>,
    /// How many seconds each is fuzzed.
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    seconds: u32,
}

/// How one parser fared.
struct Verdict {
    target: String,
    inputs: u64,
    finding: Option<String>,
}

impl Fuzz {
    /// Fuzzes each parser for its time; true when nothing was found.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<bool> {
        let folder = workspace.target().join("fuzz");
        let program = installed(workspace)?;
        let targets: Vec<String> = if self.targets.is_empty() {
            TARGETS.map(str::to_owned).to_vec()
        } else {
            self.targets.clone()
        };
        let mut verdicts = Vec::new();
        for target in targets {
            let corpus = folder.join("corpus").join(&target);
            let artifacts = folder.join("artifacts").join(&target);
            for folder in [&corpus, &artifacts] {
                fs::create_dir_all(folder)
                    .with_context(|| format!("cannot make {}", folder.display()))?;
            }
            let mut command = std::process::Command::new(&program);
            command
                .current_dir(workspace.root())
                // The stable compiler has the instrumentation, and hides it.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_DIR", folder.join("target"))
                .args(["fuzz", "run", &target])
                .arg(&corpus)
                .arg("--")
                .arg(format!("-max_total_time={}", self.seconds))
                .arg(format!("-rss_limit_mb={MEMORY_MB_MAX}"))
                .arg("-timeout=10")
                .arg(format!("-dict=fuzz/dictionaries/{target}.dict"))
                .arg(format!("-artifact_prefix={}/", artifacts.display()));
            let (mut inputs, mut finding) = (None, None);
            let status = output::follow(command, |line| {
                inputs = inputs.or(done(line));
                if let Some((_, found)) = line.split_once("SUMMARY: libFuzzer: ") {
                    finding = Some(found.to_owned());
                }
            })?;
            if finding.is_none() {
                ensure!(
                    status.success(),
                    "the fuzzer of {target} ended with {status}"
                );
            }
            verdicts.push(Verdict {
                target,
                inputs: inputs.unwrap_or(0),
                finding,
            });
        }
        println!();
        for verdict in &verdicts {
            let Verdict { target, inputs, .. } = verdict;
            match &verdict.finding {
                None => println!(
                    "{target}: {inputs} inputs in {:?}, nothing found",
                    Duration::from_secs(self.seconds.into())
                ),
                Some(finding) => println!(
                    "{target}: {finding}; the input is in {}",
                    folder.join("artifacts").join(target).display()
                ),
            }
        }
        Ok(verdicts.iter().all(|verdict| verdict.finding.is_none()))
    }
}

/// How many inputs were tried, as libFuzzer says at its end.
fn done(line: &str) -> Option<u64> {
    let (count, rest) = line.strip_prefix("Done ")?.split_once(' ')?;
    rest.starts_with("runs in").then(|| count.parse().ok())?
}

/// cargo-fuzz, installed where it was not.
fn installed(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target().join("fuzz/tool");
    let program = folder.join("bin/cargo-fuzz");
    if !program.exists() {
        println!("--- installing cargo-fuzz");
        succeed(
            workspace
                .cargo()
                .args([
                    "install",
                    "--quiet",
                    "--locked",
                    "cargo-fuzz@^0.13",
                    "--root",
                ])
                .arg(folder)
                .env("CARGO_TARGET_DIR", workspace.target().join("fuzz/build")),
        )?;
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::done;

    #[test]
    fn the_fuzzer_tells_at_its_end_how_many_inputs_it_tried() {
        assert_eq!(done("Done 123456 runs in 31 second(s)"), Some(123_456));
        assert_eq!(done("#1024\tNEW    cov: 12 ft: 13"), None);
    }
}
