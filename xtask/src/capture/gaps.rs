//! A camera at 120 frames a second, while the server, the disk and the results stand still, and while a hundred pages look on.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::disk::SlowDisk;
use super::pages::{self, Pages};
use super::watch::{Spread, Watch};
use super::{Stage, claim, fresh, median};
use crate::kill::server::Server;

const FRAMES_PER_SECOND: u64 = 120;
const SIZE: &str = "320x240";
/// How much longer the longest gaps may be than those of a camera whose frames are discarded.
///
/// The longest are the p99.9 of a run, of 60 seconds the eighth longest gap: the first gaps of a watch are longer, in
/// which it starts its threads, its spool and its connections while the control does nothing of it, and a few of them do
/// not decide. Of the rounds the median counts, and not all of their gaps together: whatever else the machine does in
/// one second of one round makes more long gaps than a thousandth of all rounds may have. A run whose disk stands still is
/// compared with a control beside such a disk, and one with pages open with a watch that has none.
const RATIO_MAX: f64 = 1.1;

/// So many gaps have to be longer than the p99.9, that those at the start are not all of them.
const LONGER_MIN: u64 = 7;

/// So long after its start a watch captures.
const BEGUN_WITHIN: Duration = Duration::from_secs(2);

/// What stands still, or is done beside a watch.
#[derive(Clone, Copy)]
struct Trouble {
    name: &'static str,
    server: bool,
    disk: bool,
    results: bool,
    /// So many pages are open.
    pages: usize,
    /// With whose gaps its own are compared.
    control: Option<Control>,
}

/// Runs to compare with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    Discarded,
    BesideDisk,
    /// A watch that nothing is done to.
    Watch,
}

impl Trouble {
    const NONE: Self = Self {
        name: "nothing stands still",
        server: false,
        disk: false,
        results: false,
        pages: 0,
        // With a server that works on the same cores, the camera itself may get no time to draw.
        control: None,
    };
}

const LOOKED_AT: [Trouble; 2] = [
    Trouble::NONE,
    Trouble {
        name: "a hundred pages are open",
        pages: 100,
        control: Some(Control::Watch),
        ..Trouble::NONE
    },
];

const STANDING_STILL: [Trouble; 5] = [
    Trouble::NONE,
    Trouble {
        name: "the server is stopped",
        server: true,
        control: Some(Control::Discarded),
        ..Trouble::NONE
    },
    Trouble {
        name: "server stopped, disk slow",
        server: true,
        disk: true,
        control: Some(Control::BesideDisk),
        ..Trouble::NONE
    },
    Trouble {
        name: "nobody takes the results",
        results: true,
        control: Some(Control::Discarded),
        ..Trouble::NONE
    },
    Trouble {
        name: "all of them",
        server: true,
        disk: true,
        results: true,
        control: Some(Control::BesideDisk),
        ..Trouble::NONE
    },
];

/// What was seen of a run.
struct Seen {
    gaps: Spread,
    lost: u64,
    adds_up: bool,
}

/// What stands still disturbs no camera.
pub(super) fn play(stage: &Stage) -> Result<bool> {
    judge(stage, STANDING_STILL)
}

/// Whoever looks on disturbs no camera.
pub(super) fn play_pages(stage: &Stage) -> Result<bool> {
    judge(stage, LOOKED_AT)
}

/// Plays some troubles in turn, the first of which is none.
fn judge<const N: usize>(stage: &Stage, troubles: [Trouble; N]) -> Result<bool> {
    println!(
        "a camera at {FRAMES_PER_SECOND} fps for {} s, {} times in turn",
        stage.seconds, stage.rounds
    );
    let frames = FRAMES_PER_SECOND * stage.seconds;
    let needs = |control| {
        troubles
            .iter()
            .any(|trouble| trouble.control == Some(control))
    };
    let (mut discarded, mut beside_disk) = (Vec::new(), Vec::new());
    let mut seen = [const { Vec::new() }; N];
    for _ in 0..stage.rounds {
        if needs(Control::Discarded) {
            discarded.push(discard(&stage.examples.capture_gaps, frames)?);
        }
        if needs(Control::BesideDisk) {
            beside_disk.push(discard_beside_disk(stage, frames)?);
        }
        for (trouble, seen) in troubles.iter().zip(&mut seen) {
            seen.push(watch(stage, *trouble, frames)?);
        }
    }
    let middle = |runs: &[Seen], figure: fn(&Seen) -> f64| median(runs.iter().map(figure));
    let longer = frames / 1000;
    if longer < LONGER_MIN {
        println!(
            "only {longer} gaps of a run are longer than its p99.9, which those at its start may be: take 60 seconds"
        );
    }
    println!("gaps in ms, medians            p50      p99    p99.9      max   lost");
    for (name, control) in [
        ("every frame is discarded", &discarded),
        ("the same beside a slow disk", &beside_disk),
    ] {
        if !control.is_empty() {
            println!("{}", row(name, control));
        }
    }
    let mut holds = true;
    for (trouble, runs) in troubles.iter().zip(&seen) {
        println!("{}", row(trouble.name, runs));
        let (control, whose) = match trouble.control {
            None => continue,
            Some(Control::Discarded) => (&discarded, "of the discarded ones"),
            Some(Control::BesideDisk) => (&beside_disk, "of the discarded ones beside a disk"),
            Some(Control::Watch) => (&seen[0], "without"),
        };
        let ratio = middle(runs, |seen| seen.gaps.p99_9) / middle(control, |seen| seen.gaps.p99_9);
        let adds_up = runs.iter().all(|seen| seen.adds_up);
        holds &= claim(
            ratio <= RATIO_MAX && adds_up,
            &format!(
                "{}: p99.9 {ratio:.2} x that {whose}, at most {RATIO_MAX}; the ledger {}",
                trouble.name,
                if adds_up {
                    "adds up"
                } else {
                    "does NOT add up"
                }
            ),
        );
    }
    Ok(holds)
}

fn row(name: &str, runs: &[Seen]) -> String {
    let of = |figure: fn(&Spread) -> f64| median(runs.iter().map(|seen| figure(&seen.gaps)));
    format!(
        "{name:<27}{:>8.3} {:>8.3} {:>8.3} {:>8.3} {:>6}",
        of(|gaps| gaps.p50),
        of(|gaps| gaps.p99),
        of(|gaps| gaps.p99_9),
        of(|gaps| gaps.max),
        median(runs.iter().map(|seen| seen.lost as f64)),
    )
}

fn camera() -> String {
    format!("test:?size={SIZE}&fps={FRAMES_PER_SECOND}")
}

/// The control: a program that takes each frame and does nothing with it.
fn discard(example: &Path, frames: u64) -> Result<Seen> {
    let output = Command::new(example)
        .args([&camera(), &frames.to_string()])
        .output()
        .context("cannot start the example capture_gaps")?;
    let told = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "capture_gaps ended with {}",
        output.status
    );
    let figure = |name: &str| -> Result<f64> {
        let (_, rest) = told
            .split_once(&format!("{name} "))
            .with_context(|| format!("no {name} in {told}"))?;
        let figure = rest.split_whitespace().next().unwrap_or_default();
        Ok(figure.parse()?)
    };
    let lost = told.trim().rsplit(", ").next().unwrap_or_default();
    let lost = lost.split(' ').next().unwrap_or_default();
    Ok(Seen {
        gaps: Spread {
            p50: figure("p50")?,
            p99: figure("p99")?,
            p99_9: figure("p99.9")?,
            max: figure("max")?,
        },
        lost: lost.parse()?,
        adds_up: true,
    })
}

/// The control of a watch whose disk stands still: to freeze a disk and to let it move again costs the processor what it
/// costs, whoever writes there.
fn discard_beside_disk(stage: &Stage, frames: u64) -> Result<Seen> {
    let folder = fresh(&stage.folder)?;
    let disk_folder = folder.path().join("disk");
    fs::create_dir(&disk_folder)?;
    let disk = SlowDisk::mount(&disk_folder)?;
    let seen = discard(&stage.examples.capture_gaps, frames);
    disk.unmount()
        .context("the disk did not stand still as it should")?;
    seen
}

/// A watch that captures as many frames, with what is behind it in trouble until it has them.
fn watch(stage: &Stage, trouble: Trouble, frames: u64) -> Result<Seen> {
    let folder = fresh(&stage.folder)?;
    let disk_folder = folder.path().join("disk");
    fs::create_dir(&disk_folder)?;
    let mut disk = match trouble.disk {
        true => Some(SlowDisk::mount(&disk_folder)?),
        false => None,
    };
    let spool = disk_folder.join("spool");
    let pipe = folder.path().join("pipe");
    let status = Command::new("mkfifo").arg(&pipe).status()?;
    ensure!(status.success(), "mkfifo ended with {status}");
    // Open at both ends, so that nobody waits for the other; what is in it, nobody reads.
    let held = File::options().read(true).write(true).open(&pipe)?;
    let mut server = Server::start(&stage.program)?;
    let out = if trouble.results {
        "pipe"
    } else {
        "results.jsonl"
    };
    let camera = camera();
    let frames_told = frames.to_string();
    let options = [
        "--protocol",
        "oip",
        "--model",
        "qr",
        "--server",
        server.url(),
        "--camera",
        &camera,
        "--frames",
        &frames_told,
        "--workers",
        "2",
        "--buffer",
        "16",
        "--spool",
        spool.to_str().context("a path that is no text")?,
        "--out",
        out,
        "--timeout",
        "2h",
    ];
    let address = pages::address()?;
    let address_told = address.to_string();
    let mut all = options.to_vec();
    if trouble.pages > 0 {
        all.extend(["--ui", &address_told]);
    }
    let watch = Watch::start(&stage.program, folder.path(), &all)?;
    let open = match trouble.pages {
        0 => None,
        pages => Some(Pages::open(address, pages)?),
    };
    // It asks the server what it has before it captures.
    thread::sleep(BEGUN_WITHIN);
    if trouble.server {
        server.signal("STOP")?;
    }
    // The camera keeps its time: it is done then.
    thread::sleep(Duration::from_secs(stage.seconds));
    if trouble.server {
        server.signal("CONT")?;
    }
    let thawed = disk.as_mut().map_or(Ok(()), SlowDisk::thaw);
    let mut reader = Command::new("cat");
    let mut reader = reader
        .arg(&pipe)
        .stdout(std::process::Stdio::null())
        .spawn()
        .context("cannot start cat")?;
    let summary = watch.interrupt();
    drop(held);
    // It ends with the pipe, or has not begun.
    let _ = reader.kill();
    let _ = reader.wait();
    let summary = summary?;
    if let Some(open) = open {
        let (events, pictures) = open.close()?;
        println!("each page was shown {events} events and {pictures} pictures at least");
        ensure!(
            pictures > 0 && summary.answered == summary.captured,
            "{} of {} frames were answered",
            summary.answered,
            summary.captured
        );
    }
    thawed.context("the disk did not stand still as it should")?;
    if let Some(disk) = disk {
        disk.unmount()?;
    }
    let camera = summary
        .sources
        .first()
        .context("a watch without a camera")?;
    ensure!(
        (summary.captured + camera.lost_before) * 100 >= frames * 95,
        "only {} of {frames} frames were captured in time, and {} lost",
        summary.captured,
        camera.lost_before
    );
    Ok(Seen {
        gaps: camera.gap_ms,
        lost: camera.lost_before,
        adds_up: summary.adds_up,
    })
}
