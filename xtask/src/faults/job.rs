//! One run of the program.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::script::Script;
use super::server::{Seen, Server};

/// The program that is tried.
pub(super) struct Program(PathBuf);

/// What is asked, and how.
#[derive(Clone, Copy)]
pub(super) struct Job {
    pub(super) items: u64,
    pub(super) kind: Kind,
    /// What `creel batch` is told besides, split at spaces.
    pub(super) options: &'static str,
}

/// What items are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Prompts,
    /// Rows of two numbers.
    Rows,
}

/// What came of a run.
pub(super) struct Ran {
    pub(super) ledger: Ledger,
    pub(super) seen: Seen,
    /// Records without the answer to their own item.
    pub(super) wrong: u64,
    /// Items without a record, or with two.
    pub(super) uneven: u64,
}

/// What the program says of its run.
#[derive(Deserialize)]
pub(super) struct Ledger {
    pub(super) answered: u64,
    pub(super) failed: u64,
    pub(super) requests: u64,
    pub(super) retries: u64,
    pub(super) hedges: u64,
    pub(super) in_flight_max: u32,
}

#[derive(Deserialize)]
struct Record {
    index: u64,
    answer: Option<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    echo: Value,
}

impl Program {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Runs a job to its end against a server that follows a script.
    pub(super) fn run(&self, job: Job, workers: &str, script: Script) -> Result<Ran> {
        let folder = tempfile::tempdir().context("there is no room for the job")?;
        let input = job.kind.file();
        fs::write(folder.path().join(input), job.input())?;
        let server = Server::start(script)?;
        let output = Command::new(&self.0)
            .args(["batch", input, "--out", "results.jsonl", "--quiet"])
            .args(["--server", &server.url(), "--protocol", "oip"])
            .args(["--tensors", "json", "--model", "m", "--workers", workers])
            .args(job.options.split_whitespace())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .context("cannot start the program")?;
        let said = String::from_utf8_lossy(&output.stderr);
        // What has failed is told with 1, and looked at below.
        if !matches!(output.status.code(), Some(0 | 1)) {
            bail!("the program has ended with {}:\n{said}", output.status);
        }
        let read = |name| {
            let path = folder.path().join(name);
            fs::read_to_string(path)
                .with_context(|| format!("no {name}; the program said:\n{said}"))
        };
        let ledger = serde_json::from_str(&read("results.ledger.json")?)?;
        let (wrong, uneven) = job.compare(&read("results.jsonl")?)?;
        Ok(Ran {
            ledger,
            seen: server.seen(),
            wrong,
            uneven,
        })
    }
}

impl Ledger {
    /// Attempts for each request.
    pub(super) fn amplification(&self) -> f64 {
        1.0 + (self.retries + self.hedges) as f64 / self.requests.max(1) as f64
    }
}

impl Job {
    fn input(self) -> String {
        let mut text = match self.kind {
            Kind::Prompts => String::new(),
            Kind::Rows => "a,b\n".to_owned(),
        };
        for number in 0..self.items {
            // A string takes everything.
            let _ = match self.kind {
                Kind::Prompts => writeln!(text, "prompt {number}"),
                Kind::Rows => writeln!(text, "{number},0.5"),
            };
        }
        text
    }

    /// How many records have another's answer, and how many items not exactly one record.
    fn compare(self, results: &str) -> Result<(u64, u64)> {
        let mut records = vec![0_u32; self.items as usize];
        let mut wrong = 0;
        for line in results.lines() {
            let record: Record =
                serde_json::from_str(line).with_context(|| format!("no record: {line}"))?;
            let place = records.get_mut(record.index as usize);
            *place.with_context(|| format!("of no item: {line}"))? += 1;
            if let Some(Answer { echo }) = record.answer {
                let is_own = match self.kind {
                    Kind::Prompts => echo[0] == format!("prompt {}", record.index),
                    Kind::Rows => numbers(&echo) == [record.index as f64, 0.5],
                };
                wrong += u64::from(!is_own);
            }
        }
        let uneven = records.iter().filter(|count| **count != 1).count();
        Ok((wrong, uneven as u64))
    }
}

impl Kind {
    const fn file(self) -> &'static str {
        match self {
            Self::Prompts => "items.txt",
            Self::Rows => "items.csv",
        }
    }
}

/// The numbers of an output, in rows or not.
fn numbers(output: &Value) -> Vec<f64> {
    match output {
        Value::Array(elements) => elements.iter().flat_map(numbers).collect(),
        other => other.as_f64().into_iter().collect(),
    }
}
