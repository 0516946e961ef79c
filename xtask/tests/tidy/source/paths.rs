//! The paths that a file names.

use super::{Kind, Word};

/// A path that is named somewhere; those in a `use` tree are spelled out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    /// Joined by `::`, without a leading one.
    pub(crate) path: String,
    pub(crate) line: usize,
    /// The index of its last word.
    pub(crate) index: usize,
}

impl Mention {
    /// Whether the path is this one or lies below it.
    pub(crate) fn is_in(&self, path: &str) -> bool {
        self.path
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }

    /// Whether the path is this one or ends in it.
    pub(crate) fn ends_in(&self, path: &str) -> bool {
        self.path
            .strip_suffix(path)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
    }
}

/// All paths of two segments or more, and what `use` brings in.
pub(crate) fn mentions(words: &[Word]) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut index = 0;
    while index < words.len() {
        if words[index].text == "use" && words[index].kind == Kind::Name {
            index = use_tree(words, index + 1, "", &mut found);
        } else if words[index].kind == Kind::Name {
            let (path, end) = path(words, index);
            if path.contains("::") {
                found.push(mention(words, path, end - 1));
            }
            index = end;
        } else {
            index += 1;
        }
    }
    found
}

/// The names joined by `::` from an index on, and where they end.
fn path(words: &[Word], start: usize) -> (String, usize) {
    let mut path = words[start].text.clone();
    let mut index = start + 1;
    while let [separator, name, ..] = &words[index.min(words.len())..] {
        if separator.text != "::" || name.kind != Kind::Name {
            break;
        }
        path = path + "::" + &name.text;
        index += 2;
    }
    (path, index)
}

/// Spells a tree out and returns the index behind it.
fn use_tree(words: &[Word], start: usize, prefix: &str, found: &mut Vec<Mention>) -> usize {
    let mut index = start;
    let mut here = prefix.to_owned();
    while let Some(word) = words.get(index) {
        match (word.kind, word.text.as_str()) {
            (Kind::Name, "as") => index += 2,
            (Kind::Name, name) => {
                if name != "self" || here.is_empty() {
                    here = join(&here, name);
                }
                index += 1;
            }
            (Kind::Sign, "::") => index += 1,
            (Kind::Sign, "*") => {
                here = join(&here, "*");
                index += 1;
            }
            (Kind::Open, "{") => {
                index += 1;
                while words[index].kind != Kind::Close {
                    index = use_tree(words, index, &here, found);
                    if words[index].text == "," {
                        index += 1;
                    }
                }
                return index + 1;
            }
            _ => break,
        }
    }
    found.push(mention(words, here, index.saturating_sub(1)));
    index
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}::{name}")
    }
}

fn mention(words: &[Word], path: String, index: usize) -> Mention {
    Mention {
        path,
        line: words[index].line,
        index,
    }
}
