//! A watch that spills, killed at random moments.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::answers::Answers;
use super::claim;
use super::watch::Watch;
use crate::deadline;
use crate::kill::server::Server;

/// More frames than are sent, so that most go to the disk, and fewer than that can take.
const CAMERA: &str = "test:?size=320x240&fps=100";
const OPTIONS: [&str; 8] = [
    "--workers",
    "1",
    "--buffer",
    "16",
    "--spool-queue",
    "16",
    "--rate",
    "20/s",
];
/// What may be in memory alone: sixteen that wait and as many on their way to the disk, two in flight or on their way to the
/// results, the one being written, and the one that the camera has in hand.
const IN_MEMORY_MAX: u64 = 36;

pub(super) fn run(program: &Path, kills: u32, seed: u64) -> Result<bool> {
    let mut random = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().context("there is no room for the frames")?;
    let results = folder.path().join("results.jsonl");
    let server = Server::start(program)?;
    for kill in 1..=kills {
        let before = size(&results);
        let mut watch = Watch::start(program, folder.path(), server.url(), CAMERA, &OPTIONS)?;
        let began = deadline::within(deadline::LONG, || {
            if let Some(status) = watch.ended()? {
                bail!("the watch has ended with {status}");
            }
            Ok((size(&results) > before).then_some(()))
        })?;
        began.context("the watch writes nothing")?;
        thread::sleep(Duration::from_millis(random.u64(0..1_000)));
        watch.kill()?;
        if kill % 20 == 0 {
            println!(
                "kill {kill:>3}: {:.1} MB of results",
                size(&results) as f64 / 1e6
            );
        }
    }
    let last = format!("{CAMERA}&frames=50");
    let mut watch = Watch::start(
        program,
        folder.path(),
        server.url(),
        &last,
        &["--workers", "4"],
    )?;
    let status = loop {
        if let Some(status) = watch.ended()? {
            break status;
        }
        thread::sleep(Duration::from_millis(50));
    };
    let answers = Answers::read(&results)?;
    let missing = answers.missing_max();
    let claims = [
        claim(
            status.success(),
            &format!("the last one ended with {status}"),
        ),
        claim(
            answers.twice() == 0,
            &format!("once: {} of {} twice", answers.twice(), answers.count()),
        ),
        claim(
            answers.wrong == 0,
            &format!("right: {} with the number of another frame", answers.wrong),
        ),
        claim(
            missing <= IN_MEMORY_MAX,
            &format!(
                "kept: a run lost {missing} frames at most, {IN_MEMORY_MAX} may be in memory alone"
            ),
        ),
        claim(
            !folder.path().join("results.spool").exists(),
            "nothing is left in the spool",
        ),
    ];
    Ok(claims.iter().all(|holds| *holds))
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}
