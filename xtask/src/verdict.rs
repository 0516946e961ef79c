//! Running checks one after the other and saying how each went.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::{Error, Result};

use crate::check::Check;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// Runs the checks, all of them whatever the earlier ones say; true when every one held.
pub(crate) fn run(workspace: &Workspace, checks: &[Check]) -> Result<bool> {
    let started = Instant::now();
    let mut tally = Tally::default();
    let mut verdicts = Vec::new();
    for check in checks {
        println!("\n==> {check}");
        io::stdout().flush()?;
        let started = Instant::now();
        let error = check.run(workspace, &mut tally).err();
        let verdict = Verdict {
            check,
            took: started.elapsed(),
            error,
        };
        verdict.print();
        verdicts.push(verdict);
    }
    let failed = verdicts.iter().any(|verdict| verdict.error.is_some());
    if verdicts.len() > 1 {
        println!("\n==> summary");
        verdicts.iter().for_each(Verdict::print);
        let took = started.elapsed().as_secs_f64();
        let whole = if failed { "FAILED" } else { "ok" };
        println!("{whole:<6}  {:<9} {took:6.1} s", "together");
    }
    if tally != Tally::default() {
        println!("tests: {} passed, {} failed", tally.passed, tally.failed);
    }
    Ok(!failed)
}

/// How one check went.
struct Verdict<'a> {
    check: &'a Check,
    took: Duration,
    error: Option<Error>,
}

impl Verdict<'_> {
    fn print(&self) {
        let Self { check, took, error } = self;
        let name = check.to_string();
        let took = took.as_secs_f64();
        match error {
            None => println!("ok      {name:<9} {took:6.1} s"),
            Some(error) => println!("FAILED  {name:<9} {took:6.1} s  {error:#}"),
        }
    }
}
