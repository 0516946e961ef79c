//! Which job results belong to.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::arguments::{Batch, name_of};
use crate::beside::beside;
use crate::input::{Fingerprint, Input};
use crate::replace::replace;

/// Which job results belong to: what is read, who is asked, and how. It stands beside them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    /// None of a stream, which whoever goes on feeds again.
    input: Option<Fingerprint>,
    /// What else decides about the records, by the name that people know it by.
    settings: BTreeMap<String, String>,
    /// There once everything has a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished: Option<Finished>,
}

/// How a job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Finished {
    items: u64,
}

impl Job {
    /// The job of a command; what an earlier job knew of the same input need not be found out again.
    pub(crate) fn new(arguments: &Batch, input: &Input, earlier: Option<&Self>) -> Result<Self> {
        let known = earlier.and_then(|earlier| earlier.input.as_ref());
        Ok(Self {
            input: Fingerprint::take(input, known)?,
            settings: settings(arguments, input),
            finished: None,
        })
    }

    /// Reads what stands beside results; `None` if nothing does.
    pub(crate) fn beside(out: &Path) -> Result<Option<Self>> {
        let path = path(out);
        let read = match fs::read(&path) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let job = serde_json::from_slice(&read).with_context(|| {
            format!(
                "{} does not tell of a job: restore it, or begin anew with --overwrite",
                path.display()
            )
        })?;
        Ok(Some(job))
    }

    /// Writes it beside the results; durable when this returns.
    pub(crate) fn write_beside(&self, out: &Path) -> Result<()> {
        let mut job = serde_json::to_vec_pretty(self)?;
        job.push(b'\n');
        replace(&path(out), &job)
    }

    /// In which way another command is not this job.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let of_input = match (&self.input, &other.input) {
            (Some(ours), Some(theirs)) => ours.difference(theirs),
            (Some(ours), None) => Some(format!(
                "its input was {}, and is a stream",
                ours.path.display()
            )),
            (None, Some(theirs)) => Some(format!(
                "its input was a stream, and is {}",
                theirs.path.display()
            )),
            (None, None) => None,
        };
        let mut names = self.settings.keys().chain(other.settings.keys());
        of_input.or_else(|| {
            names.find_map(|name| {
                let shown = |job: &Self| match job.settings.get(name) {
                    Some(value) => value.clone(),
                    None => "not given".to_owned(),
                };
                let (ours, theirs) = (shown(self), shown(other));
                (ours != theirs).then(|| format!("its {name} was {ours}, and is {theirs}"))
            })
        })
    }

    /// The same job, with what is seen of its input here, and with its end if it has come to one.
    pub(crate) fn of_same_input(self, other: Self) -> Self {
        Self {
            finished: self.finished,
            ..other
        }
    }

    /// How many items there are, about, where that is known.
    pub(crate) fn count(&self) -> Option<u64> {
        let items = self.input.as_ref().map(|input| input.items);
        self.finished.map(|finished| finished.items).or(items)
    }

    /// Whether everything has a record, where there are so many of them.
    pub(crate) fn is_finished(&self, recorded: u64) -> bool {
        self.finished == Some(Finished { items: recorded })
    }

    /// The same, with a record of everything.
    pub(crate) fn finished(self, items: u64) -> Self {
        Self {
            finished: Some(Finished { items }),
            ..self
        }
    }
}

/// What decides about the records beside the input.
fn settings(arguments: &Batch, input: &Input) -> BTreeMap<String, String> {
    let asking = &arguments.asking;
    let is_unordered = arguments.recording.unordered;
    let given = [
        ("format", input.format().map(name_of)),
        (
            "choice of columns",
            Some(arguments.columns.join(",")).filter(|columns| !columns.is_empty()),
        ),
        ("model", asking.model.clone()),
        (
            "order",
            Some(
                if is_unordered {
                    "free"
                } else {
                    "that of the input"
                }
                .to_owned(),
            ),
        ),
    ];
    given
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .chain(asking.speaking.said())
        .collect()
}

fn path(out: &Path) -> PathBuf {
    beside(out, "job.json")
}
