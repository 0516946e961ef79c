//! Where Creel must stand in a workload, and whether it does.

use std::fmt;

use crate::summary::Summary;
use crate::workload::{CREEL, LIMIT, is_creel};

/// The most that Creel may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    /// Which way of using Creel.
    who: &'static str,
    measure: Measure,
    /// The most of what the other takes.
    factor: f64,
    other: Other,
    /// Whether missing it is a failure.
    counts: bool,
}

/// What is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Measure {
    Value,
    /// Processor time for each operation.
    Processor,
}

/// Whom Creel is compared with.
#[derive(Clone, Copy, Debug)]
enum Other {
    /// Whichever peer is the fastest in this run.
    FastestPeer,
    Peer(&'static str),
    /// A figure in the workload's unit.
    Figure(f64),
}

/// How a goal came out.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    goal: Goal,
    /// Whom Creel was compared with.
    other: String,
    /// What Creel took, and what the other took.
    values: (f64, f64),
}

impl Goal {
    pub(crate) const fn against(factor: f64, peer: &'static str) -> Self {
        Self {
            who: CREEL,
            measure: Measure::Value,
            factor,
            other: Other::Peer(peer),
            counts: true,
        }
    }

    pub(crate) const fn against_fastest(factor: f64) -> Self {
        Self {
            other: Other::FastestPeer,
            ..Self::against(factor, "")
        }
    }

    pub(crate) const fn against_limit(factor: f64) -> Self {
        Self::against(factor, LIMIT)
    }

    pub(crate) const fn at_most(figure: f64) -> Self {
        Self {
            other: Other::Figure(figure),
            ..Self::against(1.0, "")
        }
    }

    /// The same for another way of using Creel.
    pub(crate) const fn of(self, who: &'static str) -> Self {
        Self { who, ..self }
    }

    /// The same for the processor time of an operation.
    pub(crate) const fn of_processor(self) -> Self {
        Self {
            measure: Measure::Processor,
            ..self
        }
    }

    /// The same as something to be wished for.
    pub(crate) const fn beyond(self) -> Self {
        Self {
            counts: false,
            ..self
        }
    }

    /// Compares Creel with whom the goal names; `None` when one of both has not played.
    pub(crate) fn judge(self, summaries: &[&Summary]) -> Option<Verdict> {
        let named = |name: &str| {
            let mut summaries = summaries.iter().copied();
            summaries.find(|summary| summary.peer == name)
        };
        let measured = |summary: &Summary| match self.measure {
            Measure::Value => summary.median,
            Measure::Processor => summary.cpu_ns,
        };
        let (other, value) = match self.other {
            Other::Figure(figure) => (String::new(), figure),
            Other::Peer(name) => (name.to_owned(), measured(named(name)?)),
            Other::FastestPeer => {
                let peer = fastest_peer(summaries)?;
                (peer.peer.clone(), measured(peer))
            }
        };
        Some(Verdict {
            goal: self,
            other,
            values: (measured(named(self.who)?), value),
        })
    }
}

impl Verdict {
    pub(crate) fn is_held(&self) -> bool {
        let (creel, other) = self.values;
        creel <= self.goal.factor * other
    }

    /// Whether it must be held.
    pub(crate) fn counts(&self) -> bool {
        self.goal.counts
    }
}

/// The fastest of those that are neither Creel nor the limit.
pub(crate) fn fastest_peer<'a>(summaries: &[&'a Summary]) -> Option<&'a Summary> {
    summaries
        .iter()
        .copied()
        .filter(|summary| !is_creel(&summary.peer) && summary.peer != LIMIT)
        .min_by(|a, b| a.median.total_cmp(&b.median))
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.who != CREEL {
            write!(f, "{} ", self.who)?;
        }
        if self.measure == Measure::Processor {
            f.write_str("CPU ")?;
        }
        f.write_str("≤ ")?;
        if self.factor != 1.0 {
            write!(f, "{} × ", self.factor)?;
        }
        match self.other {
            Other::FastestPeer => f.write_str("the fastest peer"),
            Other::Peer(name) => f.write_str(name),
            Other::Figure(figure) => write!(f, "{figure}"),
        }
    }
}

/// In one line: how it came out, what the goal was, where Creel stands.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match (self.is_held(), self.goal.counts) {
            (true, _) => "held",
            (false, true) => "MISSED",
            (false, false) => "not yet",
        };
        write!(f, "{word:<7}  {}: ", self.goal)?;
        let (creel, other) = self.values;
        match self.goal.other {
            Other::Figure(_) => write!(f, "{creel:.2}"),
            _ => write!(f, "{:.2} × {}", creel / other, self.other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(peer: &str, median: f64, cpu_ns: f64) -> Summary {
        Summary {
            peer: peer.to_owned(),
            median,
            best: median,
            spread: 0.0,
            cpu_ns,
            switches_per_thousand: 0.0,
        }
    }

    /// What the goal says of Creel at 80 beside a peer at 100, a slower one, and a limit that is faster than both.
    #[track_caller]
    fn check(goal: Goal, expected: Option<(bool, &str)>) {
        let all = [
            summary(LIMIT, 10.0, 10.0),
            summary("slow", 300.0, 20.0),
            summary("fast", 100.0, 100.0),
            summary(CREEL, 80.0, 150.0),
        ];
        let verdict = goal.judge(&all.iter().collect::<Vec<_>>());
        let line = verdict.map(|verdict| (verdict.is_held(), verdict.to_string()));
        let line = line.as_ref().map(|(held, line)| (*held, line.as_str()));
        assert_eq!(line, expected);
    }

    #[test]
    fn a_goal_is_held_up_to_its_factor() {
        let at = |factor| Goal::against_fastest(factor);
        let held = "held     ≤ 0.8 × the fastest peer: 0.80 × fast";
        check(at(0.8), Some((true, held)));
        let missed = "MISSED   ≤ 0.75 × the fastest peer: 0.80 × fast";
        check(at(0.75), Some((false, missed)));
    }

    #[test]
    fn neither_creel_nor_the_limit_is_a_peer() {
        let against_limit = Goal::against_limit(1.0);
        check(
            against_limit,
            Some((false, "MISSED   ≤ limit: 8.00 × limit")),
        );
        let figure = Goal::at_most(80.0);
        check(figure, Some((true, "held     ≤ 80: 80.00")));
    }

    #[test]
    fn processor_time_is_compared_with_processor_time() {
        let goal = Goal::against(1.0, "slow").of_processor().beyond();
        check(goal, Some((false, "not yet  CPU ≤ slow: 7.50 × slow")));
    }

    #[test]
    fn who_has_not_played_is_not_judged() {
        check(Goal::against(1.0, "absent"), None);
        check(Goal::against(1.0, "fast").of("creel, elastic"), None);
    }
}
