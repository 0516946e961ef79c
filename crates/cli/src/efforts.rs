//! What is said of what it took to get answers.

use creel_pipeline::{Efforts, Summary};
use serde_json::{Value, json};

use crate::arguments::Workers;

/// What it took, in a line; `None` when all went as it should.
pub(crate) fn told(efforts: &Efforts, summary: &Summary, workers: Workers) -> Option<String> {
    let counted = [
        (efforts.retries, "request sent again", "requests sent again"),
        (
            efforts.hedges,
            "request sent twice at once",
            "requests sent twice at once",
        ),
        (
            efforts.throttled,
            "call for fewer requests",
            "calls for fewer requests",
        ),
        (
            efforts.openings,
            "time without a server",
            "times without a server",
        ),
        (
            summary.sink_retries(),
            "record written again",
            "records written again",
        ),
    ];
    let mut parts: Vec<String> = counted
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    if workers == Workers::Auto {
        parts.push(format!("at most {} in flight at the end", efforts.limit));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Adds what it took to what is written of a run.
pub(crate) fn add(efforts: &Efforts, summary: &Summary, ledger: &mut Value) {
    ledger["requests"] = json!(efforts.requests);
    ledger["retries"] = json!(efforts.retries);
    ledger["hedges"] = json!(efforts.hedges);
    ledger["throttled"] = json!(efforts.throttled);
    ledger["outages"] = json!(efforts.openings);
    ledger["in_flight_max"] = json!(efforts.limit);
    ledger["sink_retries"] = json!(summary.sink_retries());
}
