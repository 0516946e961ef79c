use super::check;
use crate::finding::assert_lines;
use crate::source::Source;

#[track_caller]
fn finds(contract: &str, expected: &[usize]) {
    let sources = [
        Source::parse(
            "crates/runtime/tests/it/waiting.rs",
            "#[test]\nfn a_wait_ends() {}\n",
        ),
        Source::parse("crates/core/tests/it/other.rs", "#[test]\nfn it_is() {}\n"),
    ];
    assert_lines(&check(&sources, contract), expected);
}

#[test]
fn a_rule_whose_tests_are_there_is_fine() {
    finds("| F1 cancel | no | yes | `waiting::a_wait_ends` |", &[]);
}

#[test]
fn a_rule_that_names_no_test_is_found() {
    finds(
        "| F1 | no | `waiting::a_wait_ends` |\n| E10 one allocation | `Vec::new` | yes |",
        &[2],
    );
    finds("# Title\n\n| E3 | yes | `cargo xtask soak` |", &[3]);
}

#[test]
fn a_test_that_is_not_there_is_found() {
    finds("| F2 | `waiting::a_wait_never_ends` |", &[1]);
    finds("| F2 | `waiting::a_wait_ends`, `other::it_is` |", &[1]);
}

#[test]
fn other_tables_are_left_alone() {
    finds("| crate | holds |\n|---|---|\n| Far | `a::b` |", &[]);
}
