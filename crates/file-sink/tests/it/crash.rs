use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{append, directory, record, records, recovered, write};

const FILE: &str = "CREEL_FILE_SINK_CRASH_FILE";

/// Not a test of its own: the process that the test below kills. It goes on where the file ends, and says each
/// number once its record was written.
#[test]
#[ignore = "runs for ever, for another test to kill"]
fn writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(FILE) else {
        return;
    };
    let mut sink = append(Path::new(&path));
    let first = recovered(&mut sink).len();
    let mut output = std::io::stdout().lock();
    for number in first.. {
        write(&mut sink, number).unwrap();
        writeln!(output, "wrote {number}").unwrap();
    }
}

#[test]
fn a_killed_process_leaves_every_record_that_it_has_written() {
    let (_directory, path) = directory();
    let mut written = 0;
    for round in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::writes_until_it_is_killed"])
            .args(["--ignored", "--nocapture"])
            .env(FILE, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut seen = String::new();
        for _ in 0..100 * round + 50 {
            assert_ne!(output.read_line(&mut seen).unwrap(), 0, "it ended: {seen}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        output.read_to_string(&mut seen).unwrap();
        let said = seen
            .lines()
            .filter_map(|line| line.strip_prefix("wrote ")?.parse::<usize>().ok())
            .max()
            .unwrap();

        drop(append(&path));
        let found = records(&path);
        assert!(found.len() > said, "{} of {said} are there", found.len());
        assert!(found.len() > written, "the round has added nothing");
        for (number, found) in found.iter().enumerate() {
            assert_eq!(*found, record(number));
        }
        written = found.len();
    }
}
