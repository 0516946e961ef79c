//! Files are small, and a module is named by its file.

use std::cmp::Reverse;
use std::fmt::Write;

use crate::finding::Finding;
use crate::source::Source;

/// Past this nobody reads a file to its end.
const LONGEST: usize = 600;

/// Files that are too long, and modules called `mod`.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let path = &source.path;
        if path.ends_with("/mod.rs") {
            findings.push(Finding::new(
                path,
                1,
                "a `mod.rs`: name the file after the module, beside its folder",
            ));
        }
        let lines = source.lines.len();
        if lines > LONGEST {
            let advice = format!(
                "{lines} lines, more than {LONGEST}: find the second idea in it and give it a file"
            );
            findings.push(Finding::new(path, lines, advice));
        }
    }
    findings
}

/// The ten longest files, one a line.
pub(crate) fn longest(sources: &[Source]) -> String {
    let mut files: Vec<_> = sources
        .iter()
        .map(|source| (source.lines.len(), &source.path))
        .collect();
    files.sort_by_key(|&(lines, path)| (Reverse(lines), path));
    let mut text = "\nthe longest files:\n".to_owned();
    for (lines, path) in files.into_iter().take(10) {
        writeln!(text, "{lines:6} {path}").expect("a string takes everything");
    }
    text
}

#[cfg(test)]
mod tests;
