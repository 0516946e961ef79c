//! Why items failed, put together for the end of a run.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use creel_core::port::ServiceError;
use creel_pipeline::Failure;
use serde_json::{Map, Value, json};

use crate::record::Key;

/// Reasons that are told apart; those beyond are only counted.
const REASONS_MAX: usize = 64;

/// Reasons that are shown.
const SHOWN_MAX: usize = 5;

/// Why items failed, and how many for each reason.
#[derive(Default)]
pub(crate) struct Reasons(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    by_reason: BTreeMap<(Kind, String), u64>,
    others: u64,
}

/// What somebody has to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Unreachable,
    TimedOut,
    Throttled,
    Rejected,
    Failed,
    Malformed,
    Unreadable,
    Unprepared,
    Other,
}

impl Kind {
    fn of(failure: &Failure) -> Self {
        match failure {
            Failure::Unreadable(_) => Self::Unreadable,
            Failure::Unprepared(_) => Self::Unprepared,
            Failure::Unanswered(error) => match error {
                ServiceError::Unavailable(_) => Self::Unreachable,
                ServiceError::TimedOut(_) => Self::TimedOut,
                ServiceError::Throttled { .. } => Self::Throttled,
                ServiceError::Rejected(_) => Self::Rejected,
                ServiceError::Failed(_) => Self::Failed,
                ServiceError::Malformed(_) => Self::Malformed,
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }

    /// What to do about it.
    fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Unreachable => "start the server, or correct --server",
            Self::TimedOut => "allow more time with --timeout, or ask less at once with --workers",
            Self::Throttled => "ask less at once with --workers",
            Self::Rejected => "look at --model and --protocol: does the model take this?",
            Self::Failed => "look at the server's log",
            Self::Malformed => "look at --server and --protocol: is a model server there?",
            Self::Unreadable => "mend what cannot be read",
            Self::Unprepared => "look at the input: does the model take this?",
            Self::Other => return None,
        })
    }
}

impl Reasons {
    /// One more item failed; gives the reason in one line, for its record.
    pub(crate) fn note(&self, item: &Key, failure: &Failure) -> String {
        let text = failure.chain();
        tracing::info!(?item, error = text, "failed");
        let reason = (Kind::of(failure), text.clone());
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = counts.by_reason.len() >= REASONS_MAX;
        match counts.by_reason.get_mut(&reason) {
            Some(count) => *count += 1,
            None if is_full => counts.others += 1,
            None => {
                counts.by_reason.insert(reason, 1);
            }
        }
        text
    }

    /// The reasons with their counts, most frequent first.
    pub(crate) fn counts(&self) -> Map<String, Value> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reasons: Vec<_> = counts.by_reason.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let named = reasons
            .into_iter()
            .map(|((_, text), count)| (text.clone(), json!(count)));
        let others = (counts.others > 0).then(|| ("others".to_owned(), json!(counts.others)));
        named.chain(others).collect()
    }

    /// The most frequent reasons with their counts, each kind with what to do about it; in lines.
    pub(crate) fn told(&self) -> Vec<String> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reasons: Vec<_> = counts.by_reason.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let mut lines = Vec::new();
        let mut advised = Vec::new();
        for ((kind, text), count) in reasons.iter().take(SHOWN_MAX) {
            lines.push(format!("{count} × {text}"));
            if !advised.contains(kind) {
                advised.push(*kind);
                lines.extend(kind.advice().map(|advice| format!("  → {advice}")));
            }
        }
        let rest = reasons.iter().skip(SHOWN_MAX);
        let unshown = counts.others + rest.map(|(_, count)| **count).sum::<u64>();
        if unshown > 0 {
            lines.push(format!(
                "{unshown} for other reasons; each record has its own"
            ));
        }
        lines
    }
}

#[cfg(test)]
mod tests;
