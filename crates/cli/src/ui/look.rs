//! Where a run stands, in the words of the page.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use creel_dashboard as page;
use creel_pipeline::{
    DropReason, End, Health, InFlight, Latency, Ledger, Life, Progress, RunHandle, SinkState,
    SinkSummary, SourceSummary, Stopping, Summary,
};
use creel_runtime::ThreadPool;

use super::Subject;
use super::watch::Watch;
use crate::places::{THE_VIEW, WHAT_HAS_FAILED};

/// Looks at a run for the page.
pub(super) struct Look {
    run: RunHandle,
    /// The run's own; the page does not keep it.
    pool: Weak<ThreadPool>,
    subject: Subject,
    memory: Mutex<Memory>,
    watch: Mutex<Watch>,
}

/// What was seen before.
#[derive(Default)]
struct Memory {
    /// When items in flight came to each step, by their places.
    steps: HashMap<u64, Steps>,
}

#[derive(Clone, Copy, Default)]
struct Steps {
    submitted: Option<Instant>,
    begun: Option<Instant>,
}

/// Where the run stands; before it begins, only what will be.
pub(super) fn at(look: Option<&Look>, title: &str) -> page::View {
    match look {
        Some(look) => look.view(),
        None => page::View {
            title: title.to_owned(),
            ..page::View::default()
        },
    }
}

impl Look {
    pub(super) fn new(
        run: RunHandle,
        pool: Weak<ThreadPool>,
        subject: Subject,
        watch: Watch,
    ) -> Self {
        Self {
            run,
            pool,
            subject,
            memory: Mutex::default(),
            watch: Mutex::new(watch),
        }
    }

    fn view(&self) -> page::View {
        let summary = self.run.snapshot();
        let in_flight = self.run.in_flight();
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let open = memory.open(&in_flight, !self.subject.blocks);
        drop(memory);
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let bottleneck = watch.bottleneck(&summary);
        drop(watch);
        page::View {
            title: self.subject.title.clone(),
            noun: self.subject.noun,
            elapsed: summary.elapsed,
            ledger: ledger(&summary.ledger),
            sources: summary.sources.iter().map(source).collect(),
            sinks: sinks(&summary),
            latency: latency(&summary.latency),
            service: latency(&summary.service_time),
            workers: self.workers(&in_flight, summary.stopping),
            fills: self.fills(&summary),
            bottleneck,
            stopping: match summary.stopping {
                Stopping::No => None,
                Stopping::Draining => Some("finishing what is in flight"),
                Stopping::AtOnce => Some("stopping at once"),
            },
            open,
        }
    }

    /// What the workers do; one whose call blocks counts as blocked, also where the run has given up on it.
    fn workers(&self, in_flight: &[InFlight], stopping: Stopping) -> page::Workers {
        let Some(pool) = self.pool.upgrade() else {
            return page::Workers::default();
        };
        let workers = pool.dump().workers();
        let running = in_flight.iter();
        let running = running.filter(|item| item.stage == Progress::Running);
        let calls = match stopping {
            Stopping::AtOnce => workers.busy,
            Stopping::No | Stopping::Draining => running.count(),
        };
        let waits = if self.subject.blocks {
            calls.min(workers.busy)
        } else {
            0
        };
        page::Workers {
            running: workers.busy - waits,
            blocked: workers.blocked + waits,
            idle: workers.idle + workers.searching,
            most: pool.max_workers(),
        }
    }

    fn fills(&self, summary: &Summary) -> Vec<page::Fill> {
        let levels = &summary.levels;
        let fill = |name, unit, used, capacity| page::Fill {
            name,
            unit,
            used,
            capacity,
        };
        let (items, bytes) = (page::Unit::Items, page::Unit::Bytes);
        let (buffer, staged) = (&levels.buffer, &levels.staged);
        let mut fills = vec![
            fill("buffer", items, buffer.items, Some(buffer.items_max)),
            fill("window", items, levels.window, Some(levels.window_max)),
            fill("buffer", bytes, buffer.bytes, bounded(buffer.bytes_max)),
        ];
        if self.subject.spills {
            fills.push(fill("spool", items, levels.spilled, None));
            fills.push(fill("staged", items, staged.items, Some(staged.items_max)));
        }
        fills
    }
}

impl Memory {
    /// The items in flight, with what was seen of their earlier steps; `suspended` where workers do not wait for answers.
    fn open(&mut self, in_flight: &[InFlight], suspended: bool) -> Vec<page::Life> {
        let now = Instant::now();
        let before = |time: Duration| now.checked_sub(time).unwrap_or(now);
        let mut known = HashMap::with_capacity(in_flight.len());
        let lives = in_flight
            .iter()
            .map(|item| {
                let since = before(item.since);
                let mut steps = self.steps.get(&item.place.0).copied().unwrap_or_default();
                match item.stage {
                    Progress::Queued => steps.submitted = Some(since),
                    Progress::Running => steps.begun = Some(since),
                    Progress::Answered => {}
                }
                known.insert(item.place.0, steps);
                let is_answered = item.stage == Progress::Answered;
                let begun = steps.begun.or(is_answered.then_some(since));
                page::Life {
                    source: Arc::clone(&item.source),
                    number: item.number,
                    captured: before(item.age),
                    // A step that passed between two looks was short.
                    submitted: steps.submitted.or(begun),
                    begun,
                    prepared: None,
                    answered: None,
                    recorded: is_answered.then_some(since),
                    over: None,
                    prepared_on: None,
                    recorded_on: None,
                    suspended,
                    fate: None,
                }
            })
            .collect();
        self.steps = known;
        lives
    }
}

fn bounded(most: u64) -> Option<u64> {
    (most < u64::MAX).then_some(most)
}

/// The life of an item that is over.
pub(super) fn life(life: &Life) -> page::Life {
    let was_future = life.submitted.is_some();
    page::Life {
        source: Arc::clone(&life.source),
        number: life.number,
        captured: life.captured,
        submitted: life.submitted,
        begun: life.begun,
        prepared: life.prepared,
        answered: life.answered,
        recorded: life.recorded,
        over: Some(life.over),
        prepared_on: life.prepared_on.clone(),
        recorded_on: life.recorded_on.clone(),
        suspended: life.suspended,
        fate: Some(match life.end {
            End::Answered => page::Fate::Answered,
            End::Failed => page::Fate::Failed,
            End::Dropped(_) if was_future => page::Fate::Cancelled,
            End::Dropped(_) => page::Fate::Dropped,
        }),
    }
}

fn source(source: &SourceSummary) -> page::Source {
    page::Source {
        name: Arc::clone(&source.name),
        health: health(source.health),
        ledger: ledger(&source.ledger),
        lost: source.lost,
        disconnections: source.disconnections,
    }
}

/// The sinks that somebody asked for.
fn sinks(summary: &Summary) -> Vec<page::Sink> {
    let is_own = |sink: &SinkSummary| [THE_VIEW, WHAT_HAS_FAILED].contains(&&*sink.name);
    let sinks = summary.sinks.iter();
    sinks.filter(|each| !is_own(each)).map(sink).collect()
}

fn sink(sink: &SinkSummary) -> page::Sink {
    page::Sink {
        name: Arc::clone(&sink.name),
        state: sink.state.as_str(),
        is_well: sink.state == SinkState::Working,
        written: sink.written,
        rejected: sink.rejected,
        dropped: sink.dropped,
        queued: sink.queued,
        trouble: sink
            .trouble
            .as_ref()
            .map(|trouble| Arc::clone(&trouble.told)),
    }
}

fn health(health: Health) -> page::Health {
    match health {
        Health::Opening => page::Health::Opening,
        Health::Live => page::Health::Live,
        Health::Stalled { since } => page::Health::Stalled { since },
        Health::Reconnecting { since, attempts } => page::Health::Reconnecting { since, attempts },
        Health::Ended => page::Health::Ended,
        Health::Gone => page::Health::Gone,
        // Of a state that is not known here, the page must not say that all is well.
        _ => page::Health::Stalled {
            since: Duration::ZERO,
        },
    }
}

fn latency(latency: &Latency) -> page::Latency {
    page::Latency {
        count: latency.count,
        p50: latency.p50,
        p99: latency.p99,
    }
}

/// The terms of the equation that always holds.
fn ledger(ledger: &Ledger) -> page::Ledger {
    let (of, at) = (page::Term::of, page::Term::at);
    let mut went = vec![of("answered", ledger.answered), of("failed", ledger.failed)];
    went.extend(DropReason::ALL.into_iter().map(|reason| {
        let count = ledger.dropped.of(reason);
        of("dropped", count).because(reason.as_str())
    }));
    went.extend([
        of("known", ledger.known),
        at("spilled", ledger.spilled),
        at("buffered", ledger.buffered),
        at("in_flight", ledger.in_flight),
        at("awaiting_sink", ledger.awaiting_sink),
    ]);
    page::Ledger {
        came: vec![
            of("captured", ledger.captured),
            of("recovered", ledger.recovered),
        ],
        went,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_on_the_page_what_it_is_in_the_run() {
        let since = Duration::from_secs(2);
        for of_run in [
            Health::Opening,
            Health::Live,
            Health::Stalled { since },
            Health::Reconnecting { since, attempts: 3 },
            Health::Ended,
            Health::Gone,
        ] {
            let (told, word) = (of_run.to_string(), health(of_run).word());
            assert!(told.starts_with(word), "{told}: {word}");
        }
    }
}
