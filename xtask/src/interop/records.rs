//! What a run wrote, by the id of the item.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

#[cfg(test)]
mod tests;

/// How many ids are worth reading.
const SHOWN: usize = 5;

/// One record for each item.
#[derive(Debug)]
pub(super) struct Records(BTreeMap<String, Value>);

impl Records {
    /// Reads records, one a line.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("there are no results in {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let mut records = BTreeMap::new();
        for line in text.lines() {
            let record: Value =
                serde_json::from_str(line).with_context(|| format!("not a record: {line}"))?;
            // An item has an id, a frame a number.
            let id = match (&record["id"], &record["frame"]) {
                (Value::String(id), _) => id.clone(),
                (Value::Number(id), _) | (Value::Null, Value::Number(id)) => id.to_string(),
                _ => anyhow::bail!("a record without an id: {line}"),
            };
            ensure!(records.insert(id, record).is_none(), "an id twice: {line}");
        }
        Ok(Self(records))
    }

    /// Fails unless there is one record for each of these ids and none besides.
    pub(super) fn cover<'a>(&self, ids: impl IntoIterator<Item = &'a String>) -> Result<()> {
        let ids: Vec<_> = ids.into_iter().collect();
        let missing = ids.iter().copied().filter(|id| !self.0.contains_key(*id));
        let unknown = self.0.keys().filter(|id| !ids.contains(id));
        let wrong: Vec<_> = missing.chain(unknown).take(SHOWN).collect();
        ensure!(
            wrong.is_empty() && self.0.len() == ids.len(),
            "{} records for {} items; among the ids that have no partner: {wrong:?}",
            self.0.len(),
            ids.len()
        );
        Ok(())
    }

    /// The answers, by id.
    pub(super) fn answers(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.with_status("answered", "answer")
    }

    /// Why items failed, by id.
    pub(super) fn errors(&self) -> impl Iterator<Item = (&str, &str)> {
        self.with_status("failed", "error")
            .map(|(id, error)| (id, error.as_str().unwrap_or_default()))
    }

    /// What was answered to one item.
    pub(super) fn answer(&self, id: &str) -> Result<&Value> {
        let found = self.answers().find(|(answered, _)| *answered == id);
        Ok(found.with_context(|| format!("`{id}` was not answered"))?.1)
    }

    /// Fails unless some items were answered and all others failed with a reason; tells how many of each.
    pub(super) fn ensure_reasons(&self) -> Result<String> {
        let answered = self.answers().count();
        let failed = self.errors().filter(|(_, why)| !why.is_empty()).count();
        let all = self.count();
        let counts = format!("{answered} answered, {failed} failed with a reason, of {all}");
        ensure!(answered > 0 && failed > 0, "{counts}");
        ensure!(answered + failed == all, "{counts}");
        Ok(counts)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    fn with_status(&self, status: &str, field: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.0
            .iter()
            .filter(move |(_, record)| record["status"] == status)
            .map(move |(id, record)| (id.as_str(), &record[field]))
    }
}

/// The numbers of a value, whatever it is nested in: servers give one class as `0`, `[0]` or `[[0]]`.
pub(super) fn flat(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(flat).collect(),
        value => value.as_f64().into_iter().collect(),
    }
}
