//! Each rule of the contract names the tests that show it, and they are there.

use std::collections::HashSet;

use crate::finding::Finding;
use crate::source::Source;

/// Where the contract stands: a table whose first column is the rule's name, and the last the tests.
pub(crate) const CONTRACT: &str = "docs/semantics.md";
const TESTS: &str = "crates/runtime/tests/it/";

/// Rules of the contract without a test, and tests that are named there and do not exist.
///
/// A rule is a row that begins with a letter and a number; a test is named `file::claim`.
pub(crate) fn check(sources: &[Source], contract: &str) -> Vec<Finding> {
    let known: HashSet<String> = sources.iter().flat_map(claims).collect();
    let mut findings = Vec::new();
    for (index, line) in contract.lines().enumerate() {
        let Some(rule) = rule(line) else { continue };
        let named: Vec<_> = named(line).collect();
        if named.is_empty() {
            let advice = format!("{rule} names no test: `file::claim` in the last column");
            findings.push(Finding::new(CONTRACT, index + 1, advice));
        }
        for name in named.iter().filter(|name| !known.contains(**name)) {
            let advice = format!("{rule} names `{name}`, which is no test in {TESTS}");
            findings.push(Finding::new(CONTRACT, index + 1, advice));
        }
    }
    findings
}

/// The rule that a row of the table is about: `F1`, `E10`.
fn rule(line: &str) -> Option<&str> {
    let first = line.strip_prefix("| ")?.split([' ', '|']).next()?;
    let number = first.strip_prefix(['F', 'E'])?;
    let is_number = !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit());
    is_number.then_some(first)
}

/// What the last column names as tests.
fn named(line: &str) -> impl Iterator<Item = &str> {
    let last = line.trim_end().trim_end_matches('|').rsplit('|').next();
    last.unwrap_or_default()
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| code.contains("::"))
}

/// The functions of a file of tests, with its name.
fn claims(source: &Source) -> Vec<String> {
    let Some(file) = source
        .path
        .strip_prefix(TESTS)
        .and_then(|file| file.strip_suffix(".rs"))
    else {
        return Vec::new();
    };
    (0..source.words.len())
        .filter(|index| source.follows(*index, "fn"))
        .map(|index| format!("{}::{}", file.replace('/', "::"), source.words[index].text))
        .collect()
}

#[cfg(test)]
mod tests;
