//! `creel watch`.

use std::num::{NonZeroU64, NonZeroUsize};
use std::str::FromStr;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use creel_camera_source::{Location, LocationError};

use super::camera::CameraParser;
use super::{Asking, Recording, Showing, Spooling};

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
  creel watch --camera front=/media/front.mp4 --camera back=/media/back.mp4

Exit codes: 0 done, 1 something failed, 2 wrong usage, 130 interrupted.")]
pub(crate) struct Watch {
    /// A camera: `test:`, a device such as `/dev/video0`, a URL, a video file, or a folder of pictures; also as NAME=CAMERA, and
    /// more than once
    ///
    /// `test:?size=640x480&fps=30` chooses the test camera's size and rate; without `fps` it gives frames as fast as
    /// they are taken. The name stands in the records; without one it is what the camera is called.
    #[arg(long, value_name = "CAMERA", default_value = "test:?fps=30", value_parser = CameraParser)]
    pub(crate) camera: Vec<NamedCamera>,
    /// End after so many frames of each camera
    #[arg(long, value_name = "N")]
    pub(crate) frames: Option<NonZeroU64>,
    /// How many frames wait for their turn at most
    #[arg(long, value_name = "N", default_value = "64")]
    pub(crate) buffer: NonZeroUsize,
    /// What happens to a frame when no more can wait
    ///
    /// Without a choice: `spill` if a camera does not wait, `block` for files and folders.
    #[arg(long, value_name = "POLICY")]
    pub(crate) when_full: Option<WhenFull>,
    /// How often a camera that lost its connection is asked again, after pauses that grow to 5 s; without an end unless it is
    /// said; one that was never there, ten times
    #[arg(long, value_name = "N")]
    pub(crate) reconnect: Option<u32>,
    /// Show a line that changes in place of the view that takes the whole terminal
    #[arg(long)]
    pub(crate) plain: bool,
    #[command(flatten)]
    pub(crate) spooling: Spooling,
    #[command(flatten)]
    pub(crate) asking: Asking,
    #[command(flatten)]
    pub(crate) recording: Recording,
    #[command(flatten)]
    pub(crate) showing: Showing,
}

/// What happens to a frame when no more can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhenFull {
    /// The camera waits; nothing is lost by that where it is a file
    Block,
    /// It waits on disk, behind those in memory, also for a later run
    Spill,
    /// The frames that have waited longest are dropped
    DropOldest,
    /// The frame itself is dropped
    DropNewest,
    /// Only the latest frame ever waits
    Latest,
}

/// A camera, and what records call it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedCamera {
    name: Option<Arc<str>>,
    pub(crate) location: Location,
}

impl NamedCamera {
    /// What records call it.
    pub(crate) fn name(&self) -> Arc<str> {
        match (&self.name, &self.location) {
            (Some(name), _) => Arc::clone(name),
            (None, Location::Test(_)) => "test".into(),
            (None, location) => location.to_string().into(),
        }
    }
}

impl FromStr for NamedCamera {
    type Err = LocationError;

    /// Takes what stands before an equals sign for a name if it is a word.
    fn from_str(text: &str) -> Result<Self, LocationError> {
        let is_word = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|char| char.is_alphanumeric() || "-_".contains(char))
        };
        let (name, location) = match text.split_once('=') {
            Some((name, location)) if is_word(name) => (Some(name.into()), location),
            _ => (None, text),
        };
        Ok(Self {
            name,
            location: location.parse()?,
        })
    }
}
