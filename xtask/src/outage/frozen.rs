//! A server that stands still while the camera goes on.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::answers::Answers;
use super::claim;
use super::watch::Watch;
use crate::kill::server::Server;

const FRAMES_PER_SECOND: u64 = 30;
/// For so long the server answers before it stands still.
const BEFORE: Duration = Duration::from_secs(10);
/// How much more memory the watch may hold afterwards.
const GROWTH_MB_MAX: f64 = 50.0;
/// With this size the test camera's pictures have some 100 KB as JPEG.
const SIZE: &str = "1280x960";
/// Few pictures in memory, so that its growth tells of the spool; on the way there as many as come while the disk stands
/// still for some seconds.
const OPTIONS: [&str; 8] = [
    "--workers",
    "2",
    "--buffer",
    "8",
    "--spool-queue",
    "128",
    "--timeout",
    "10s",
];

pub(super) fn run(program: &Path, freeze_s: u64) -> Result<bool> {
    let folder = tempfile::tempdir().context("there is no room for the frames")?;
    let mut server = Server::start(program)?;
    let frames = FRAMES_PER_SECOND * (BEFORE.as_secs() + freeze_s + 10);
    let camera = format!("test:?size={SIZE}&format=jpeg&fps={FRAMES_PER_SECOND}&frames={frames}");
    let mut watch = Watch::start(program, folder.path(), server.url(), &camera, &OPTIONS)?;
    thread::sleep(BEFORE);
    let before = watch.resident_mb()?;
    server.signal("STOP")?;
    let frozen = Instant::now();
    let mut most = before;
    while frozen.elapsed() < Duration::from_secs(freeze_s) {
        thread::sleep(Duration::from_secs(1));
        most = most.max(watch.resident_mb().unwrap_or_default());
    }
    let waiting = folder_mb(&folder.path().join("results.spool"));
    server.signal("CONT")?;
    let resumed = Instant::now();
    let status = loop {
        if let Some(status) = watch.ended()? {
            break status;
        }
        if resumed.elapsed() > Duration::from_secs(3600) {
            bail!("the frames do not come to an end");
        }
        most = most.max(watch.resident_mb().unwrap_or_default());
        thread::sleep(Duration::from_millis(500));
    };
    let caught_up = resumed.elapsed().as_secs();
    let answers = Answers::read(&folder.path().join("results.jsonl"))?;
    let growth = most - before;
    println!(
        "{waiting:.0} MB waited on disk; everything was answered {caught_up} s after the server went on"
    );
    let claims = [
        claim(status.success(), &format!("it ended with {status}")),
        claim(
            answers.count() == frames && answers.failed + answers.dropped + answers.twice() == 0,
            &format!(
                "complete: {} records for {frames} frames, {} failed, {} dropped, {} twice",
                answers.count(),
                answers.failed,
                answers.dropped,
                answers.twice()
            ),
        ),
        claim(
            answers.wrong == 0,
            &format!("right: {} with the number of another frame", answers.wrong),
        ),
        claim(
            answers.out_of_order() == 0,
            &format!("in order: {} out of place", answers.out_of_order()),
        ),
        claim(
            growth < GROWTH_MB_MAX,
            &format!("small: {growth:+.1} MB on top of {before:.0} MB, under {GROWTH_MB_MAX} MB"),
        ),
    ];
    Ok(claims.iter().all(|holds| *holds))
}

fn folder_mb(folder: &Path) -> f64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes: u64 = files
        .filter_map(|file| file.metadata().ok())
        .map(|metadata| metadata.len())
        .sum();
    bytes as f64 / 1e6
}
