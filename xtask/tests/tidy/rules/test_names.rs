//! A test is a claim, and its name is the claim's sentence.

use crate::finding::Finding;
use crate::source::Source;

/// Tests whose name is a prefix or a single word.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        for index in 0..source.words.len() {
            let is_name = source.follows(index, "fn") && source.is_test_at(index);
            if !(is_name && is_marked(source, index)) {
                continue;
            }
            let word = &source.words[index];
            let name = &word.text;
            let fault = if name.starts_with("test_") {
                "begins with `test_`"
            } else if !name.contains('_') {
                "is no sentence"
            } else {
                continue;
            };
            findings.push(Finding::new(
                &source.path,
                word.line,
                format!(
                    "`{name}` {fault}: name what is claimed, as in `a_torn_reply_is_malformed`"
                ),
            ));
        }
    }
    findings
}

/// Whether the function whose name stands at an index carries the attribute of a test.
fn is_marked(source: &Source, index: usize) -> bool {
    let mut end = index - 1;
    while end > 0 && ["async", "pub"].contains(&source.words[end - 1].text.as_str()) {
        end -= 1;
    }
    while source.follows(end, "]") {
        let open = source.words[end - 1].partner;
        if source.words[end - 2].text == "test" {
            return true;
        }
        end = open.saturating_sub(1);
    }
    false
}

#[cfg(test)]
mod tests;
