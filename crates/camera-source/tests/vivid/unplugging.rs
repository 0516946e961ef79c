//! A camera that is pulled out.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use creel_camera_source::Frame;
use creel_core::port::SourceError;

use crate::Claim;
use crate::stage::{DEVICE, FAST, chain, disconnection, frames, in_order, next, open, tell};

pub(crate) const CLAIMS: &[Claim] = &[
    (
        "a camera that is pulled out and put back while it runs goes on",
        replugged,
    ),
    ("a camera that is out is told as not there, each time", out),
    (
        "a camera that loses its connection and keeps its node is opened again",
        disconnected,
    ),
];

/// The driver's list of its devices, of which ours can be taken out and put back.
const DRIVER: &str = "/sys/bus/platform/drivers/vivid";

fn pull_out() -> Result<()> {
    fs::write(format!("{DRIVER}/unbind"), "vivid.0").context("it cannot be pulled out")
}

fn put_back() -> Result<()> {
    fs::write(format!("{DRIVER}/bind"), "vivid.0").context("it cannot be put back")
}

fn replugged() -> Result<String> {
    let (sender, events) = mpsc::sync_channel(0);
    let mut camera = open(FAST)?;
    let reader = thread::spawn(move || while sender.send(next(&mut camera)).is_ok() {});
    let before = running(&events, 10)?;
    pull_out()?;
    let pulled = Instant::now();
    let cause = broken(&events)?;
    let found = pulled.elapsed();
    ensure!(!Path::new(DEVICE).exists(), "the device is still there");
    // It tries to open it again, in vain.
    let out = match events.recv()? {
        Err(SourceError::Disconnected(cause)) => chain(cause.as_ref()),
        other => bail!("it is out, and yet {other:?}"),
    };
    put_back()?;
    let put_back = Instant::now();
    let after = loop {
        match events.recv()? {
            Ok(frame) => break frame,
            Err(SourceError::Disconnected(_)) => {}
            Err(error) => bail!("{}", chain(&error)),
        }
    };
    let back = put_back.elapsed();
    let last = before.last().context("there were frames")?;
    ensure!(after.captured_at.monotonic >= last.captured_at.monotonic);
    ensure!(after.captured_at.wall >= last.captured_at.wall);
    ensure!(
        after.number > last.number && after.lost_before == 0,
        "{after:?}"
    );
    running(&events, 10)?;
    drop(events);
    reader.join().ok().context("the reader panicked")?;
    Ok(format!(
        "{cause} (after {found:.0?}); {out}; a frame {back:.0?} after it was put back"
    ))
}

/// So many frames of a camera that runs.
fn running(events: &Receiver<Result<Frame, SourceError>>, count: usize) -> Result<Vec<Frame>> {
    let frames: Vec<Frame> = (0..count)
        .map(|_| Ok(events.recv()??))
        .collect::<Result<_>>()?;
    in_order(&frames)?;
    Ok(frames)
}

/// How the stream of a camera that was pulled out broke, behind the frames that there still were.
fn broken(events: &Receiver<Result<Frame, SourceError>>) -> Result<String> {
    loop {
        match events.recv()? {
            Ok(_) => {}
            Err(SourceError::Disconnected(cause)) => return Ok(chain(cause.as_ref())),
            Err(error) => bail!("{}", chain(&error)),
        }
    }
}

fn out() -> Result<String> {
    let mut camera = open(FAST)?;
    frames(&mut camera, 2)?;
    pull_out()?;
    let first = disconnection(&mut camera)?;
    let again = [disconnection(&mut camera)?, disconnection(&mut camera)?];
    let told = open(FAST).expect_err("it is out");
    put_back()?;
    ensure!(again[0] == again[1] && again[0] != first, "{again:?}");
    ensure!(again[0] == chain(told.as_ref()), "{told:#}");
    frames(&mut camera, 2)?;
    Ok(again[0].clone())
}

fn disconnected() -> Result<String> {
    let mut camera = open(FAST)?;
    let before = frames(&mut camera, 2)?;
    tell("disconnect", 1)?;
    let cause = disconnection(&mut camera)?;
    ensure!(Path::new(DEVICE).exists(), "the device is gone");
    // It comes back once nobody has it open.
    let after = frames(&mut camera, 2)?;
    ensure!(after[0].captured_at.monotonic >= before[1].captured_at.monotonic);
    Ok(cause)
}
