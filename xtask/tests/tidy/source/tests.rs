use super::{Comment, Source, mark_test_modules};

fn source(text: &str) -> Source {
    Source::parse("crates/runtime/src/sample.rs", text)
}

#[test]
fn strings_and_comments_are_no_words() {
    let source = source("let x = \"unsafe\"; // unsafe\n/* unsafe */ let y = r#\"unsafe\"#;");
    assert!(source.words.iter().all(|word| word.text != "unsafe"));
}

#[test]
fn comments_of_every_kind_are_read_with_their_lines() {
    let source = source(
        "//! One.\n\nfn f() { // Two.\n    /* Three\n       four. */\n    let s = \"// no\";\n}\n/// Five.\nfn g() {}\n// Six.",
    );
    let comments: Vec<_> = source
        .comments
        .iter()
        .map(|Comment { line, text }| (*line, text.as_str()))
        .collect();
    assert_eq!(
        comments,
        [
            (1, "//! One."),
            (3, "// Two."),
            (4, "/* Three"),
            (5, "four. */"),
            (8, "/// Five."),
            (10, "// Six."),
        ]
    );
}

#[test]
fn text_that_is_not_ascii_moves_no_line() {
    let source = source("// é → 線\nfn f() {}\n// three");
    assert_eq!(source.words[0].line, 2);
    assert_eq!(source.comments[1].line, 3);
}

#[test]
fn brackets_know_their_partners() {
    let source = source("f(a, [b]) ;");
    let open = source
        .words
        .iter()
        .position(|word| word.text == "(")
        .unwrap();
    let close = source.words[open].partner;
    assert_eq!(source.words[close].text, ")");
    assert_eq!(source.words[close].partner, open);
}

#[test]
fn use_trees_are_spelled_out() {
    let source = source(
        "use std::{sync::{self, atomic::AtomicU32 as A}, thread};\nuse core::fmt::*;\nfn f() { a::b::<T>(); }",
    );
    let paths: Vec<_> = source
        .mentions
        .iter()
        .map(|mention| mention.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "std::sync",
            "std::sync::atomic::AtomicU32",
            "std::thread",
            "core::fmt::*",
            "a::b"
        ]
    );
}

#[test]
fn parts_for_tests_are_told_from_the_others() {
    let source = source(
        "fn shipped() {}\n#[cfg(test)]\nmod inner { fn tested() {} }\n#[cfg(any(test, feature = \"mock\"))]\nfn both() {}\n#[cfg(not(test))]\nfn never() {}\n#[cfg(all(test, creel_loom))]\nfn interleaved<T>(x: [u8; 2]) {}\nfn last() {}",
    );
    let tested: Vec<_> = (0..source.words.len())
        .filter(|&index| source.follows(index, "fn") && source.is_test_at(index))
        .map(|index| source.words[index].text.as_str())
        .collect();
    assert_eq!(tested, ["tested", "interleaved"]);
}

#[test]
fn a_file_declared_under_cfg_test_is_a_test_with_all_below_it() {
    let parse = |path: &str, text: &str| Source::parse(path, text);
    let mut sources = [
        parse(
            "crates/runtime/src/lib.rs",
            "mod task; #[cfg(test)] mod fakes;",
        ),
        parse("crates/runtime/src/fakes.rs", ""),
        parse("crates/runtime/src/fakes/clock.rs", ""),
        parse(
            "crates/runtime/src/task.rs",
            "#[cfg(all(test, creel_loom))]\nmod interleavings;",
        ),
        parse("crates/runtime/src/task/interleavings.rs", ""),
        parse("crates/runtime/src/interleavings.rs", ""),
    ];
    mark_test_modules(&mut sources);
    let marked: Vec<_> = sources.iter().map(Source::is_test).collect();
    assert_eq!(marked, [false, true, true, false, true, false]);
}
