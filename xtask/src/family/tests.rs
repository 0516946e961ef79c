use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Command, Stdio};

use super::Family;

/// Starts a shell that starts a process of its own, which takes no notice of what would end it kindly and holds the
/// other end of the pipe as long as it lives.
fn stubborn() -> (Family, BufReader<ChildStdout>) {
    let script = r#"(trap "" TERM; echo child; exec sleep 600) & wait"#;
    let mut command = Command::new("sh");
    command.args(["-c", script]).stdout(Stdio::piped());
    let mut family = Family::start(&mut command).expect("a shell starts");
    let output = family.head.stdout.take().expect("it was piped");
    let mut output = BufReader::new(output);
    let mut line = String::new();
    output.read_line(&mut line).expect("the child speaks");
    assert_eq!(line, "child\n");
    (family, output)
}

/// The pipe ends once all who held it have.
fn wait_for_all(mut output: BufReader<ChildStdout>) {
    let mut line = String::new();
    let read = output.read_line(&mut line).expect("the pipe is readable");
    assert_eq!(read, 0, "nobody says anything more");
}

#[test]
fn the_children_of_a_process_end_with_its_family() {
    let (family, output) = stubborn();
    drop(family);
    wait_for_all(output);
}

#[test]
fn a_crash_spares_nobody() {
    let (mut family, output) = stubborn();
    family.crash().expect("there is a `kill`");
    wait_for_all(output);
    let ended = family.ended().expect("it can be asked");
    assert!(ended.is_some_and(|status| !status.success()));
}
