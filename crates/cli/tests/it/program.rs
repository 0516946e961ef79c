//! The program, run in a folder of its own.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder in which the program is run.
pub(crate) struct Folder(TempDir);

/// How a run ended, and what it left.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    folder: PathBuf,
}

/// A run that goes on; killed when this is dropped, as by a test that fails.
pub(crate) struct Going {
    child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: Option<BufReader<ChildStdout>>,
    stderr: BufReader<ChildStderr>,
    said: String,
    folder: PathBuf,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs the program to its end, with arguments that are split at spaces.
    pub(crate) fn run(&self, line: &str) -> Ended {
        let output = self.command(line).stdin(Stdio::null()).output().unwrap();
        Ended::new(output, self.path())
    }

    /// Runs the program to its end with something on its standard input.
    pub(crate) fn run_with_input(&self, line: &str, input: &str) -> Ended {
        let mut going = self.start(line);
        let mut stdin = going.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        going.end()
    }

    /// Starts the program, all its streams in the test's hands.
    pub(crate) fn start(&self, line: &str) -> Going {
        let mut child = self
            .command(line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Going {
            stdin: child.stdin.take(),
            stdout: child.stdout.take().map(BufReader::new),
            stderr: BufReader::new(child.stderr.take().unwrap()),
            child,
            said: String::new(),
            folder: self.path().to_owned(),
        }
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_creel"));
        command
            .args(line.split_whitespace())
            .current_dir(self.path())
            .env("RUST_BACKTRACE", "1");
        command
    }
}

impl Ended {
    fn new(output: Output, folder: &Path) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            folder: folder.to_owned(),
        }
    }

    /// Fails the test with what the program said, unless it ended with this code.
    #[track_caller]
    pub(crate) fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        self
    }

    /// Fails the test with what the program said, unless it said this.
    #[track_caller]
    pub(crate) fn saying(self, words: &str) -> Self {
        assert!(
            self.stderr.contains(words),
            "not `{words}`:\n{}",
            self.stderr
        );
        self
    }

    /// The records of the default file, after a check that the ledger beside it tells the same.
    #[track_caller]
    pub(crate) fn records(&self) -> Vec<Value> {
        let read = |name| fs::read_to_string(self.folder.join(name)).unwrap();
        let records = records(&read("results.jsonl"));
        let ledger: Value = serde_json::from_str(&read("results.ledger.json")).unwrap();
        let count = |status| {
            let found = records.iter().filter(|record| record["status"] == status);
            found.count()
        };
        assert_eq!(ledger["adds_up"], true, "{ledger}");
        assert_eq!(ledger["recorded"], records.len());
        assert_eq!(ledger["answered"], count("answered"));
        if ledger["unrecorded"] == 0 {
            assert_eq!(ledger["failed"], count("failed"));
            assert_eq!(ledger["dropped"], count("dropped"));
            assert_eq!(ledger["captured"], records.len());
        }
        records
    }

    /// The records that went to the standard output.
    pub(crate) fn printed(&self) -> Vec<Value> {
        records(&self.stdout)
    }
}

impl Going {
    /// Blocks until the program has said this.
    #[track_caller]
    pub(crate) fn wait_until_said(&mut self, words: &str) {
        while !self.said.contains(words) {
            let read = self.stderr.read_line(&mut self.said).unwrap();
            assert!(read > 0, "not `{words}`:\n{}", self.said);
        }
    }

    /// Blocks until the program has said this; gives the line.
    #[track_caller]
    pub(crate) fn line_that_says(&mut self, words: &str) -> String {
        self.wait_until_said(words);
        let mut lines = self.said.lines();
        let line = lines.find(|line| line.contains(words));
        line.unwrap_or_default().to_owned()
    }

    /// Presses Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let kill = format!("kill -INT {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(status.success());
    }

    /// Kills it, so that it can finish nothing.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Blocks until the program has ended; its standard input stays as it is.
    pub(crate) fn end(mut self) -> Ended {
        let mut stdout = Vec::new();
        if let Some(mut output) = self.stdout.take() {
            output.read_to_end(&mut stdout).unwrap();
        }
        let mut rest = String::new();
        self.stderr.read_to_string(&mut rest).unwrap();
        let output = Output {
            status: self.child.wait().unwrap(),
            stdout,
            stderr: (std::mem::take(&mut self.said) + &rest).into_bytes(),
        };
        Ended::new(output, &self.folder)
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        // One that has ended is not killed again, and a test that fails already must not panic once more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
fn records(lines: &str) -> Vec<Value> {
    assert!(lines.is_empty() || lines.ends_with('\n'), "a torn record");
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
