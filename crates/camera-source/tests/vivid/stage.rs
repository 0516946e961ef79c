//! The camera and how it is told to misbehave.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use creel_camera_source::Frame;
use creel_camera_source::v4l2::{Capture, set_control};
use creel_core::port::SourceError;
use creel_core::{Context, Source};

pub(crate) const DEVICE: &str = "/dev/video0";

/// Small and fast, where pictures do not matter.
pub(crate) const FAST: &str = "size=320x180&fps=60&format=GREY";

pub(crate) fn open(settings: &str) -> Result<Capture> {
    let settings = format!("{DEVICE}?{settings}").parse()?;
    Ok(Capture::open(settings)?)
}

/// The next frame, whatever it takes; what happened before it is an error.
pub(crate) fn next(camera: &mut Capture) -> Result<Frame, SourceError> {
    let frame = camera.next(&Context::new())?;
    Ok(frame.expect("nobody asked to stop"))
}

pub(crate) fn frames(camera: &mut Capture, count: usize) -> Result<Vec<Frame>> {
    (0..count)
        .map(|_| next(camera).map_err(anyhow::Error::from))
        .collect()
}

/// What breaks the stream of a camera, in words, once the driver was told to break it.
pub(crate) fn disconnection(camera: &mut Capture) -> Result<String> {
    // The driver may have filled some buffers before.
    for _ in 0..20 {
        match next(camera) {
            Ok(_) => {}
            Err(SourceError::Disconnected(cause)) => return Ok(chain(cause.as_ref())),
            Err(error) => bail!("something else than a disconnection: {}", chain(&error)),
        }
    }
    bail!("twenty frames, and nothing broke")
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

/// Checks that frames are numbered and timed in order from one to the other.
pub(crate) fn in_order(frames: &[Frame]) -> Result<()> {
    for pair in frames.windows(2) {
        ensure!(pair[1].number == pair[0].number + 1, "{pair:?}");
        ensure!(
            pair[1].captured_at.monotonic >= pair[0].captured_at.monotonic,
            "time goes back: {pair:?}"
        );
    }
    Ok(())
}

pub(crate) fn tell(control: &str, value: i32) -> Result<()> {
    set_control(Path::new(DEVICE), control, value)
        .with_context(|| format!("{control}={value} cannot be told"))
}

/// Takes back what lasts.
pub(crate) fn clear() {
    // A camera that could not be put back cannot be told anything.
    let _ = tell("percentage_of_dropped_buffers", 0);
    let _ = tell("wrap_sequence_number", 0);
}

/// Checks that what frames tell of losses is what their counts tell, and gives it back.
///
/// In an emulated machine the driver is late at times, and counts two pictures alike or misses one.
pub(crate) fn lost(frames: &[Frame]) -> Result<u64> {
    let mut lost = 0;
    for pair in frames.windows(2) {
        let [before, after] = [&pair[0], &pair[1]].map(|frame| frame.sequence.unwrap_or(0) as u32);
        let step = after.wrapping_sub(before);
        let expected = if step == 0 { 0 } else { u64::from(step) - 1 };
        ensure!(pair[1].lost_before == expected, "{pair:?}");
        lost += expected;
    }
    Ok(lost)
}
