//! What is said of the places for records.

use creel_pipeline::{SinkState, SinkSummary};
use serde_json::{Value, json};

use crate::missed::Missed;

/// What is to be said of a place that the run goes on without: what did not get there.
pub(super) fn told(sink: &SinkSummary, missed: &Missed) -> Option<String> {
    let is_well = sink.state == SinkState::Working && sink.missing() == 0;
    if !sink.is_optional || is_well {
        return None;
    }
    let mut parts = vec![format!("{} written", sink.written)];
    for (count, what) in [
        (sink.dropped, "dropped"),
        (sink.rejected, "rejected"),
        (sink.unsafe_ever, "of those written perhaps lost"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    if sink.state != SinkState::Working {
        parts.push(sink.state.to_string());
    }
    if let Some(which) = missed.told(&sink.name) {
        parts.push(format!("missing {which}"));
    }
    Some(format!("{}: {}", sink.name, parts.join(", ")))
}

/// The same and more of any place, for programs.
pub(super) fn ledger(sink: &SinkSummary, missed: &Missed) -> Value {
    let mut told = json!({
        "name": &*sink.name,
        "optional": sink.is_optional,
        "state": sink.state.to_string(),
        "written": sink.written,
        "rejected": sink.rejected,
        "dropped": sink.dropped,
        "perhaps_lost": sink.unsafe_ever,
        "retries": sink.retries,
        "busy_s": (sink.busy.as_secs_f64() * 1e3).round() / 1e3,
    });
    if let Some(trouble) = &sink.trouble {
        told["trouble"] = json!(&*trouble.told);
    }
    let stretches = missed.stretches(&sink.name);
    if !stretches.is_empty() {
        told["missing"] = json!(stretches);
    }
    told
}
