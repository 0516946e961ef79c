//! What is said of a run, while it goes on and at its end.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use creel_pipeline::{Latency, Summary};
use serde_json::{Map, Value, json};

use crate::beside::beside;
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
pub(crate) fn summary(summary: &Summary, noun: Noun, out: &Path, before: Before) -> String {
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
    if summary.disconnections > 0 {
        lines.push(format!("connection lost {} times", summary.disconnections));
    }
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
pub(crate) fn ledger(summary: &Summary, before: Before, reasons: &Reasons) -> Value {
    let ledger = &summary.ledger;
    let dropped: Map<String, Value> = ledger
        .dropped
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(reason, count)| (reason.to_string(), json!(count)))
        .collect();
    json!({
        "captured": ledger.captured,
        "answered": ledger.answered,
        "failed": ledger.failed,
        "dropped": ledger.dropped.total(),
        "dropped_by_reason": dropped,
        "recorded": ledger.recorded,
        "unrecorded": ledger.unrecorded,
        "recorded_before": before.recorded,
        "failed_before": before.failed,
        "adds_up": ledger.adds_up(),
        "elapsed_s": rounded(summary.elapsed.as_secs_f64()),
        "rate_per_s": rounded(summary.rate()),
        "latency_ms": milliseconds(&summary.latency),
        "server_ms": milliseconds(&summary.service_time),
        "disconnections": summary.disconnections,
        "reasons": reasons.counts(),
    })
}

fn milliseconds(latency: &Latency) -> Value {
    let milliseconds = |time: Duration| rounded(time.as_secs_f64() * 1e3);
    json!({
        "count": latency.count,
        "p50": milliseconds(latency.p50),
        "p99": milliseconds(latency.p99),
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
