//! A lint that does not apply is expected, with a reason, so that it speaks up when it applies no longer.

use crate::finding::Finding;
use crate::source::Source;

/// Attributes that silence a lint for good, and expectations that do not say why.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        for (index, word) in source.words.iter().enumerate() {
            let is_attribute = ["[", ","]
                .iter()
                .any(|before| source.follows(index, before));
            if !(is_attribute && source.reads(index + 1, &["("]) && is_in_attribute(source, index))
            {
                continue;
            }
            let arguments = &source.words[index + 1..source.words[index + 1].partner];
            let has_reason = arguments.iter().any(|word| word.text == "reason");
            match word.text.as_str() {
                "allow" => findings.push(Finding::new(
                    &source.path,
                    word.line,
                    "`allow`: write `#[expect(lint, reason = \"…\")]`, or mend what the lint points at",
                )),
                "expect" if !has_reason => findings.push(Finding::new(
                    &source.path,
                    word.line,
                    "`expect` without a reason: add `reason = \"…\"`",
                )),
                _ => {}
            }
        }
    }
    findings
}

/// Whether a word stands between the brackets of `#[…]` or `#![…]`.
fn is_in_attribute(source: &Source, index: usize) -> bool {
    let starts = (0..index)
        .rev()
        .take(64)
        .find(|&open| source.words[open].text == "[");
    starts.is_some_and(|open| {
        source.words[open].partner > index
            && (source.follows(open, "#") || source.follows(open, "!"))
    })
}

#[cfg(test)]
mod tests;
