use super::{HOSTS, check};
use crate::finding::assert_lines;
use crate::source::Source;
use crate::tree::Text;

#[track_caller]
fn finds(text: &str, expected: &[usize]) {
    assert_lines(
        &check(&[Source::parse("crates/core/src/sample.rs", text)], &[]),
        expected,
    );
}

#[test]
fn a_comment_that_tells_of_a_draft_is_found() {
    finds(
        "// Does nothing for now.\nfn f() {}\n/// TODO: more.\nfn g() {}",
        &[1, 3],
    );
    finds("/* The legacy path,\n   Phase 2. */", &[1, 2]);
    finds("//! As requested, this is fast.", &[1]);
}

#[test]
fn parts_of_words_and_other_words_are_fine() {
    finds(
        "// A hackney, for nowhere, a realm: the phase of an RTSP session.\nconst S: &str = \"todo\";",
        &[],
    );
}

#[test]
fn a_registrys_host_is_found_everywhere() {
    let host = &HOSTS[0];
    finds(
        &format!("fn f() {{}}\nconst S: &str = \"https://{host}/crates/x\";"),
        &[2],
    );
    let text = Text {
        path: "README.md".to_owned(),
        text: format!("one\ntwo {host}\n"),
    };
    assert_lines(&check(&[], &[text]), &[2]);
}
