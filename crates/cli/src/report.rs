//! What is said of a run, while it goes on and at its end.

mod sinks;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use creel_pipeline::{Health, Latency, Ledger, SourceSummary, Summary};
use serde_json::{Map, Value, json};

use crate::beside::beside;
use crate::missed::Missed;
use crate::reasons::Reasons;
use crate::replace::replace;
use crate::results;
use crate::run::Before;

/// What a run is made of, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noun {
    Frame,
    Item,
}

impl Noun {
    /// The word for so many.
    pub(crate) fn counted(self, count: u64) -> &'static str {
        match (self, count) {
            (Self::Frame, 1) => "frame",
            (Self::Frame, _) => "frames",
            (Self::Item, 1) => "item",
            (Self::Item, _) => "items",
        }
    }
}

/// How a run ended, in a few lines.
pub(crate) fn summary(
    summary: &Summary,
    noun: Noun,
    out: &Path,
    before: Before,
    missed: &Missed,
) -> String {
    let ledger = &summary.ledger;
    let mut lines = vec![
        ledger.to_string(),
        format!(
            "{:.1} {} per second over {}",
            summary.rate(),
            noun.counted(2),
            shown(summary.elapsed)
        ),
    ];
    if summary.latency.count > 0 {
        lines.push(format!("latency {}", spread(&summary.latency)));
        lines.push(format!("server  {}", spread(&summary.service_time)));
    }
    let several = summary.sources.len() > 1 || summary.ledger.recovered > 0;
    lines.extend(
        summary
            .sources
            .iter()
            .filter_map(|source| of_source(source, several)),
    );
    if several && summary.backlog.recovered > 0 {
        lines.push(format!("earlier runs: {}", summary.backlog));
    }
    let told = |sink| sinks::told(sink, missed);
    lines.extend(summary.sinks.iter().filter_map(told));
    if !results::is_output(out) {
        let recorded = before.recorded + ledger.recorded;
        let noun = if recorded == 1 { "record" } else { "records" };
        let earlier = match before.recorded {
            0 => String::new(),
            count => format!(", {count} of them from earlier runs"),
        };
        lines.push(format!("{recorded} {noun} in {}{earlier}", out.display()));
    }
    if ledger.unrecorded > 0 {
        lines.push(format!("{} without a record", ledger.unrecorded));
    }
    lines.join("\n")
}

/// What is to be said of a camera or input: its part of the ledger where it is not the only one, and its troubles.
fn of_source(source: &SourceSummary, several: bool) -> Option<String> {
    let times = |count| if count == 1 { "time" } else { "times" };
    let mut parts = Vec::new();
    if several {
        parts.push(source.ledger.to_string());
    }
    if source.lost > 0 {
        parts.push(format!("{} lost before they came here", source.lost));
    }
    if source.disconnections > 0 {
        let count = source.disconnections;
        parts.push(format!("connection lost {count} {}", times(count)));
    }
    if source.health == Health::Gone {
        parts.push("gone".to_owned());
    }
    (!parts.is_empty()).then(|| format!("{}: {}", source.name, parts.join(", ")))
}

/// Writes what [`ledger`] says.
pub(crate) fn write(ledger: &Value, path: &Path) -> Result<()> {
    let ledger = serde_json::to_string_pretty(ledger)? + "\n";
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        // A pipe or a terminal has nothing that could be replaced.
        return fs::write(path, ledger).with_context(|| format!("cannot write {}", path.display()));
    }
    replace(path, ledger.as_bytes())
}

/// Where the ledger of these results is.
pub(crate) fn ledger_path(out: &Path) -> PathBuf {
    beside(out, "ledger.json")
}

/// How a run went, for programs.
pub(crate) fn ledger(
    summary: &Summary,
    before: Before,
    reasons: &Reasons,
    missed: &Missed,
) -> Value {
    let mut told = counts(&summary.ledger);
    let sources: Vec<Value> = summary.sources.iter().map(source_ledger).collect();
    let sinks = summary.sinks.iter();
    let sinks: Vec<Value> = sinks.map(|sink| sinks::ledger(sink, missed)).collect();
    let more = json!({
        "recorded_before": before.recorded,
        "failed_before": before.failed,
        "elapsed_s": rounded(summary.elapsed.as_secs_f64()),
        "rate_per_s": rounded(summary.rate()),
        "latency_ms": milliseconds(&summary.latency),
        "server_ms": milliseconds(&summary.service_time),
        "lost_before": summary.lost(),
        "disconnections": summary.disconnections(),
        "held_s": rounded(summary.sources.iter().map(|source| source.held).sum::<Duration>().as_secs_f64()),
        "reasons": reasons.counts(),
        "sources": sources,
        "sinks": sinks,
    });
    if let Value::Object(more) = more {
        told.extend(more);
    }
    Value::Object(told)
}

fn source_ledger(source: &SourceSummary) -> Value {
    let mut told = Map::new();
    told.insert("name".to_owned(), json!(&*source.name));
    told.insert("health".to_owned(), json!(source.health.to_string()));
    told.insert("lost_before".to_owned(), json!(source.lost));
    told.insert("disconnections".to_owned(), json!(source.disconnections));
    told.insert("gap_ms".to_owned(), milliseconds(&source.gaps));
    told.extend(counts(&source.ledger));
    Value::Object(told)
}

/// Where every item is.
fn counts(ledger: &Ledger) -> Map<String, Value> {
    let dropped: Map<String, Value> = ledger
        .dropped
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(reason, count)| (reason.to_string(), json!(count)))
        .collect();
    let counts = json!({
        "captured": ledger.captured,
        "recovered": ledger.recovered,
        "answered": ledger.answered,
        "failed": ledger.failed,
        "dropped": ledger.dropped.total(),
        "dropped_by_reason": dropped,
        "known": ledger.known,
        "spilled": ledger.spilled,
        "recorded": ledger.recorded,
        "unrecorded": ledger.unrecorded,
        "adds_up": ledger.adds_up(),
    });
    match counts {
        Value::Object(counts) => counts,
        _ => Map::new(),
    }
}

fn milliseconds(latency: &Latency) -> Value {
    let milliseconds = |time: Duration| rounded(time.as_secs_f64() * 1e3);
    json!({
        "count": latency.count,
        "p50": milliseconds(latency.p50),
        "p99": milliseconds(latency.p99),
        "p99_9": milliseconds(latency.p99_9),
        "max": milliseconds(latency.max),
    })
}

fn rounded(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

fn spread(latency: &Latency) -> String {
    format!(
        "p50 {}  p99 {}  max {}",
        shown(latency.p50),
        shown(latency.p99),
        shown(latency.max)
    )
}

/// A time with as many digits as matter.
pub(crate) fn shown(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    match milliseconds {
        0.0..10.0 => format!("{milliseconds:.1} ms"),
        10.0..1_000.0 => format!("{milliseconds:.0} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests;
