use super::check;
use crate::finding::assert_lines;
use crate::source::Source;

#[track_caller]
fn finds(path: &str, text: &str, expected: &[usize]) {
    assert_lines(&check(&[Source::parse(path, text)]), expected);
}

#[test]
fn a_name_that_begins_with_test_is_found() {
    finds(
        "crates/core/tests/it/main.rs",
        "#[test]\nfn test_cancel() {}",
        &[2],
    );
    finds(
        "crates/core/src/future/tests.rs",
        "proptest! {\n    #[test]\n    fn test_walks(x in 0..9) {}\n}",
        &[3],
    );
}

#[test]
fn a_single_word_is_no_sentence() {
    finds(
        "crates/core/src/future/tests.rs",
        "#[test]\n#[should_panic]\nfn cancel() {}",
        &[3],
    );
    finds(
        "crates/core/src/future/tests.rs",
        "#[tokio::test]\nasync fn cancel() {}",
        &[2],
    );
    finds(
        "crates/core/src/future/tests.rs",
        "fn check() {}\n#[inline]\nfn source() {}",
        &[],
    );
}

#[test]
fn sentences_and_functions_that_are_no_tests_are_fine() {
    finds(
        "crates/core/src/future/tests.rs",
        "#[test]\nfn cancel_is_atomic() {}",
        &[],
    );
    finds(
        "crates/camera-source/src/camera.rs",
        "fn test_camera() {}",
        &[],
    );
}
