//! Why a V4L2 camera gives no frames, or not this one.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use thiserror::Error;

use super::Format;
use crate::Size;

/// Why a V4L2 camera gives no frames.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum V4l2Error {
    /// There is no such device: it was never there, or it was unplugged.
    #[error("the camera {} is not there", device.display())]
    NotThere {
        /// The device.
        device: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The device may not be opened.
    #[error(
        "the camera {} may not be opened; mostly the group `video` may: usermod -aG video USER",
        device.display()
    )]
    Denied {
        /// The device.
        device: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another program captures from the device.
    #[error(
        "the camera {} is in use by another program; `fuser {}` tells which",
        device.display(),
        device.display()
    )]
    Busy {
        /// The device.
        device: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The device gives no pictures, or only plane by plane, as some boards' cameras do.
    #[error("{} is no camera that can be captured from", device.display())]
    NotCamera {
        /// The device.
        device: PathBuf,
    },
    /// The device does not offer the format that was asked for, or none that is known.
    #[error(
        "the camera {} offers {}, of which none {}",
        device.display(),
        offered.join(", "),
        wanted.map_or_else(|| "can be taken".to_owned(), |format| format!("is {format}"))
    )]
    NoFormat {
        /// The device.
        device: PathBuf,
        /// The format that was asked for.
        wanted: Option<Format>,
        /// The formats that there are.
        offered: Vec<String>,
    },
    /// The device has no such control.
    #[error(
        "the camera {} has no control `{name}`; it has {}",
        device.display(),
        known.join(", ")
    )]
    NoControl {
        /// The device.
        device: PathBuf,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A control cannot have this value.
    #[error(
        "the control {name} of the camera {} cannot be {value}: it is {minimum} to {maximum}",
        device.display()
    )]
    ControlValue {
        /// The device.
        device: PathBuf,
        /// The control.
        name: String,
        /// What was asked for.
        value: i32,
        /// The lowest value.
        minimum: i32,
        /// The highest value.
        maximum: i32,
    },
    /// The device refused something.
    #[error("the camera {} refuses {what}", device.display())]
    Refused {
        /// The device.
        device: PathBuf,
        /// What it was asked for.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// The stream broke: the device was unplugged, or its driver gave up.
    #[error("the stream of the camera {} broke", device.display())]
    Broken {
        /// The device.
        device: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The device gives no frames, and says nothing.
    #[error("no frame from the camera {} for {after:?}", device.display())]
    Stalled {
        /// The device.
        device: PathBuf,
        /// How long it was waited for.
        after: Duration,
    },
}

impl V4l2Error {
    /// What the system's answer means, when the device was asked for something.
    pub(super) fn refused(device: &Path, what: impl Into<String>, source: io::Error) -> Self {
        let device = device.to_owned();
        match Errno::from_io_error(&source) {
            Some(Errno::NOENT | Errno::NODEV | Errno::NXIO) => Self::NotThere { device, source },
            Some(Errno::ACCESS | Errno::PERM) => Self::Denied { device, source },
            Some(Errno::BUSY) => Self::Busy { device, source },
            Some(Errno::NOTTY | Errno::ISDIR) => Self::NotCamera { device },
            _ => Self::Refused {
                device,
                what: what.into(),
                source,
            },
        }
    }
}

/// Why one picture of a V4L2 camera is lost.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The driver says that the picture is spoilt.
    #[error("the driver says that frame {sequence} by its count is spoilt")]
    Spoilt {
        /// The driver's count.
        sequence: u32,
    },
    /// The buffer is empty.
    #[error("the camera gave an empty picture")]
    Empty,
    /// The buffer has less than a picture.
    #[error("a picture of {size} in {format} takes {expected} bytes, the camera gave {actual}")]
    Short {
        /// The format.
        format: Format,
        /// The size of the picture.
        size: Size,
        /// The bytes that such a picture has in the buffer.
        expected: usize,
        /// The bytes that are there.
        actual: usize,
    },
    /// The buffer has something else than a JPEG.
    #[error("the camera gave something that is no JPEG")]
    NotJpeg,
}
