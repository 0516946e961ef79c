//! How many tests ran, read off the closing lines of test runners.

use std::ops::AddAssign;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::output::{self, number_before};
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
    pub(crate) fn of(command: Command) -> Result<(Self, Result<()>)> {
        let program = spell(&command);
        let mut tally = Self::default();
        let status = output::follow(command, |line| tally += Self::read(line))?;
        let verdict = (|| {
            ensure!(status.success(), "`{program}` ended with {status}");
            Ok(())
        })();
        Ok((tally, verdict))
    }

    /// What a line says, when it is the closing line of cargo's test harness or of nextest.
    pub(crate) fn read(line: &str) -> Self {
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

#[cfg(test)]
mod tests;
