//! JSON lines against real files, pipes and crashes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod contract;
mod crash;
mod files;
mod neighbours;
mod open;
mod stream;
mod torn;

use std::fs;
use std::path::{Path, PathBuf};

use creel_core::port::SinkError;
use creel_core::{Context, Sink};
use creel_file_sink::JsonLines;
use serde::{Deserialize, Serialize};

/// What these tests write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    id: String,
    answer: f64,
}

/// What they want to see of a record again.
#[derive(Deserialize)]
struct Id {
    id: String,
}

fn record(number: usize) -> Record {
    Record {
        // Quotes, line ends and letters of several bytes: whatever could confuse lines.
        id: format!("row \"{number}\"\n\u{2028}ü"),
        answer: 1.0 / (number as f64 + 1.0),
    }
}

fn id(id: Id) -> Option<String> {
    Some(id.id)
}

fn append(path: &Path) -> JsonLines {
    JsonLines::append(path, id).unwrap()
}

fn write(sink: &mut impl Sink<Record>, number: usize) -> Result<(), SinkError> {
    sink.write(&record(number), &Context::new())
}

fn flush(sink: &mut impl Sink<Record>) -> Result<(), SinkError> {
    sink.flush()
}

fn recovered(sink: &mut impl Sink<Record>) -> Vec<String> {
    sink.recovered().unwrap()
}

fn records(path: &Path) -> Vec<Record> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "the file is torn");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn directory() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("results.jsonl");
    (directory, path)
}
