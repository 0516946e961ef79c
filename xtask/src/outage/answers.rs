//! What the results say of each frame.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// What the results say of the frames of each run.
#[derive(Debug, Default)]
pub(super) struct Answers {
    runs: BTreeMap<String, Vec<u64>>,
    /// Frames answered with the number of another, which the picture itself does not have.
    pub(super) wrong: u64,
    /// Frames that failed.
    pub(super) failed: u64,
    /// Frames that were dropped, which the results say.
    pub(super) dropped: u64,
}

#[derive(Deserialize)]
struct Record {
    run: String,
    frame: u64,
    status: Status,
    answer: Option<Answer>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Status {
    Answered,
    Failed,
    Dropped,
}

#[derive(Deserialize)]
struct Answer {
    text: Vec<String>,
}

impl Answers {
    /// Reads the results; there may be none yet.
    pub(super) fn read(results: &Path) -> Result<Self> {
        let mut answers = Self::default();
        if !results.exists() {
            return Ok(answers);
        }
        let file = File::open(results).with_context(|| format!("no {}", results.display()))?;
        for line in BufReader::new(file).lines() {
            let line = line?;
            let record: Record = serde_json::from_str(&line)
                .with_context(|| format!("no record of a frame: {line}"))?;
            match record.answer {
                Some(answer) if answer.text == [record.frame.to_string()] => {}
                Some(_) => answers.wrong += 1,
                None if record.status == Status::Dropped => answers.dropped += 1,
                None => answers.failed += 1,
            }
            answers
                .runs
                .entry(record.run)
                .or_default()
                .push(record.frame);
        }
        Ok(answers)
    }

    pub(super) fn count(&self) -> u64 {
        self.runs.values().map(|frames| frames.len() as u64).sum()
    }

    /// Frames that have more than one record.
    pub(super) fn twice(&self) -> u64 {
        let twice = self.runs.values().map(|frames| {
            let mut once = frames.clone();
            once.sort_unstable();
            once.dedup();
            (frames.len() - once.len()) as u64
        });
        twice.sum()
    }

    /// The longest row of frames of one run that have no record though a later one of it has.
    pub(super) fn missing_max(&self) -> u64 {
        let missing = self.runs.values().map(|frames| {
            let last = frames.iter().max().map_or(0, |last| last + 1);
            let mut once = frames.clone();
            once.sort_unstable();
            once.dedup();
            last - once.len() as u64
        });
        missing.max().unwrap_or(0)
    }

    /// Frames that are all out of place: a later one of the same run was written before.
    pub(super) fn out_of_order(&self) -> u64 {
        let runs = self.runs.values();
        let late = runs.map(|frames| frames.windows(2).filter(|pair| pair[0] > pair[1]).count());
        late.sum::<usize>() as u64
    }
}
