//! The rules that the tree keeps, each a test: one that the tree keeps it, and beside each rule the tests that
//! a tree that breaks it is found out.
//!
//! `cargo xtask tidy` runs them. A finding says where, which rule, and what to do.

mod finding;
mod rules;
mod source;
mod tree;

use std::sync::LazyLock;

use finding::Finding;
use rules::{
    allows, claims, commands, dependencies, drafts, files, links, manifests, outside, printing,
    state, test_names, unsafety, waiting,
};
use tree::Tree;

static TREE: LazyLock<Tree> = LazyLock::new(Tree::load);

/// Fails with what was found, one finding a line.
#[track_caller]
fn hold(findings: Vec<Finding>) {
    let lines: String = findings
        .iter()
        .map(|finding| format!("{finding}\n"))
        .collect();
    assert!(findings.is_empty(), "{} found:\n\n{lines}", findings.len());
}

#[test]
fn crates_depend_only_on_what_the_table_allows() {
    hold(dependencies::check(&TREE.packages));
}

#[test]
fn published_crates_are_complete() {
    hold(manifests::check(&TREE.packages));
}

#[test]
fn core_and_protocols_touch_nothing_outside() {
    hold(outside::check(&TREE.sources));
}

#[test]
fn unsafe_stays_in_the_files_that_architecture_lists() {
    hold(unsafety::check(&TREE.sources, TREE.text(unsafety::LIST)));
}

#[test]
fn state_atomics_change_only_in_advance() {
    hold(state::check(&TREE.sources));
}

#[test]
fn tests_wait_for_events() {
    hold(waiting::check(&TREE.sources));
}

#[test]
fn tests_are_named_as_sentences() {
    hold(test_names::check(&TREE.sources));
}

#[test]
fn only_the_program_prints() {
    hold(printing::check(&TREE.sources));
}

#[test]
fn lints_are_expected_with_a_reason() {
    hold(allows::check(&TREE.sources));
}

#[test]
fn files_are_small_and_named_by_nouns() {
    print!("{}", files::longest(&TREE.sources));
    hold(files::check(&TREE.sources));
}

#[test]
fn words_speak_of_the_code_and_not_of_its_drafts() {
    hold(drafts::check(&TREE.sources, &TREE.texts));
}

#[test]
fn links_lead_somewhere() {
    hold(links::check(&TREE.texts, |path| TREE.exists(path)));
}

#[test]
fn each_rule_of_the_contract_names_tests_that_are_there() {
    hold(claims::check(&TREE.sources, TREE.text(claims::CONTRACT)));
}

#[test]
fn documented_commands_exist() {
    hold(commands::check(&TREE.sources, &TREE.texts));
}
