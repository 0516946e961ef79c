//! Words speak of the code as it is: nothing of its drafts, and nothing of where packages come from.

use std::sync::LazyLock;

use crate::finding::Finding;
use crate::source::Source;
use crate::tree::Text;

/// Words of a comment that tell of a draft.
const DRAFTS: [&str; 11] = [
    "todo",
    "fixme",
    "xxx",
    "hack",
    "for now",
    "phase #",
    "legacy",
    "refactored",
    "as requested",
    "as discussed",
    "an earlier version",
];

/// The hosts that packages come from, which are a matter of each machine; in pieces, since this file is
/// checked too.
static HOSTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    [
        ["crates", "io"],
        ["pypi", "org"],
        ["pythonhosted", "org"],
        ["npmjs", "org"],
        ["npmjs", "com"],
        ["debian", "org"],
    ]
    .map(|host| host.join("."))
    .to_vec()
});

/// Comments that tell of a draft, and hosts of registries wherever they are named.
pub(crate) fn check(sources: &[Source], texts: &[Text]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        for comment in &source.comments {
            if let Some(draft) = DRAFTS.iter().find(|draft| says(&comment.text, draft)) {
                findings.push(Finding::new(
                    &source.path,
                    comment.line,
                    format!("\"{draft}\" tells of a draft: say what is, or file what is missing"),
                ));
            }
        }
        find_hosts(
            &source.path,
            source.lines.iter().map(String::as_str),
            &mut findings,
        );
    }
    for text in texts {
        find_hosts(&text.path, text.text.lines(), &mut findings);
    }
    findings
}

fn find_hosts<'a>(path: &str, lines: impl Iterator<Item = &'a str>, findings: &mut Vec<Finding>) {
    for (index, line) in lines.enumerate() {
        if let Some(host) = HOSTS.iter().find(|host| line.contains(host.as_str())) {
            findings.push(Finding::new(
                path,
                index + 1,
                format!("`{host}` names a registry's host: name the package instead"),
            ));
        }
    }
}

/// Whether a text has these words, whole and in any case; `#` stands for a digit.
fn says(text: &str, words: &str) -> bool {
    let text: String = text
        .chars()
        .map(|letter| match letter.to_ascii_lowercase() {
            digit if digit.is_ascii_digit() => '#',
            letter => letter,
        })
        .collect();
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(words).any(|(start, found)| {
        !text[..start].ends_with(is_part) && !text[start + found.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests;
