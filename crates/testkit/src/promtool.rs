//! Prometheus' own look at metrics.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Fails the test with what `promtool check metrics` says of these metrics, unless that is nothing.
///
/// # Panics
/// When it says something, or is not installed: Debian's package `prometheus` has it.
#[track_caller]
pub fn promtool(metrics: &str) {
    let mut child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is installed");
    let mut input = child.stdin.take().expect("its input is a pipe");
    let written = input.write_all(metrics.as_bytes());
    drop(input);
    let output = child.wait_with_output().expect("promtool comes to its end");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(
        output.status.success() && said.is_empty(),
        "promtool says: {said}\nof\n{metrics}"
    );
    written.expect("promtool reads all of it");
}
