//! The atomics that hold a machine of core change only in `advance`, which applies a transition of core.

use std::ops::Range;

use crate::finding::Finding;
use crate::source::Source;

/// Where the life of a task and the life of the pool are held.
const FILES: [&str; 2] = [
    "crates/runtime/src/task/state.rs",
    "crates/runtime/src/pool/state.rs",
];

const ADVANCE: &str = "advance";

/// What changes an atomic, or lets somebody else change it.
fn changes(name: &str) -> bool {
    let methods = [
        "store",
        "swap",
        "get_mut",
        "into_inner",
        "as_ptr",
        "from_ptr",
        "from_mut",
    ];
    methods.contains(&name)
        || name.starts_with("fetch_")
        || name.starts_with("compare_exchange")
        || name.starts_with("compare_and_swap")
}

/// Changes outside of `advance`, files without one, and fields that others could reach.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in FILES {
        let Some(source) = sources.iter().find(|source| source.path == file) else {
            findings.push(Finding::new(
                file,
                1,
                "the file is missing: the state atomic lives here, with its `advance`",
            ));
            continue;
        };
        let advances = advances(source);
        if advances.len() != 1 {
            findings.push(Finding::new(
                file,
                1,
                format!(
                    "{} functions `{ADVANCE}`: one compare-and-swap loop serves every transition",
                    advances.len()
                ),
            ));
        }
        if advances.iter().any(|advance| !swaps(source, advance)) {
            findings.push(Finding::new(file, 1, format!("`{ADVANCE}` has no `compare_exchange`: a load and a store lose what came between")));
        }
        let below = format!("{}/", file.trim_end_matches(".rs"));
        for source in sources {
            let is_ours = source.path == file;
            if !(is_ours || source.path.starts_with(&below) && !source.is_test()) {
                continue;
            }
            let advances = if is_ours { advances.as_slice() } else { &[] };
            check_changes(source, advances, &mut findings);
            check_fields(source, &mut findings);
        }
    }
    findings
}

fn check_changes(source: &Source, advances: &[Range<usize>], findings: &mut Vec<Finding>) {
    for (index, word) in source.words.iter().enumerate() {
        let is_called = source.follows(index, ".") || source.follows(index, "::");
        let is_inside = advances.iter().any(|advance| advance.contains(&index));
        if changes(&word.text) && is_called && !is_inside && !source.is_test_at(index) {
            findings.push(Finding::new(
                &source.path,
                word.line,
                format!("`{}` outside of `{ADVANCE}`: write the transition in core and pass it to `{ADVANCE}`", word.text),
            ));
        }
    }
}

fn check_fields(source: &Source, findings: &mut Vec<Finding>) {
    for (index, word) in source.words.iter().enumerate() {
        if word.text != "struct" {
            continue;
        }
        let opening = (index..source.words.len())
            .find(|&index| ["(", "{", ";"].contains(&source.words[index].text.as_str()));
        let Some(opening) = opening else { continue };
        let body = &source.words[opening..=source.words[opening].partner];
        let holds_atomic = body.iter().any(|word| word.text.starts_with("Atomic"));
        if let Some(public) = body.iter().find(|word| holds_atomic && word.text == "pub") {
            findings.push(Finding::new(
                &source.path,
                public.line,
                format!("a field beside a state atomic is visible: keep it private, so that only `{ADVANCE}` can change it"),
            ));
        }
    }
}

/// The bodies of the functions called `advance`.
fn advances(source: &Source) -> Vec<Range<usize>> {
    (0..source.words.len())
        .filter(|&index| source.reads(index, &["fn", ADVANCE]))
        .filter_map(|index| {
            let opening =
                (index..source.words.len()).find(|&index| source.words[index].text == "{")?;
            Some(opening..source.words[opening].partner)
        })
        .collect()
}

fn swaps(source: &Source, body: &Range<usize>) -> bool {
    source.words[body.clone()]
        .iter()
        .any(|word| word.text.starts_with("compare_exchange"))
}

#[cfg(test)]
mod tests;
