//! What a camera and its driver can do wrong.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use creel_core::Source;
use creel_core::port::SourceError;
use creel_testkit::ManualSignal;

use crate::Claim;
use crate::stage::{FAST, chain, disconnection, frames, in_order, lost, next, open, tell};

pub(crate) const CLAIMS: &[Claim] = &[
    (
        "what the driver drops is counted as lost before us",
        dropped,
    ),
    ("a count that wraps loses nothing", wraps),
    ("a spoilt picture is one lost item", spoilt),
    (
        "buffers that are refused are told, and the next try succeeds",
        no_buffers,
    ),
    ("a stream that does not start is tried again", no_start),
    (
        "a buffer that is not taken back breaks the stream, which goes on",
        no_queue,
    ),
    (
        "a stream that breaks is opened again, and time goes on",
        breaks,
    ),
    (
        "a camera that gives nothing is found out and comes back",
        stalls,
    ),
    ("a call that waits ends when it is asked to", cancelled),
];

fn dropped() -> Result<String> {
    let mut camera = open(FAST)?;
    frames(&mut camera, 2)?;
    tell("percentage_of_dropped_buffers", 50)?;
    let frames = frames(&mut camera, 60)?;
    in_order(&frames)?;
    let lost = lost(&frames)?;
    ensure!(lost > 20, "only {lost} lost, while half are dropped");
    Ok(format!("{lost} lost before 60 frames"))
}

fn wraps() -> Result<String> {
    tell("wrap_sequence_number", 1)?;
    let mut camera = open(FAST)?;
    let frames = frames(&mut camera, 160)?;
    let counts: Vec<u64> = frames.iter().filter_map(|frame| frame.sequence).collect();
    let backwards = counts.windows(2).filter(|pair| pair[1] < pair[0]).count();
    ensure!(
        backwards == 1,
        "the count went back {backwards} times: {counts:?}"
    );
    let lost = lost(&frames)?;
    ensure!(lost < 160, "{lost} lost");
    Ok(format!(
        "from {} to {}, {lost} lost",
        counts[0], counts[159]
    ))
}

fn spoilt() -> Result<String> {
    let mut camera = open(FAST)?;
    let before = frames(&mut camera, 2)?;
    tell("inject_v4l2_buf_flag_error", 1)?;
    for _ in 0..20 {
        match next(&mut camera) {
            Ok(_) => {}
            Err(SourceError::Item(cause)) => {
                let after = frames(&mut camera, 2)?;
                ensure!(after[0].number > before[1].number);
                return Ok(chain(cause.as_ref()));
            }
            Err(error) => bail!("{}", chain(&error)),
        }
    }
    bail!("twenty frames, and none was spoilt")
}

fn no_buffers() -> Result<String> {
    tell("inject_vidioc_reqbufs_error", 1)?;
    let error = open(FAST).expect_err("it has no buffers");
    frames(&mut open(FAST)?, 2)?;
    Ok(chain(error.as_ref()))
}

fn no_start() -> Result<String> {
    let mut camera = open(FAST)?;
    tell("inject_vidioc_streamon_error", 1)?;
    let cause = disconnection(&mut camera)?;
    ensure!(frames(&mut camera, 2)?[0].number == 0);
    Ok(cause)
}

fn no_queue() -> Result<String> {
    let mut camera = open(FAST)?;
    let before = frames(&mut camera, 5)?;
    tell("inject_vidioc_qbuf_error", 1)?;
    let cause = disconnection(&mut camera)?;
    let after = frames(&mut camera, 5)?;
    in_order(&[&before[4..], &after].concat()).or_else(|_| in_order(&after))?;
    Ok(cause)
}

fn breaks() -> Result<String> {
    let mut camera = open(FAST)?;
    let before = frames(&mut camera, 5)?;
    tell("inject_fatal_streaming_error", 1)?;
    let cause = disconnection(&mut camera)?;
    let after = frames(&mut camera, 5)?;
    in_order(&after)?;
    ensure!(after[0].captured_at.monotonic >= before[4].captured_at.monotonic);
    ensure!(after[0].number > before[4].number, "{after:?}");
    Ok(cause)
}

fn stalls() -> Result<String> {
    let mut camera = open(&format!("{FAST}&stall=0.5"))?;
    frames(&mut camera, 5)?;
    tell("percentage_of_dropped_buffers", 100)?;
    let asked = Instant::now();
    let cause = disconnection(&mut camera)?;
    let took = asked.elapsed();
    ensure!(cause.contains("no frame from the camera"), "{cause}");
    ensure!(
        took >= Duration::from_millis(450),
        "found out after {took:?}"
    );
    ensure!(took < Duration::from_secs(3), "found out after {took:?}");
    let again = disconnection(&mut camera)?;
    ensure!(again == cause, "{again}");
    tell("percentage_of_dropped_buffers", 0)?;
    frames(&mut camera, 5)?;
    Ok(format!("after {took:.1?}, {cause}"))
}

fn cancelled() -> Result<String> {
    let mut camera = open(&format!("{FAST}&stall=60"))?;
    frames(&mut camera, 1)?;
    tell("percentage_of_dropped_buffers", 100)?;
    let signal = ManualSignal::new();
    let context = signal.context();
    let waits = thread::spawn(move || {
        loop {
            // The driver may have filled some buffers before.
            if let Ok(None) = camera.next(&context) {
                return camera.next(&context);
            }
        }
    });
    signal.wait_until_looked_at();
    signal.cancel();
    let asked = Instant::now();
    let again = waits.join().ok().context("it panicked")?;
    let took = asked.elapsed();
    ensure!(matches!(again, Ok(None)), "{again:?}");
    ensure!(took < Duration::from_secs(1), "it ended after {took:?}");
    Ok(format!("after {took:.1?}"))
}
