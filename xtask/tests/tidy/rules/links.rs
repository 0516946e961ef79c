//! Links of the documentation lead to files and headings that are there.

use std::path::{Component, Path, PathBuf};

use crate::finding::Finding;
use crate::tree::Text;

/// Relative links of Markdown files whose file or heading is not there.
pub(crate) fn check(texts: &[Text], exists: impl Fn(&Path) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for text in texts.iter().filter(|text| text.path.ends_with(".md")) {
        for (line, link) in links(&text.text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => PathBuf::from(&text.path),
                path => resolve(&text.path, path),
            };
            let document = texts.iter().find(|text| Path::new(&text.path) == target);
            if !exists(&target) {
                let advice = format!("`{link}` leads nowhere: there is no {}", target.display());
                findings.push(Finding::new(&text.path, line, advice));
            } else if let Some(document) = document
                && !heading.is_empty()
                && !anchors(&document.text).any(|anchor| anchor == heading)
            {
                let advice = format!("`{link}` leads to no heading of {}", target.display());
                findings.push(Finding::new(&text.path, line, advice));
            }
        }
    }
    findings
}

/// What follows `](` and stands in `src="…"`, outside of code, with its line.
fn links(text: &str) -> impl Iterator<Item = (usize, &str)> {
    prose(text).flat_map(|(line, text)| {
        let marked = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', ' ']).next());
        let sourced = text
            .split("src=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        marked.chain(sourced).map(move |link| (line, link))
    })
}

/// The lines that are not in a fenced block of code, from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        (!is_code && !is_fence).then_some((index + 1, line))
    })
}

/// The names under which headings can be linked to.
fn anchors(text: &str) -> impl Iterator<Item = String> {
    prose(text)
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter))
                .map(|letter| if letter == ' ' { '-' } else { letter })
                .collect()
        })
}

/// A path that stands in a document, from the root.
fn resolve(document: &str, path: &str) -> PathBuf {
    let mut resolved = PathBuf::from(document);
    resolved.pop();
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir => {
                resolved.pop();
            }
            Component::Normal(name) => resolved.push(name),
            _ => {}
        }
    }
    resolved
}

#[cfg(test)]
mod tests;
