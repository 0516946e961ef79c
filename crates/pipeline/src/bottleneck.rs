//! The slowest part of a run, by what was measured.

use std::fmt;
use std::time::Duration;

use crate::flow::Holdup;
use crate::stages::{Spent, Stages};
use crate::strain::Strain;

/// The part of a run that the others wait for, and the figures that show it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Bottleneck {
    /// Which part.
    pub part: Part,
    /// For which part of the time the run waited for it, from 0 to 1.
    pub share: f64,
    /// What it takes for an item on average: for sources the time between two of them. `None` as long as none has come so
    /// far.
    pub mean: Option<Duration>,
}

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The sources: everything else keeps up with them.
    Source,
    /// The executor, which does not take up what waits for it.
    Queue,
    /// Making requests on the workers: decoding, converting, encoding.
    Conversion,
    /// The service, with the way there and back.
    Service,
    /// Making records of answers on the workers.
    PostProcessing,
    /// The sinks.
    Sink,
    /// The spool, which does not give back what it has as fast as it could be sent.
    Spool,
}

impl Part {
    /// The part in a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Queue => "queue",
            Self::Conversion => "conversion",
            Self::Service => "service",
            Self::PostProcessing => "post-processing",
            Self::Sink => "sink",
            Self::Spool => "spool",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// From this part of the time on workers count as never free.
const BUSY: f64 = 0.75;

/// Below this part of what the executor can do it counts as busy with something else.
const IDLE: f64 = 0.5;

/// Names the slowest part of what was seen: what the run waited for, and how long items took at each step.
///
/// `None` when no time has passed.
pub(crate) fn find(strain: &Strain, stages: &Stages, earlier: &Stages) -> Option<Bottleneck> {
    let [queue, _, _, _, write] = stages.since(earlier);
    let flowing = strain.total() - strain.of(Holdup::End);
    let (holdup, time) = strain
        .iter()
        .filter(|(holdup, _)| *holdup != Holdup::End)
        .max_by_key(|(_, time)| *time)?;
    if time.is_zero() {
        return None;
    }
    let share = time.as_secs_f64() / flowing.as_secs_f64();
    let paced = |spent: Spent| Spent {
        total: flowing,
        ..spent
    };
    let (part, spent) = match holdup {
        Holdup::Source => (Part::Source, paced(queue)),
        Holdup::Spool => (Part::Spool, paced(queue)),
        Holdup::Executor => (Part::Queue, queue),
        Holdup::Sink => (Part::Sink, write),
        Holdup::Flight | Holdup::End => of_flight(flowing, stages, earlier),
    };
    Some(Bottleneck {
        part,
        share,
        mean: spent.mean(),
    })
}

/// Names the slowest step of items in flight.
///
/// Workers that are never free make calls that suspend look long, since whoever was answered waits for them too: where they
/// are busy themselves it is with requests and records.
fn of_flight(flowing: Duration, stages: &Stages, earlier: &Stages) -> (Part, Spent) {
    let [queue, prepare, service, record, _] = stages.since(earlier);
    let by_hand = if prepare.total >= record.total {
        (Part::Conversion, prepare)
    } else {
        (Part::PostProcessing, record)
    };
    if prepare.count + service.count == 0 {
        return of_those_begun(stages);
    }
    let busy = prepare.total + record.total;
    let worked = busy + service.total;
    // How much of what was done at the best of times was done all the time.
    let part_of = |time: Duration, most: u64| {
        time.as_secs_f64() / (flowing.as_secs_f64() * most.max(1) as f64)
    };
    if part_of(busy, stages.hands_max) >= BUSY {
        by_hand
    } else if queue.total > worked && part_of(worked, stages.running_max) < IDLE {
        (Part::Queue, queue)
    } else if by_hand.1.total > service.total {
        by_hand
    } else {
        (Part::Service, service)
    }
}

/// Names the step at which items are that none came to the end of.
fn of_those_begun(stages: &Stages) -> (Part, Spent) {
    let part = if stages.running == 0 {
        Part::Queue
    } else if stages.hands * 2 > stages.running {
        Part::Conversion
    } else {
        Part::Service
    };
    (part, Spent::default())
}

#[cfg(test)]
mod tests;
