//! Eight cameras at 30 frames a second: what they cost, and how long an answer takes.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::answerer::Answerer;
use super::pictures::Pictures;
use super::streams::Streams;
use super::watch::{Summary, Watch};
use super::{Stage, claim, fresh};
use crate::{deadline, process};

pub(super) const CAMERAS: usize = 8;
pub(super) const FRAMES_PER_SECOND: u32 = 30;
/// What the server takes for each picture.
pub(super) const SERVICE: Duration = Duration::from_millis(5);
/// What takes part in capturing and queueing, by the names of its threads.
const CAPTURE: [&str; 4] = [
    "creel-capture",
    "creel-submissio",
    "creel-sink",
    "creel-spool",
];

/// What a run has cost.
pub(super) struct Cost {
    pub(super) elapsed: Duration,
    pub(super) cpu: Duration,
    pub(super) memory_mb: f64,
}

impl Cost {
    /// Percent of one core.
    pub(super) fn percent(&self, cpu: Duration) -> f64 {
        100.0 * cpu.as_secs_f64() / self.elapsed.as_secs_f64()
    }
}

/// What was seen of a watch of the cameras.
pub(super) struct Seen {
    pub(super) summary: Summary,
    pub(super) cost: Cost,
    /// The processor time of what captures and queues.
    pub(super) capture: Duration,
    pub(super) sent: u64,
    pub(super) server_ms: (f64, f64),
    unknown: u64,
    wrong: u64,
}

pub(super) fn play(stage: &Stage) -> Result<bool> {
    let pictures = Pictures::draw(stage)?;
    println!(
        "{CAMERAS} cameras at {FRAMES_PER_SECOND} fps for {} s, a server that takes {SERVICE:?}",
        stage.seconds
    );
    let seen = watch(stage, &pictures, SERVICE, &[])?;
    let Seen { summary, cost, .. } = &seen;
    println!(
        "{:.1} frames/s; {:.1} % of a core, {:.1} % for capture and queueing; {:.0} µs a frame, {:.0} µs of them; {:.0} MB",
        summary.answered as f64 / cost.elapsed.as_secs_f64(),
        cost.percent(cost.cpu),
        cost.percent(seen.capture),
        micros_each(cost.cpu, summary.captured),
        micros_each(seen.capture, summary.captured),
        cost.memory_mb,
    );
    println!(
        "from capture to answer p50 {:.1} ms, p99 {:.1} ms; the server itself {:.1} and {:.1} ms",
        summary.latency_ms.p50, summary.latency_ms.p99, seen.server_ms.0, seen.server_ms.1
    );
    Ok([
        claim(
            summary.adds_up && summary.captured == seen.sent,
            &format!("captured: {} of {} sent", summary.captured, seen.sent),
        ),
        claim(
            summary.answered == seen.sent,
            &format!(
                "answered: {}; {} failed, {} dropped",
                summary.answered, summary.failed, summary.dropped
            ),
        ),
        claim(
            seen.unknown == 0 && seen.wrong == 0,
            &format!(
                "right: {} pictures were changed on the way, {} answers are of another frame",
                seen.unknown, seen.wrong
            ),
        ),
    ]
    .iter()
    .all(|holds| *holds))
}

fn micros_each(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e6 / count.max(1) as f64
}

/// Watches the cameras until they end.
pub(super) fn watch(
    stage: &Stage,
    pictures: &Arc<Pictures>,
    service: Duration,
    options: &[&str],
) -> Result<Seen> {
    let frames = u64::from(FRAMES_PER_SECOND) * stage.seconds;
    let streams = Streams::start(Arc::clone(pictures), FRAMES_PER_SECOND, frames)?;
    let answerer = Answerer::start(Arc::clone(pictures), service)?;
    let folder = fresh(&stage.folder)?;
    let url = answerer.url();
    let cameras: Vec<String> = (0..CAMERAS)
        .map(|camera| format!("camera-{camera}={}", streams.url(camera)))
        .collect();
    let frames_told = frames.to_string();
    let mut all = vec![
        "--protocol",
        "raw",
        "--server",
        &url,
        "--frames",
        &frames_told,
    ];
    all.extend(cameras.iter().flat_map(|camera| ["--camera", camera]));
    all.extend(options);
    let began = Instant::now();
    let mut watch = Watch::start(&stage.program, folder.path(), &all)?;
    let limit = deadline::LONG + Duration::from_secs(stage.seconds);
    let (mut cost, mut capture) = (None, Duration::ZERO);
    let ended = deadline::within(limit, || {
        // The last look before its end counts.
        if let (Ok(cpu), Ok(threads), Ok(memory_mb)) = (
            process::cpu(watch.process()),
            process::cpu_by_thread(watch.process()),
            process::peak_mb(watch.process()),
        ) {
            let of = |name: &&str| threads.get(*name).copied().unwrap_or_default();
            capture = capture.max(CAPTURE.iter().map(of).sum());
            let elapsed = began.elapsed();
            cost = Some(Cost {
                elapsed,
                cpu,
                memory_mb,
            });
        }
        watch.ended()
    })?;
    ended.context("the watch does not end")?;
    let summary = watch.finish()?;
    Ok(Seen {
        wrong: wrong(&folder.path().join("results.jsonl"), pictures)?,
        summary,
        cost: cost.context("the watch ended at once")?,
        capture,
        sent: streams.sent(),
        server_ms: answerer.took_ms(),
        unknown: answerer.unknown(),
    })
}

#[derive(Deserialize)]
struct Record {
    frame: u64,
    answer: Option<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    picture: Option<u64>,
}

/// How many answers are not that of their frame: each stream begins with the first picture.
fn wrong(results: &Path, pictures: &Pictures) -> Result<u64> {
    let mut wrong = 0;
    let read = fs::read_to_string(results).context("the watch has left no results")?;
    for line in read.lines() {
        let record: Record =
            serde_json::from_str(line).with_context(|| format!("no record of a frame: {line}"))?;
        if let Some(answer) = record.answer {
            wrong += u64::from(answer.picture != Some(record.frame % pictures.count()));
        }
    }
    ensure!(!read.is_empty(), "the watch has left no record");
    Ok(wrong)
}
