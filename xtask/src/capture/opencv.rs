//! The same cameras by OpenCV with Python's `ThreadPoolExecutor`, and by a watch, side by side.

use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::answerer::Answerer;
use super::eight::{self, CAMERAS, Cost, FRAMES_PER_SECOND, SERVICE};
use super::pictures::Pictures;
use super::streams::Streams;
use super::{Stage, claim, fresh};
use crate::environment::{Environment, Recipe};
use crate::family::Family;
use crate::{deadline, process};

const SCRIPT: &str = include_str!("opencv.py");
/// Requests at once, of either.
const WORKERS: &str = "8";
/// A server that answers 40 of the 240 frames of a second.
const SLOW_SERVICE: Duration = Duration::from_millis(200);

/// What the script says of itself.
#[derive(Deserialize)]
struct Told {
    captured: u64,
    answered: u64,
    latency_p50_ms: f64,
    latency_p99_ms: f64,
}

/// What was seen of either.
struct Row {
    name: &'static str,
    sent: u64,
    captured: u64,
    answered: u64,
    /// Frames of which nothing tells where they are.
    untold: u64,
    p50_ms: f64,
    p99_ms: f64,
    cost: Cost,
}

pub(super) fn play(stage: &Stage) -> Result<bool> {
    let pictures = Pictures::draw(stage)?;
    let recipe = Recipe {
        debian: &[],
        python: &["opencv-python-headless", "requests", "numpy"],
    };
    let environment = Environment::of("opencv", recipe)?;
    let mut holds = true;
    for (title, service) in [
        ("a server that keeps up", SERVICE),
        ("a slow server", SLOW_SERVICE),
    ] {
        println!(
            "{CAMERAS} cameras at {FRAMES_PER_SECOND} fps for {} s, {title}: {service:?} for each of {WORKERS} at once",
            stage.seconds
        );
        let options = ["--workers", WORKERS];
        let seen = eight::watch(stage, &pictures, service, &options)?;
        let told = seen.summary.answered + seen.summary.failed + seen.summary.dropped;
        let ours = Row {
            name: "creel watch",
            sent: seen.sent,
            captured: seen.summary.captured,
            answered: seen.summary.answered,
            untold: seen.sent.saturating_sub(told),
            p50_ms: seen.summary.latency_ms.p50,
            p99_ms: seen.summary.latency_ms.p99,
            cost: seen.cost,
        };
        let theirs = script(stage, &environment, &pictures, service)?;
        println!(
            "{:<30} {:>7} {:>9} {:>9} {:>7} {:>9} {:>9} {:>7} {:>7}",
            "", "sent", "captured", "answered", "untold", "p50 ms", "p99 ms", "CPU %", "MB"
        );
        for row in [&ours, &theirs] {
            row.print();
        }
        holds &= claim(
            ours.untold == 0 && ours.captured == ours.sent,
            "a watch captures every frame, and tells what became of it",
        );
        holds &= claim(
            ours.answered * 100 >= theirs.answered * 95 && ours.cost.cpu <= theirs.cost.cpu,
            "it answers as many, with no more of the processor",
        );
    }
    Ok(holds)
}

impl Row {
    fn print(&self) {
        println!(
            "{:<30} {:>7} {:>9} {:>9} {:>7} {:>9.1} {:>9.1} {:>7.1} {:>7.0}",
            self.name,
            self.sent,
            self.captured,
            self.answered,
            self.untold,
            self.p50_ms,
            self.p99_ms,
            self.cost.percent(self.cost.cpu),
            self.cost.memory_mb
        );
    }
}

/// The same by Python.
fn script(
    stage: &Stage,
    environment: &Environment,
    pictures: &Arc<Pictures>,
    service: Duration,
) -> Result<Row> {
    let frames = u64::from(FRAMES_PER_SECOND) * stage.seconds;
    let streams = Streams::start(Arc::clone(pictures), FRAMES_PER_SECOND, frames)?;
    let answerer = Answerer::start(Arc::clone(pictures), service)?;
    let folder = fresh(&stage.folder)?;
    let summary = folder.path().join("summary.json");
    let mut command = environment.script(SCRIPT);
    command.arg(&summary).arg(answerer.url()).arg(WORKERS);
    command.args((0..CAMERAS).map(|camera| streams.url(camera)));
    let began = Instant::now();
    // Else it complains of each stream that comes to its end.
    command.env("OPENCV_FFMPEG_LOGLEVEL", "-8");
    let mut family = Family::start(command.stdin(Stdio::null()))?;
    let mut cost = None;
    let limit = deadline::LONG + Duration::from_secs(stage.seconds * 10);
    let ended = deadline::within(limit, || {
        if let (Ok(cpu), Ok(memory_mb)) = (
            process::cpu(family.process()),
            process::peak_mb(family.process()),
        ) {
            let elapsed = began.elapsed();
            cost = Some(Cost {
                elapsed,
                cpu,
                memory_mb,
            });
        }
        family.ended()
    })?;
    let status = ended.context("the script does not end")?;
    ensure!(status.success(), "the script ended with {status}");
    let told: Told = serde_json::from_slice(&fs::read(summary)?)?;
    Ok(Row {
        name: "OpenCV, ThreadPoolExecutor",
        sent: streams.sent(),
        captured: told.captured,
        answered: told.answered,
        untold: streams.sent().saturating_sub(told.answered),
        p50_ms: told.latency_p50_ms,
        p99_ms: told.latency_p99_ms,
        cost: cost.context("the script ended at once")?,
    })
}
