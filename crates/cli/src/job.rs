//! Which job results belong to.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::arguments::Batch;
use crate::input::{Fingerprint, Input};
use crate::replace::replace;

/// Which job results belong to: what is read, who is asked, and how. It stands beside them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    /// None of a stream, which whoever goes on feeds again.
    input: Option<Fingerprint>,
    format: String,
    columns: Vec<String>,
    model: Option<String>,
    protocol: String,
    input_name: Option<String>,
    datatype: Option<String>,
    order: Order,
    /// There once everything has a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished: Option<Finished>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Order {
    /// That of the input.
    #[serde(rename = "input")]
    Input,
    /// That in which answers came.
    #[serde(rename = "unordered")]
    Unordered,
}

/// How a job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Finished {
    items: u64,
}

impl Job {
    /// The job of a command; what an earlier job knew of the same input need not be found out again.
    pub(crate) fn new(arguments: &Batch, input: &Input, earlier: Option<&Self>) -> Result<Self> {
        let asking = &arguments.asking;
        let known = earlier.and_then(|earlier| earlier.input.as_ref());
        let order = if arguments.recording.unordered {
            Order::Unordered
        } else {
            Order::Input
        };
        Ok(Self {
            input: Fingerprint::take(input, known)?,
            format: input.format().map(name_of).unwrap_or_default(),
            columns: arguments.columns.clone(),
            model: asking.model.clone(),
            protocol: name_of(asking.protocol),
            input_name: asking.input_name.clone(),
            datatype: asking.datatype.map(|datatype| datatype.to_string()),
            order,
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
        let differ = |what: &str, ours: &str, theirs: &str| {
            (ours != theirs)
                .then(|| format!("its {what} was {}, and is {}", shown(ours), shown(theirs)))
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let order = |job: &Self| match job.order {
            Order::Input => "that of the input",
            Order::Unordered => "--unordered",
        };
        differ("format", &self.format, &other.format)
            .or_else(|| match (&self.input, &other.input) {
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
            })
            .or_else(|| {
                let (ours, theirs) = (self.columns.join(","), other.columns.join(","));
                differ("choice of --columns", &ours, &theirs)
            })
            .or_else(|| differ("model", &text(&self.model), &text(&other.model)))
            .or_else(|| differ("protocol", &self.protocol, &other.protocol))
            .or_else(|| {
                let (ours, theirs) = (text(&self.input_name), text(&other.input_name));
                differ("--input-name", &ours, &theirs)
            })
            .or_else(|| {
                let (ours, theirs) = (text(&self.datatype), text(&other.datatype));
                differ("--datatype", &ours, &theirs)
            })
            .or_else(|| differ("order", order(self), order(other)))
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

fn path(out: &Path) -> PathBuf {
    out.with_extension("job.json")
}

fn name_of(value: impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "not given" } else { value }
}
