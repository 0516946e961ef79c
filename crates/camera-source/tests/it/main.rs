//! What the cameras promise, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod camera;
mod contract;
mod folder;
#[cfg(feature = "mjpeg")]
mod mjpeg;
mod reader;
#[cfg(feature = "rtsp")]
mod rtsp;
mod stream;
mod test_camera;
mod video;

use std::error::Error;

use creel_camera_source::Frame;
use creel_core::{Context, Source};

/// Every frame up to the end.
fn frames(camera: &mut impl Source<Item = Frame>) -> Vec<Frame> {
    let context = Context::new();
    std::iter::from_fn(|| camera.next(&context).unwrap()).collect()
}

/// An error and its causes, as a program would print them.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
