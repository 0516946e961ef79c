use super::check;
use crate::finding::assert_lines;
use crate::source::Source;

#[track_caller]
fn finds(text: &str, expected: &[usize]) {
    assert_lines(
        &check(&[Source::parse("crates/core/src/sample.rs", text)]),
        expected,
    );
}

#[test]
fn an_allow_is_found_wherever_it_stands() {
    finds(
        "#![allow(dead_code)]\n#[allow(unused, reason = \"x\")]\nfn f() {}",
        &[1, 2],
    );
    finds("#[cfg_attr(test, allow(dead_code))]\nfn f() {}", &[1]);
    finds(
        "macro_rules! m { () => { #[allow(dead_code)] fn f() {} } }",
        &[1],
    );
}

#[test]
fn an_expectation_without_a_reason_is_found() {
    finds("#[expect(dead_code)]\nfn f() {}", &[1]);
    finds(
        "#[expect(dead_code, reason = \"the test names it\")]\nfn f() {}",
        &[],
    );
}

#[test]
fn calls_of_those_names_are_fine() {
    finds(
        "fn f() { x.expect(\"y\"); let a = [allow(1), expect(2)]; g(1, allow(2)); }",
        &[],
    );
}
