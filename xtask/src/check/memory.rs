//! The runtime's tests touch and leak no memory that they must not.
//!
//! AddressSanitizer sees each access of the code that it compiles, so it finds what runs past an end or after a free;
//! valgrind sees the program as it is, and finds what was never written.

mod sanitizer;
mod valgrind;

use anyhow::{Result, bail};

use crate::tally::Tally;
use crate::workspace::Workspace;

/// The tests of the runtime that the tools look at.
const TESTS: [&str; 5] = ["test", "--package", "creel-runtime", "--lib", "--tests"];

/// What tests leak on purpose: a function that is on the stack then, and why.
const LEFT: [(&str, &str); 2] = [
    (
        "what_a_payloads_drop_panics_with_is_dropped_as_well",
        "a panic whose drop panics without an end is let go of after some rounds",
    ),
    (
        "a_future_that_is_forgotten_does_not_hold_the_scope_up",
        "what is forgotten stays",
    ),
];

/// Runs the tests under both tools, the second also when the first has found something.
pub(super) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let mut failed = Vec::new();
    for (tool, verdict) in [
        ("AddressSanitizer", sanitizer::run(workspace, tally)),
        ("valgrind", valgrind::run(workspace, tally)),
    ] {
        match verdict {
            Ok(()) => println!("{tool} found nothing"),
            Err(error) => failed.push(format!("{tool}: {error:#}")),
        }
    }
    if !failed.is_empty() {
        bail!("{}", failed.join("; "));
    }
    Ok(())
}
