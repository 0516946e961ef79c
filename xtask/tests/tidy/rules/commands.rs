//! What the documentation tells people to type exists.

use crate::finding::Finding;
use crate::source::Source;
use crate::tree::Text;

/// The command that tests everything, here and on a machine that builds each change.
const CHECK: &str = "cargo xtask ci";
/// The files that name it.
const CHECKED: [&str; 2] = ["README.md", ".ci/run"];

/// How a command begins in the documentation, and the folder whose subcommands may follow.
const PROGRAMS: [(&str, &str); 4] = [
    ("cargo xtask ", "xtask/src/"),
    ("cargo run -- ", "crates/cli/src/"),
    ("cargo run --release -- ", "crates/cli/src/"),
    ("creel ", "crates/cli/src/"),
];

/// Commands in code that name a subcommand which is not there, and files that do not name the one command.
pub(crate) fn check(sources: &[Source], texts: &[Text]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in CHECKED {
        let names = |text: &Text| text.path == path && text.text.contains(CHECK);
        if !texts.iter().any(names) {
            findings.push(Finding::new(
                path,
                1,
                format!("`{CHECK}` is not named: there is one command that tests everything"),
            ));
        }
    }
    for text in texts.iter().filter(|text| text.path.ends_with(".md")) {
        for (line, code) in code(&text.text) {
            let command = code.trim_start().trim_start_matches("$ ");
            let Some((subcommand, folder)) = PROGRAMS.iter().find_map(|(start, folder)| {
                let rest = command.strip_prefix(start)?;
                Some((rest.split_whitespace().next()?, folder))
            }) else {
                continue;
            };
            let known = subcommands(sources, folder);
            let is_name = subcommand
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '-');
            if is_name
                && !subcommand.starts_with('-')
                && !known.iter().any(|name| name == subcommand)
            {
                let advice = format!(
                    "`{command}`: there is no `{subcommand}`, only {}",
                    known.join(", ")
                );
                findings.push(Finding::new(&text.path, line, advice));
            }
        }
    }
    findings
}

/// The lines of fenced blocks and the backquoted parts of the others, from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_block = false;
    text.lines().enumerate().flat_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            is_block = !is_block;
            return Vec::new();
        }
        let parts = if is_block {
            vec![line]
        } else {
            line.split('`').skip(1).step_by(2).collect()
        };
        parts.into_iter().map(|part| (index + 1, part)).collect()
    })
}

/// The names of the variants of every `enum` that derives `Subcommand`, as clap spells them.
fn subcommands(sources: &[Source], folder: &str) -> Vec<String> {
    let mut names = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.path.starts_with(folder))
    {
        for index in 0..source.words.len() {
            if source.words[index].text == "enum" && derives_subcommand(source, index) {
                names.extend(variants(source, index));
            }
        }
    }
    names
}

/// Whether the attributes above an `enum` derive `Subcommand`.
fn derives_subcommand(source: &Source, index: usize) -> bool {
    let start = (0..index)
        .rev()
        .find(|&before| [";", "}"].contains(&source.words[before].text.as_str()))
        .unwrap_or(0);
    source.words[start..index]
        .iter()
        .any(|word| word.text == "Subcommand")
}

/// The variants of an `enum`, in kebab-case; one that holds another `Subcommand` is no name of its own.
fn variants(source: &Source, index: usize) -> Vec<String> {
    let Some(opening) = (index..source.words.len()).find(|&index| source.words[index].text == "{")
    else {
        return Vec::new();
    };
    let mut names = Vec::new();
    let mut at = opening + 1;
    let mut is_flattened = false;
    while at < source.words[opening].partner {
        let word = &source.words[at];
        if word.text == "#" {
            let close = source.words[at + 1].partner;
            is_flattened |= source.words[at..close]
                .iter()
                .any(|word| word.text == "flatten");
            at = close + 1;
            continue;
        }
        if !is_flattened {
            names.push(kebab(&word.text));
        }
        is_flattened = false;
        at += 1;
        while at < source.words[opening].partner && source.words[at].text != "," {
            at = source.words[at].partner.max(at) + 1;
        }
        at += 1;
    }
    names
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests;
