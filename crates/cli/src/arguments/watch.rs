//! `creel watch`.

use std::num::{NonZeroU64, NonZeroUsize};

use clap::{Args, ValueEnum};
use creel_camera_source::Location;

use super::{Asking, Recording};

/// Send the frames of a camera to a model server
///
/// Without options: the test camera at 30 frames a second, the built-in server's model `qr`, and results.jsonl,
/// until Ctrl-C. The test camera burns its frame number into each picture as a QR code, so that each answer can be
/// checked against its frame.
///
/// Ctrl-C stops the capture, finishes what is in flight, and ends with 130; a second one ends at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  creel watch --frames 300
  creel watch --camera street.mp4 --server http://gpu:8000 --model detector
  creel watch --camera photos/ --server http://gpu:5000/predict --protocol raw

Exit codes: 0 done, 1 something failed, 2 wrong usage, 130 interrupted.")]
pub(crate) struct Watch {
    /// The camera: `test:`, a device such as `/dev/video0`, a video file, or a folder of pictures
    ///
    /// `test:?size=640x480&fps=30` chooses the test camera's size and rate; without `fps` it gives frames as fast as
    /// they are taken.
    #[arg(long, value_name = "CAMERA", default_value = "test:?fps=30")]
    pub(crate) camera: Location,
    /// End after so many frames
    #[arg(long, value_name = "N")]
    pub(crate) frames: Option<NonZeroU64>,
    /// How many frames wait for their turn at most
    #[arg(long, value_name = "N", default_value = "64")]
    pub(crate) buffer: NonZeroUsize,
    /// What happens to a frame when no more can wait
    ///
    /// Without a choice: `drop-oldest` for a camera that does not wait, `block` for files and folders.
    #[arg(long, value_name = "POLICY")]
    pub(crate) when_full: Option<WhenFull>,
    #[command(flatten)]
    pub(crate) asking: Asking,
    #[command(flatten)]
    pub(crate) recording: Recording,
}

/// What happens to a frame when no more can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhenFull {
    /// The camera waits; nothing is lost by that where it is a file
    Block,
    /// The frames that have waited longest are dropped
    DropOldest,
    /// The frame itself is dropped
    DropNewest,
    /// Only the latest frame ever waits
    Latest,
}
