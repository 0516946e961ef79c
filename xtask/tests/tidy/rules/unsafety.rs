//! `unsafe` lives in the files that the architecture lists, and says why it is right.

use crate::finding::Finding;
use crate::source::Source;

/// The document that lists the files, in backquotes, below the heading.
pub(crate) const LIST: &str = "docs/architecture.md";
const HEADING: &str = "## Where `unsafe` lives";

/// `unsafe` outside of the listed files or without a reason, and files that are listed for nothing.
pub(crate) fn check(sources: &[Source], document: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(listed) = listed(document) else {
        return vec![Finding::new(
            LIST,
            1,
            format!("the heading `{HEADING}` is missing: list the files with `unsafe` below it"),
        )];
    };
    for source in sources {
        let is_listed = listed.iter().any(|(_, path)| *path == source.path);
        for (index, word) in source.words.iter().enumerate() {
            if word.text != "unsafe" {
                continue;
            }
            if !is_listed {
                findings.push(Finding::new(
                    &source.path,
                    word.line,
                    format!("`unsafe` outside of the files that {LIST} lists: do without, or use what those files offer"),
                ));
            }
            let needs_reason =
                source.reads(index, &["unsafe", "{"]) || source.reads(index, &["unsafe", "impl"]);
            if needs_reason && !has_reason(source, word.line) {
                findings.push(Finding::new(
                    &source.path,
                    word.line,
                    "`unsafe` without a comment `SAFETY:` above it: name each obligation and why it holds",
                ));
            }
        }
    }
    for (line, path) in listed {
        let uses = |source: &Source| source.words.iter().any(|word| word.text == "unsafe");
        if !sources
            .iter()
            .any(|source| source.path == path && uses(source))
        {
            findings.push(Finding::new(
                LIST,
                line,
                format!("`{path}` has no `unsafe`: take it off the list"),
            ));
        }
    }
    findings
}

/// The files below the heading with their lines; `None` without the heading.
fn listed(document: &str) -> Option<Vec<(usize, &str)>> {
    let lines = || document.lines().enumerate();
    let (heading, _) = lines().find(|(_, line)| line.trim_end() == HEADING)?;
    let files = lines()
        .skip(heading + 1)
        .take_while(|(_, line)| !line.starts_with('#'))
        .flat_map(|(index, line)| {
            line.split('`')
                .skip(1)
                .step_by(2)
                .map(move |path| (index + 1, path))
        })
        .filter(|(_, path)| path.ends_with(".rs"));
    Some(files.collect())
}

/// Whether a comment with the reason stands in the statement of a line or right above it.
fn has_reason(source: &Source, line: usize) -> bool {
    let ends_a_statement = |text: &str| [";", "{", "}"].iter().any(|end| text.ends_with(end));
    let is_comment = |text: &str| text.starts_with("//");
    source.lines[..line]
        .iter()
        .rev()
        .map(|text| text.trim())
        .enumerate()
        .take_while(|(above, text)| {
            *above == 0 || is_comment(text) || !(text.is_empty() || ends_a_statement(text))
        })
        .any(|(_, text)| text.contains("SAFETY:"))
}

#[cfg(test)]
mod tests;
