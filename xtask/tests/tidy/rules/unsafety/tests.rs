use super::check;
use crate::finding::assert_lines;
use crate::source::Source;

const DOCUMENT: &str = "# Architecture\n\n## Where `unsafe` lives\n\n- `crates/runtime/src/task/cell.rs`: the task's cell\n\n## Flows\n\n`crates/runtime/src/pool.rs`\n";

#[track_caller]
fn finds(path: &str, text: &str, expected: &[usize]) {
    let cell = Source::parse(
        "crates/runtime/src/task/cell.rs",
        "fn f() {\n    // SAFETY: it is ours.\n    unsafe { g() }\n}",
    );
    assert_lines(
        &check(&[cell, Source::parse(path, text)], DOCUMENT),
        expected,
    );
}

#[test]
fn unsafe_in_a_file_that_is_not_listed_is_found() {
    let text = "fn f() {\n    // SAFETY: it is ours.\n    unsafe { g() }\n}";
    finds("crates/runtime/src/pool.rs", text, &[3]);
    finds("crates/runtime/src/pool.rs", "unsafe fn f() {}", &[1]);
    finds(
        "crates/file-sink/tests/it/main.rs",
        "m!(unsafe fn f() {});",
        &[1],
    );
    finds(
        "crates/runtime/src/pool.rs",
        "// unsafe\nconst S: &str = \"unsafe\";",
        &[],
    );
}

#[test]
fn a_block_without_a_reason_is_found() {
    let path = "crates/runtime/src/task/cell.rs";
    finds(path, "fn f() {\n    unsafe { g() }\n}", &[2]);
    finds(
        path,
        "// SAFETY: of another.\nfn f() {\n    unsafe { g() }\n}",
        &[3],
    );
    finds(path, "unsafe impl Send for Cell {}", &[1]);
    finds(
        path,
        "// SAFETY: one\n// more line.\nunsafe impl Send for Cell {}",
        &[],
    );
    finds(
        path,
        "fn f() {\n    // SAFETY: ours.\n    let x =\n        unsafe { g() };\n}",
        &[],
    );
    finds(path, "/// # Safety\n/// Once.\nunsafe fn f() {}", &[]);
}

#[test]
fn a_listed_file_without_unsafe_is_found() {
    assert_lines(&check(&[], DOCUMENT), &[5]);
}

#[test]
fn a_document_without_the_list_is_found() {
    assert_lines(&check(&[], "# Architecture\n"), &[1]);
}
