use super::{LONGEST, check, longest};
use crate::finding::assert_lines;
use crate::source::Source;

fn source(path: &str, lines: usize) -> Source {
    Source::parse(path, &"// A line.\n".repeat(lines))
}

#[test]
fn a_long_file_is_found() {
    let sources = [
        source("crates/core/src/long.rs", LONGEST + 1),
        source("crates/core/src/short.rs", LONGEST),
    ];
    assert_lines(&check(&sources), &[LONGEST + 1]);
}

#[test]
fn a_module_called_mod_is_found() {
    assert_lines(&check(&[source("crates/core/src/future/mod.rs", 3)]), &[1]);
}

#[test]
fn the_ten_longest_are_listed_longest_first() {
    let sources: Vec<_> = (1..=12)
        .map(|lines| source(&format!("{lines}.rs"), lines))
        .collect();
    let text = longest(&sources);
    let listed: Vec<_> = text.lines().filter(|line| line.ends_with(".rs")).collect();
    assert_eq!(listed.len(), 10);
    assert_eq!(listed[0], "    12 12.rs");
    assert_eq!(listed[9], "     3 3.rs");
}
