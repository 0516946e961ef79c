use super::check;
use crate::finding::assert_lines;
use crate::source::Source;

#[track_caller]
fn finds(path: &str, text: &str, expected: &[usize]) {
    assert_lines(&check(&[Source::parse(path, text)]), expected);
}

#[test]
fn printing_in_a_library_is_found() {
    finds(
        "crates/pipeline/src/flow.rs",
        "fn f() {\n    println!(\"x\");\n    dbg!(y);\n}",
        &[2, 3],
    );
    finds(
        "crates/pipeline/src/flow.rs",
        "fn f() {\n    std::io::stdout().flush();\n}",
        &[2],
    );
    finds(
        "crates/pipeline/src/flow.rs",
        "use std::io::{self, stderr};",
        &[1],
    );
    finds(
        "crates/runtime/src/pool.rs",
        "m! { eprintln!(\"x\") }",
        &[1],
    );
}

#[test]
fn the_program_examples_tests_and_build_scripts_may_print() {
    for path in [
        "crates/cli/src/watch.rs",
        "xtask/src/main.rs",
        "crates/runtime/examples/pool.rs",
        "crates/runtime/tests/it/main.rs",
        "crates/runtime/build.rs",
    ] {
        finds(path, "fn f() { println!(\"x\"); }", &[]);
    }
    finds(
        "crates/runtime/src/pool.rs",
        "#[cfg(test)]\nfn f() { println!(\"x\"); }",
        &[],
    );
}

#[test]
fn what_only_sounds_like_printing_is_fine() {
    finds(
        "crates/pipeline/src/flow.rs",
        "/// println!(\"x\")\nfn print() { print(\"println!\") }",
        &[],
    );
}
