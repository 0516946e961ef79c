//! How many tests ran, read off the closing lines of test runners.

use std::io::{self, BufRead, BufReader};
use std::ops::AddAssign;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::workspace::spell;

/// Tests that passed and tests that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// Runs a test runner, shows what it prints, and counts.
    ///
    /// The tally is there whether or not the runner succeeded; the second value is an error when it did not.
    pub(crate) fn of(mut command: Command) -> Result<(Self, Result<()>)> {
        // One pipe for both streams keeps their lines in order.
        let (output, input) = io::pipe()?;
        command
            .stdout(input.try_clone()?)
            .stderr(input)
            .stdin(Stdio::null())
            .env("CARGO_TERM_COLOR", "never");
        let program = spell(&command);
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start `{program}`"))?;
        // The command holds this end of the pipe: without dropping it the lines would never end.
        drop(command);
        let mut tally = Self::default();
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            tally += Self::read(&line);
        }
        let status = child.wait()?;
        let verdict = (|| {
            ensure!(status.success(), "`{program}` ended with {status}");
            Ok(())
        })();
        Ok((tally, verdict))
    }

    /// What a line says, when it is the closing line of cargo's test harness or of nextest.
    fn read(line: &str) -> Self {
        // nextest shows what the harness of a failed test printed, indented.
        let is_closing =
            line.starts_with("test result: ") || line.trim_start().starts_with("Summary [");
        if !is_closing {
            return Self::default();
        }
        Self {
            passed: number_before(line, "passed"),
            failed: number_before(line, "failed") + number_before(line, "timed out"),
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The number that stands right before a word, zero when there is none.
fn number_before(line: &str, word: &str) -> u64 {
    let number = line
        .split_once(&format!(" {word}"))
        .and_then(|(before, _)| before.rsplit([' ', '(']).next()?.parse().ok());
    number.unwrap_or(0)
}

#[cfg(test)]
mod tests;
