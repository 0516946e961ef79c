//! What a server answered, by the id of the row.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

#[cfg(test)]
mod tests;

/// How many differences are worth reading.
const SHOWN: usize = 5;

/// The class of each row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answers(BTreeMap<String, i64>);

impl Answers {
    /// Reads records, one a line, whose answers hold the class in an output of this name.
    pub(super) fn read(records: &Path, output: &str) -> Result<Self> {
        let text = fs::read_to_string(records)
            .with_context(|| format!("there are no results in {}", records.display()))?;
        Self::parse(&text, output).with_context(|| format!("in {}", records.display()))
    }

    fn parse(text: &str, output: &str) -> Result<Self> {
        let mut classes = BTreeMap::new();
        for line in text.lines() {
            let record: Value =
                serde_json::from_str(line).with_context(|| format!("not a record: {line}"))?;
            let id = match &record["id"] {
                Value::String(id) => id.clone(),
                _ => bail!("a record without an id: {line}"),
            };
            ensure!(record["status"] == "answered", "not answered: {line}");
            let class = first_number(&record["answer"][output])
                .with_context(|| format!("no class in the output `{output}`: {line}"))?;
            ensure!(classes.insert(id, class).is_none(), "an id twice: {line}");
        }
        Ok(Self(classes))
    }

    /// Fails unless there is one answer for each of these ids and none besides.
    pub(super) fn cover(&self, ids: &[String]) -> Result<()> {
        let missing = ids.iter().filter(|id| !self.0.contains_key(*id));
        let unknown = self.0.keys().filter(|id| !ids.contains(id));
        let wrong: Vec<_> = missing.chain(unknown).take(SHOWN).collect();
        ensure!(
            wrong.is_empty() && self.0.len() == ids.len(),
            "{} records for {} rows; among the ids that have no partner: {wrong:?}",
            self.0.len(),
            ids.len()
        );
        Ok(())
    }

    /// Fails unless both have the same class for every id.
    pub(super) fn agree(&self, other: &Self) -> Result<()> {
        let different: Vec<_> = self
            .0
            .iter()
            .filter(|(id, class)| other.0.get(*id) != Some(class))
            .map(|(id, class)| format!("{id}: {class} and {:?}", other.0.get(id)))
            .collect();
        ensure!(
            different.is_empty(),
            "{} of {} rows: {}",
            different.len(),
            self.0.len(),
            different[..different.len().min(SHOWN)].join("; ")
        );
        Ok(())
    }

    /// How many rows are of each class.
    pub(super) fn census(&self) -> String {
        let mut counts = BTreeMap::<_, usize>::new();
        for class in self.0.values() {
            *counts.entry(class).or_default() += 1;
        }
        let counts: Vec<_> = counts
            .iter()
            .map(|(class, count)| format!("{class}: {count}"))
            .collect();
        counts.join(", ")
    }
}

/// The ids of the rows of a CSV file, which are in its first column.
pub(super) fn ids(rows: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(rows)?;
    let ids = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next());
    Ok(ids.map(str::to_owned).collect())
}

/// Servers give the class of one row as `[0]` or as `[[0]]`, some as a number with a fraction.
fn first_number(value: &Value) -> Option<i64> {
    match value {
        Value::Array(values) => first_number(values.first()?),
        Value::Number(number) => number.as_i64().or_else(|| Some(number.as_f64()? as i64)),
        _ => None,
    }
}
