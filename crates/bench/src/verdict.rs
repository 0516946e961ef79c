//! Whether Creel stands where it must.

use crate::summary::Summary;
use crate::workload::{CREEL, DIAGNOSED, Goal, Other};

/// How a goal came out.
pub(crate) struct Verdict {
    pub(crate) goal: Goal,
    /// Whom Creel was compared with; nobody when it did not play.
    pub(crate) other: Option<String>,
    /// What Creel took of what the other took.
    pub(crate) ratio: f64,
}

impl Verdict {
    /// Compares Creel with whom the goal names; `None` when one of both has not played.
    pub(crate) fn of(goal: Goal, summaries: &[Summary]) -> Option<Self> {
        let named = |name: &str| summaries.iter().find(|summary| summary.peer == name);
        let creel = named(CREEL)?;
        let other = match goal.other {
            Other::Peer(name) => named(name)?,
            Other::FastestPeer => fastest_peer(summaries)?,
        };
        Some(Self {
            goal,
            other: Some(other.peer.clone()),
            ratio: creel.median / other.median,
        })
    }

    pub(crate) fn is_held(&self) -> bool {
        self.ratio <= self.goal.factor
    }
}

/// The fastest of those that are not Creel.
pub(crate) fn fastest_peer(summaries: &[Summary]) -> Option<&Summary> {
    summaries
        .iter()
        .filter(|summary| ![CREEL, DIAGNOSED].contains(&summary.peer.as_str()))
        .min_by(|a, b| a.median.total_cmp(&b.median))
}
