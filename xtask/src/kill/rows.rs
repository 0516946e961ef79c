//! The rows, and what has to come of them.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// Flowers that every model of irises tells apart, and what it calls them.
const FLOWERS: [(&str, &str); 3] = [
    ("5.1,3.5,1.4,0.2", "setosa"),
    ("7.0,3.2,4.7,1.4", "versicolor"),
    ("6.3,3.3,6.0,2.5", "virginica"),
];

/// Rows of features, each with the answer that it must get.
pub(super) struct Rows {
    flowers: Vec<u8>,
}

/// What was found in the results.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) rows: u64,
    pub(super) records: u64,
    pub(super) missing: u64,
    pub(super) twice: u64,
    /// Records that are not answered, have another's id, or another's answer.
    pub(super) wrong: u64,
}

#[derive(Deserialize)]
struct Record {
    index: usize,
    id: String,
    answer: Option<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    label: Vec<String>,
}

impl Rows {
    /// Writes so many rows.
    pub(super) fn write(path: &Path, count: u64, random: &mut fastrand::Rng) -> Result<Self> {
        let flowers: Vec<u8> = (0..count)
            .map(|_| random.u8(0..FLOWERS.len() as u8))
            .collect();
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut file = BufWriter::new(file);
        writeln!(file, "id,sepal_length,sepal_width,petal_length,petal_width")?;
        for (index, flower) in flowers.iter().enumerate() {
            writeln!(file, "row-{index},{}", FLOWERS[usize::from(*flower)].0)?;
        }
        file.flush()?;
        Ok(Self { flowers })
    }

    /// Looks at each record.
    pub(super) fn compare(&self, results: &Path) -> Result<Found> {
        let file = File::open(results).with_context(|| format!("no {}", results.display()))?;
        let mut seen = vec![false; self.flowers.len()];
        let mut found = Found {
            rows: self.flowers.len() as u64,
            ..Found::default()
        };
        for line in BufReader::new(file).lines() {
            let line = line?;
            let record: Record = serde_json::from_str(&line)
                .with_context(|| format!("no record of a row: {line}"))?;
            found.records += 1;
            let Some(seen) = seen.get_mut(record.index) else {
                found.wrong += 1;
                continue;
            };
            if std::mem::replace(seen, true) {
                found.twice += 1;
            }
            let expected = FLOWERS[usize::from(self.flowers[record.index])].1;
            let label = record.answer.map(|answer| answer.label);
            let is_right = record.id == format!("row-{}", record.index)
                && label.is_some_and(|label| label == [expected]);
            found.wrong += u64::from(!is_right);
        }
        found.missing = seen.iter().filter(|seen| !**seen).count() as u64;
        Ok(found)
    }
}
