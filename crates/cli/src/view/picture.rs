//! What a view shows at an instant, as plain values.

use std::time::Duration;

use creel_pipeline::{Health, InFlight, Level, Progress, SinkState, SinkSummary, Summary};

use super::Shown;
use super::glimpses::Glimpse;
use crate::advice::{Finding, Recent};
use crate::report::shown;

/// Over how long rates and the bottleneck are taken.
const SPAN: Duration = Duration::from_secs(2);

/// The time from one finding of the bottleneck to the next.
const STEP: Duration = Duration::from_secs(1);

/// How many items, records and lines the largest terminal shows.
const ROWS_MAX: usize = 64;

/// What a view shows at an instant.
#[derive(Clone, Debug, Default)]
pub(super) struct Picture {
    pub(super) title: String,
    pub(super) elapsed: Duration,
    pub(super) cameras: Vec<Camera>,
    /// Frames that were over in a second.
    pub(super) rate: f64,
    pub(super) gauges: Vec<Gauge>,
    /// Items in flight that wait for a worker, are worked on, and wait for the sinks.
    pub(super) stages: [usize; 3],
    pub(super) latency: String,
    pub(super) server: String,
    pub(super) bottleneck: Option<String>,
    /// What is to be said of sinks that do not take all they are given.
    pub(super) sinks: Vec<String>,
    pub(super) in_flight: Vec<InFlight>,
    pub(super) answers: Vec<Glimpse>,
    pub(super) log: Vec<String>,
}

/// A camera in a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Camera {
    pub(super) name: String,
    pub(super) health: Health,
    /// Frames that it gave in a second.
    pub(super) rate: f64,
    pub(super) captured: u64,
    pub(super) answered: u64,
    pub(super) failed: u64,
    pub(super) dropped: u64,
    pub(super) lost: u64,
}

/// How full a place is where frames wait.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gauge {
    pub(super) name: &'static str,
    /// From 0 to 1.
    pub(super) fill: f64,
    pub(super) told: String,
}

/// Looks at a run again and again.
pub(super) struct Observer {
    shown: Shown,
    recent: Recent,
}

impl Observer {
    pub(super) fn new(shown: Shown) -> Self {
        let recent = Recent::new(shown.circumstances.clone(), SPAN, STEP);
        Self { shown, recent }
    }

    /// Looks at the run as it is.
    pub(super) fn look(&mut self) -> Picture {
        let summary = self.shown.run.snapshot();
        let efforts = self.shown.service.efforts();
        let found = self.recent.look(&summary, || efforts);
        let bottleneck = found.map(Finding::told);
        let before = self.recent.earlier().unwrap_or(&summary);
        let span = summary.elapsed.saturating_sub(before.elapsed);
        let in_flight = self.shown.run.in_flight();
        let count = |stage| in_flight.iter().filter(|item| item.stage == stage).count();
        Picture {
            title: self.shown.title.clone(),
            elapsed: summary.elapsed,
            cameras: cameras(&summary, before, span),
            rate: summary.rate_since(before),
            gauges: gauges(&summary),
            stages: [
                count(Progress::Queued),
                count(Progress::Running),
                count(Progress::Answered),
            ],
            latency: spread(&summary.latency),
            server: spread(&efforts.attempt_time),
            bottleneck,
            sinks: summary.sinks.iter().filter_map(troubled).collect(),
            answers: self.shown.glimpses.last(ROWS_MAX),
            log: self.shown.screen.last(ROWS_MAX),
            in_flight,
        }
    }
}

fn cameras(summary: &Summary, before: &Summary, span: Duration) -> Vec<Camera> {
    let pairs = summary.sources.iter().zip(&before.sources);
    let rate = |now: u64, before: u64| {
        let seconds = span.as_secs_f64();
        if seconds > 0.0 {
            now.saturating_sub(before) as f64 / seconds
        } else {
            0.0
        }
    };
    pairs
        .map(|(source, before)| Camera {
            name: source.name.to_string(),
            health: source.health,
            rate: rate(source.ledger.captured, before.ledger.captured),
            captured: source.ledger.captured,
            answered: source.ledger.answered,
            failed: source.ledger.failed,
            dropped: source.ledger.dropped.total(),
            lost: source.lost,
        })
        .collect()
}

fn gauges(summary: &Summary) -> Vec<Gauge> {
    let levels = &summary.levels;
    let level = |name, level: &Level| Gauge {
        name,
        fill: level.fill(),
        told: format!(
            "{} of {}, {}",
            level.items,
            level.items_max,
            size(level.bytes)
        ),
    };
    let mut gauges = vec![
        level("buffer", &levels.buffer),
        Gauge {
            name: "in flight",
            fill: levels.window as f64 / levels.window_max.max(1) as f64,
            told: format!("{} of {}", levels.window, levels.window_max),
        },
    ];
    if levels.spilled > 0 || levels.staged.items > 0 {
        let spilled = levels.spilled;
        let mut spool = level("to the spool", &levels.staged);
        spool.told = format!("{}; {spilled} on disk", spool.told);
        gauges.push(spool);
    }
    gauges
}

/// How a sink is that does not take all it is given, and why it does not at this time.
fn troubled(sink: &SinkSummary) -> Option<String> {
    let (is_working, missing) = (sink.state == SinkState::Working, sink.missing());
    if is_working && missing == 0 {
        return None;
    }
    let mut told = format!("{}: {}, {missing} missing", sink.name, sink.state);
    if let Some(trouble) = sink.trouble.as_ref().filter(|_| !is_working) {
        told.push_str(": ");
        told.push_str(&trouble.told);
    }
    Some(told)
}

/// So many bytes, as people say it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

fn spread(latency: &creel_pipeline::Latency) -> String {
    if latency.count == 0 {
        return "none yet".to_owned();
    }
    format!(
        "p50 {}  p99 {}  max {}",
        shown(latency.p50),
        shown(latency.p99),
        shown(latency.max)
    )
}
