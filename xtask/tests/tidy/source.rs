//! A Rust file as the rules see it: words, comments, and which parts are tests.

mod paths;
mod words;

use std::ops::Range;

pub(crate) use paths::Mention;
pub(crate) use words::{Comment, Kind, Word};

/// A Rust file, cut into words; strings and comments hide nothing and pretend nothing.
pub(crate) struct Source {
    /// From the root of the workspace, with forward slashes.
    pub(crate) path: String,
    pub(crate) words: Vec<Word>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) lines: Vec<String>,
    /// Every path that is named, in `use` trees and elsewhere.
    pub(crate) mentions: Vec<Mention>,
    /// Where the parts under `#[cfg(test)]` are, by index of word.
    tests: Vec<Range<usize>>,
    is_test: bool,
}

impl Source {
    /// Cuts a file into words.
    ///
    /// # Panics
    /// When it is not Rust.
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let (words, comments) = words::cut(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mentions = paths::mentions(&words);
        let tests = test_parts(&words);
        let is_test = ["tests/", "benches/"]
            .iter()
            .any(|folder| path.contains(&format!("/{folder}")) || path.starts_with(folder))
            || path.ends_with("/tests.rs")
            || path.starts_with("crates/testkit/");
        Self {
            path: path.to_owned(),
            words,
            comments,
            lines: text.lines().map(str::to_owned).collect(),
            mentions,
            tests,
            is_test,
        }
    }

    /// Whether the whole file is there for tests.
    pub(crate) fn is_test(&self) -> bool {
        self.is_test
    }

    /// Whether this word belongs to a test.
    pub(crate) fn is_test_at(&self, index: usize) -> bool {
        self.is_test || self.tests.iter().any(|part| part.contains(&index))
    }

    /// Whether it belongs to a bench, which only runs when it is asked for.
    pub(crate) fn is_bench(&self) -> bool {
        self.path.contains("/benches/")
    }

    pub(crate) fn is_example(&self) -> bool {
        self.path.contains("/examples/")
    }

    /// Whether it runs while building.
    pub(crate) fn is_build_script(&self) -> bool {
        self.path.ends_with("/build.rs")
    }

    /// The words from an index on.
    pub(crate) fn from(&self, index: usize) -> impl Iterator<Item = &str> {
        self.words[index..].iter().map(|word| word.text.as_str())
    }

    /// Whether these words stand at an index.
    pub(crate) fn reads(&self, index: usize, expected: &[&str]) -> bool {
        self.from(index)
            .take(expected.len())
            .eq(expected.iter().copied())
    }

    /// Whether the word before an index is this one.
    pub(crate) fn follows(&self, index: usize, word: &str) -> bool {
        index > 0 && self.words[index - 1].text == word
    }

    /// The modules of other files that are declared in a test part.
    fn test_modules(&self) -> impl Iterator<Item = String> {
        let path = self.path.trim_end_matches(".rs");
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = match name {
            "lib" | "main" => folder.to_owned(),
            _ => path.to_owned(),
        };
        (0..self.words.len())
            .filter(|&index| self.words[index].text == "mod" && self.is_test_at(index))
            .filter(|&index| {
                self.words
                    .get(index + 2)
                    .is_some_and(|word| word.text == ";")
            })
            .map(move |index| format!("{folder}/{}", self.words[index + 1].text))
    }
}

/// Marks the files whose module is declared under `#[cfg(test)]`, and those below them.
pub(crate) fn mark_test_modules(sources: &mut [Source]) {
    let modules: Vec<_> = sources.iter().flat_map(Source::test_modules).collect();
    for source in sources {
        source.is_test |= modules.iter().any(|module| {
            source
                .path
                .strip_prefix(module.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        });
    }
}

/// The items under an attribute `cfg` that asks for `test` and offers no other way in.
fn test_parts(words: &[Word]) -> Vec<Range<usize>> {
    let is = |index: usize, text: &str| words.get(index).is_some_and(|word| word.text == text);
    let mut parts = Vec::new();
    for index in 0..words.len() {
        if !(is(index, "#") && is(index + 1, "[") && is(index + 2, "cfg")) {
            continue;
        }
        let end = words[index + 1].partner;
        let condition = &words[index + 3..end];
        let names = |name: &str| condition.iter().any(|word| word.text == name);
        if names("test") && !names("any") && !names("not") {
            parts.push(index..item_end(words, end + 1));
        }
    }
    parts
}

/// Where the item that starts at an index ends: behind its braces or its semicolon.
fn item_end(words: &[Word], start: usize) -> usize {
    let mut index = start;
    while let Some(word) = words.get(index) {
        match (word.kind, word.text.as_str()) {
            (Kind::Open, "{") => return word.partner + 1,
            (Kind::Open, _) => index = word.partner,
            (_, ";") => return index + 1,
            _ => {}
        }
        index += 1;
    }
    words.len()
}

#[cfg(test)]
mod tests;
