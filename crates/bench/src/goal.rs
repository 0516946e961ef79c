//! Where Creel must stand in a workload, and whether it does.

use std::fmt;

use crate::pairs::{Pairs, Ratio};
use crate::summary::Summary;
use crate::workload::{CREEL, LIMIT, Played, is_creel};

/// A peer whose median is up to so many times that of the fastest may be the fastest in another mood of the machine.
const ABOUT_AS_FAST: f64 = 1.4;

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
    standing: Standing,
}

/// Where Creel stands.
#[derive(Clone, Debug)]
enum Standing {
    /// At a figure in the workload's unit, of which there may be so much.
    At { value: f64, most: f64 },
    /// Beside a rival.
    Beside(String, Ratio),
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

    /// Which way of using Creel is judged.
    pub(crate) fn who(&self) -> &'static str {
        self.who
    }

    /// Whom Creel is to play in pairs with.
    ///
    /// Against the fastest peer these are all that may be it: the fastest by its median, and whoever is about as fast.
    pub(crate) fn rivals(&self, summaries: &[&Summary]) -> Vec<String> {
        let about_as_fast = |fastest: &Summary| {
            let most = fastest.median * ABOUT_AS_FAST;
            let names = peers(summaries)
                .filter(|peer| peer.median <= most)
                .map(|peer| peer.peer.clone());
            names.collect()
        };
        match self.other {
            Other::Figure(_) => Vec::new(),
            Other::Peer(name) => vec![name.to_owned()],
            Other::FastestPeer => fastest_peer(summaries).map_or_else(Vec::new, about_as_fast),
        }
    }

    /// Says where Creel stands, beside the rival that it does worst against; `None` when it has played with none.
    pub(crate) fn judge(self, summaries: &[&Summary], pairs: &[Pairs]) -> Option<Verdict> {
        let standing = match self.other {
            Other::Figure(most) => {
                let mut summaries = summaries.iter();
                let creel = summaries.find(|summary| summary.peer == self.who)?;
                let value = creel.median;
                Standing::At { value, most }
            }
            Other::Peer(_) | Other::FastestPeer => {
                let rivals = self.rivals(summaries);
                let (rival, ratio) = pairs
                    .iter()
                    .filter(|pairs| pairs.creel == self.who && rivals.contains(&pairs.rival))
                    .map(|pairs| (&pairs.rival, pairs.ratio(|played| self.measured(played))))
                    .max_by(|(_, a), (_, b)| a.median.total_cmp(&b.median))?;
                Standing::Beside(rival.clone(), ratio)
            }
        };
        Some(Verdict {
            goal: self,
            standing,
        })
    }

    fn measured(&self, played: &Played) -> f64 {
        match self.measure {
            Measure::Value => played.value,
            Measure::Processor => played.cpu_ns(),
        }
    }
}

impl Verdict {
    /// Whether the goal was reached.
    ///
    /// A ratio counts to the hundredth, as it is printed: no run can tell less.
    pub(crate) fn is_held(&self) -> bool {
        let hundredths = |ratio: f64| (ratio * 100.0).round();
        match &self.standing {
            Standing::At { value, most } => value <= most,
            Standing::Beside(_, ratio) => hundredths(ratio.median) <= hundredths(self.goal.factor),
        }
    }

    /// Whether it must be held.
    pub(crate) fn counts(&self) -> bool {
        self.goal.counts
    }
}

/// Those that are neither Creel nor the limit.
fn peers<'a>(summaries: &[&'a Summary]) -> impl Iterator<Item = &'a Summary> {
    summaries
        .iter()
        .copied()
        .filter(|summary| !is_creel(&summary.peer) && summary.peer != LIMIT)
}

/// The fastest of those that are neither Creel nor the limit.
pub(crate) fn fastest_peer<'a>(summaries: &[&'a Summary]) -> Option<&'a Summary> {
    peers(summaries).min_by(|a, b| a.median.total_cmp(&b.median))
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
        match &self.standing {
            Standing::At { value, .. } => write!(f, "{value:.2}"),
            Standing::Beside(rival, Ratio { median, quartiles }) => {
                let (low, high) = quartiles;
                write!(f, "{median:.2} × {rival} ({low:.2} to {high:.2})")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Effort;
    use crate::pairs::Pair;

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

    /// A sample of 1,000 operations.
    fn played(value: f64, cpu_ns: f64) -> Played {
        Played {
            value,
            operations: 1_000,
            effort: Effort {
                seconds: 1.0,
                cpu_seconds: cpu_ns * 1e-6,
                voluntary_switches: 0,
                allocations: None,
            },
        }
    }

    /// Three pairs of Creel at so many times a rival, and a little less and more.
    fn pairs(rival: &str, value: f64, cpu_ns: f64) -> Pairs {
        let pair = |times: f64| Pair {
            creel: played(value * times, cpu_ns),
            rival: played(1.0, 1.0),
        };
        Pairs {
            creel: CREEL.to_owned(),
            rival: rival.to_owned(),
            samples: [1.0, 0.5, 1.5].map(pair).into(),
        }
    }

    fn summaries() -> [Summary; 5] {
        [
            summary(LIMIT, 10.0, 10.0),
            summary("slow", 300.0, 20.0),
            summary("fast", 100.0, 100.0),
            summary("nearly as fast", 130.0, 100.0),
            summary(CREEL, 80.0, 150.0),
        ]
    }

    /// What the goal says of Creel, whose pairs with its rivals do not come to what the medians say.
    #[track_caller]
    fn check(goal: Goal, expected: Option<(bool, &str)>) {
        let pairs = [
            pairs(LIMIT, 8.0, 1.0),
            pairs("slow", 0.25, 7.5),
            pairs("fast", 0.704, 1.5),
            pairs("nearly as fast", 0.804, 1.5),
        ];
        let verdict = goal.judge(&summaries().iter().collect::<Vec<_>>(), &pairs);
        let line = verdict.map(|verdict| (verdict.is_held(), verdict.to_string()));
        let line = line.as_ref().map(|(held, line)| (*held, line.as_str()));
        assert_eq!(line, expected);
    }

    #[test]
    fn a_goal_against_the_fastest_is_judged_by_the_worst_of_all_that_may_be_it() {
        let at = |factor| Goal::against_fastest(factor);
        let held = "held     ≤ 0.8 × the fastest peer: 0.80 × nearly as fast (0.40 to 1.21)";
        check(at(0.8), Some((true, held)));
        let missed = "MISSED   ≤ 0.75 × the fastest peer: 0.80 × nearly as fast (0.40 to 1.21)";
        check(at(0.75), Some((false, missed)));
    }

    #[test]
    fn neither_creel_nor_the_limit_is_a_peer() {
        let rivals = Goal::against_fastest(1.0).rivals(&summaries().iter().collect::<Vec<_>>());
        assert_eq!(rivals, ["fast", "nearly as fast"]);
        let missed = "MISSED   ≤ limit: 8.00 × limit (4.00 to 12.00)";
        check(Goal::against_limit(1.0), Some((false, missed)));
        let figure = Goal::at_most(80.0);
        check(figure, Some((true, "held     ≤ 80: 80.00")));
    }

    #[test]
    fn processor_time_is_compared_with_processor_time() {
        let goal = Goal::against(1.0, "slow").of_processor().beyond();
        let not_yet = "not yet  CPU ≤ slow: 7.50 × slow (7.50 to 7.50)";
        check(goal, Some((false, not_yet)));
    }

    #[test]
    fn who_has_not_played_is_not_judged() {
        check(Goal::against(1.0, "absent"), None);
        check(Goal::against(1.0, "fast").of("creel, elastic"), None);
    }
}
