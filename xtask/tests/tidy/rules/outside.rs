//! Core and protocols are values: no clock, thread, file, socket, process, atomic or `unsafe`.

use crate::finding::Finding;
use crate::source::Source;

const PURE: [&str; 2] = ["crates/core/src/", "crates/protocols/src/"];

/// What lies outside, and what stands in its place.
const OUTSIDE: [(&str, &str); 9] = [
    ("std::sync::atomic", "core decides, the runtime stores"),
    ("core::sync::atomic", "core decides, the runtime stores"),
    ("std::thread", "threads belong to the runtime"),
    ("std::fs", "files belong to an adapter"),
    ("std::net", "sockets belong to an adapter"),
    ("std::os", "the system belongs to an adapter"),
    ("std::process", "processes belong to an adapter"),
    (
        "std::env",
        "the program reads its environment and passes on what it found",
    ),
    ("std::io::Stdin", "the program reads its input"),
];

/// Reading the time, however the type was imported.
const CLOCKS: [&str; 2] = ["Instant::now", "SystemTime::now"];

/// Places in core and protocols that name something outside. Their tests may: someone has to name a time.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        if source.is_test() || !PURE.iter().any(|pure| source.path.starts_with(pure)) {
            continue;
        }
        if source.path.ends_with("/src/lib.rs") && !forbids_unsafe(source) {
            findings.push(Finding::new(
                &source.path,
                1,
                "`#![forbid(unsafe_code)]` is missing: write it below the title",
            ));
        }
        for mention in &source.mentions {
            let outside = OUTSIDE.iter().find(|(path, _)| mention.is_in(path));
            let clock = CLOCKS
                .iter()
                .find(|clock| mention.ends_in(clock))
                .map(|_| "time is an argument");
            if let Some(reason) = outside.map(|(_, reason)| *reason).or(clock)
                && !source.is_test_at(mention.index)
            {
                findings.push(Finding::new(
                    &source.path,
                    mention.line,
                    format!("`{}` is outside of this crate: {reason}", mention.path),
                ));
            }
        }
    }
    findings
}

fn forbids_unsafe(source: &Source) -> bool {
    let attribute = ["#", "!", "[", "forbid", "(", "unsafe_code", ")", "]"];
    (0..source.words.len()).any(|index| source.reads(index, &attribute))
}

#[cfg(test)]
mod tests;
