use super::check;
use crate::finding::assert_lines;
use crate::source::Source;

#[track_caller]
fn finds(path: &str, text: &str, expected: &[usize]) {
    assert_lines(&check(&[Source::parse(path, text)]), expected);
}

const TESTS: &str = "crates/runtime/src/pool/tests.rs";

#[test]
fn a_sleep_in_a_test_is_found() {
    finds(TESTS, "fn f() {\n    std::thread::sleep(d);\n}", &[2]);
    finds(TESTS, "use std::thread::{self, sleep};", &[1]);
    finds(
        TESTS,
        "async fn f() {\n    tokio::time::sleep(d).await;\n}",
        &[2],
    );
    finds(
        "crates/cli/tests/it/main.rs",
        "fn f() { thread::sleep(d); }",
        &[1],
    );
    finds(
        "crates/testkit/src/clock.rs",
        "fn f() { thread::sleep(d); }",
        &[1],
    );
    finds(
        "crates/cli/src/watch.rs",
        "#[cfg(test)]\nmod tests {\n    fn f() { thread::sleep(d); }\n}",
        &[3],
    );
    finds(
        TESTS,
        "proptest! {\n    fn f() { thread::sleep(d); }\n}",
        &[2],
    );
}

#[test]
fn waiting_with_a_timeout_or_spinning_is_found() {
    finds(
        TESTS,
        "fn f() {\n    receiver.recv_timeout(d);\n    thread::park_timeout(d);\n}",
        &[2, 3],
    );
    finds(
        TESTS,
        "fn f() { while !done() { std::hint::spin_loop(); thread::yield_now(); } }",
        &[1, 1],
    );
    finds(
        TESTS,
        "fn f() { condition.wait_timeout(guard, Duration::from_secs(1)); }",
        &[1],
    );
    finds(
        TESTS,
        "fn f() { let wait = TaskFuture::wait_timeout; }",
        &[1],
    );
}

#[test]
fn a_timeout_without_a_length_is_fine() {
    finds(
        TESTS,
        "fn f() { future.wait_timeout(Duration::ZERO); }",
        &[],
    );
    finds(
        TESTS,
        "fn f() { future.wait_timeout(std::time::Duration::MAX); }",
        &[],
    );
    finds(TESTS, "fn wait_timeout() {}", &[]);
}

#[test]
fn a_timeout_in_virtual_time_is_fine() {
    let text = "fn f() { future.wait_timeout(HOUR); thread::sleep(HOUR); }";
    finds("crates/runtime/tests/it/seeded/time.rs", text, &[1]);
    finds("crates/runtime/tests/it/time.rs", text, &[1, 1]);
}

#[test]
fn a_step_of_the_model_is_fine_in_an_interleaving() {
    let text = "fn f() { loom::thread::yield_now(); }";
    finds(
        "crates/runtime/src/task/interleavings.rs",
        &format!("#[cfg(test)]\n{text}"),
        &[],
    );
    finds("crates/runtime/src/task/tests.rs", text, &[1]);
}

#[test]
fn code_that_is_shipped_may_sleep() {
    finds(
        "crates/camera-source/src/test_camera.rs",
        "fn f() { thread::sleep(d); }",
        &[],
    );
    finds(
        "crates/camera-source/examples/frames.rs",
        "fn f() { thread::sleep(d); }",
        &[],
    );
}

#[test]
fn a_bench_may_let_time_pass() {
    finds(
        "crates/runtime/benches/soak/main.rs",
        "fn f() { thread::sleep(d); receiver.recv_timeout(d); }",
        &[],
    );
}
